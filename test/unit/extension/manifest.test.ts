/** The manifest keeps its word: what menus, keys and the walkthrough name is there, and there are not too many settings. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import manifest from '../../../package.json';
import texts from '../../../package.nls.json';
import { translated } from './translated';

const root = resolve(import.meta.dirname, '../../..');
const entry = z.object({ command: z.optional(z.string()), submenu: z.optional(z.string()), when: z.optional(z.string()) });
const step = z.object({
  id: z.string(),
  description: z.string(),
  media: z.object({ markdown: z.string() }),
  completionEvents: z.array(z.string()),
});
const { contributes } = z
  .object({
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), title: z.string() })),
      menus: z.record(z.string(), z.array(entry)),
      keybindings: z.array(z.object({ command: z.string(), key: z.string() })),
      views: z.record(z.string(), z.array(z.object({ id: z.string() }))),
      configuration: z.object({ properties: z.record(z.string(), z.object({ markdownDescription: z.string() })) }),
      walkthroughs: z.array(z.object({ steps: z.array(step) })),
      mcpServerDefinitionProviders: z.array(z.object({ id: z.string(), label: z.string() })),
    }),
  })
  .parse(translated(manifest, texts));

const commands = new Set(contributes.commands.map(({ command }) => command));
const settings = Object.keys(contributes.configuration.properties);
const steps = contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);

it('every command of a menu or a key is there', () => {
  const named = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].flatMap(({ command }) => command ?? []);
  expect(named.filter((command) => !commands.has(command))).toEqual([]);
});

it('every place has what is promised for it', () => {
  const at = (menu: string) => contributes.menus[menu]?.map(({ command }) => command);
  expect(at('scm/title')).toEqual(['bonsai.writeCommitMessage']);
  expect(at('terminal/context')).toEqual(['bonsai.explainTerminalSelection', 'bonsai.explainTerminal']);
});

it('the MCP server is announced under the id that it is registered with', () => {
  const source = readFileSync(join(root, 'src/extension/mcp/index.ts'), 'utf8');
  expect(
    contributes.mcpServerDefinitionProviders.map(({ id }) => `providerId = '${id}'`).filter((each) => source.includes(each)),
  ).toHaveLength(1);
});

it('there are at most 21 settings, each described', () => {
  expect(settings.length).toBeLessThanOrEqual(21);
  for (const { markdownDescription } of Object.values(contributes.configuration.properties))
    expect(markdownDescription).toMatch(/^[A-Z].*\.$/s);
});

it.each(steps)('the step $id of the walkthrough can be done and is ticked by doing it', ({ description, media, completionEvents }) => {
  const ours = (command: string | undefined) => command === undefined || !command.startsWith('bonsai.') || commands.has(command);
  const linked = [...description.matchAll(/\(command:([\w.]+)\)/g)].map(([, command]) => command);
  expect(linked.filter((command) => !ours(command))).toEqual([]);
  expect(existsSync(join(root, media.markdown))).toBe(true);
  expect(completionEvents.length).toBeGreaterThan(0);
  const views = Object.values(contributes.views).flat();
  for (const event of completionEvents) {
    const [kind, name = ''] = event.split(':');
    if (kind === 'onCommand') expect(ours(name), event).toBe(true);
    else if (kind === 'onView')
      expect(
        views.some(({ id }) => id === name),
        event,
      ).toBe(true);
    else if (kind === 'onSettingChanged') expect(settings).toContain(name);
    else expect(event).toMatch(/^onContext:bonsai\.\w+$/);
  }
  expect(linked.some((command) => completionEvents.includes(`onCommand:${command}`))).toBe(true);
});

it('the walkthrough names no command and no setting that is not there', () => {
  const folder = join(root, 'media/walkthrough');
  const titles = new Set(contributes.commands.map(({ title }) => title.replace('…', '')));
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, title = ''] of text.matchAll(/\*\*Bonsai: ([^*]+)\*\*/g)) {
      const known = [...titles].some((one) => one === title || one.startsWith(`${title}:`));
      expect(known, `${file}: ${title}`).toBe(true);
    }
    for (const [, setting = ''] of text.matchAll(/`(bonsai\.[\w.]+)`/g)) expect(settings, file).toContain(setting);
  }
});
