/** With a bundle in another language, everything that Bonsai says is in that language: menus, settings, messages and both webviews. */
import { getL10nPseudoLocalized } from '@vscode/l10n-dev';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import bundle from '../../../l10n/bundle.l10n.json';
import manifest from '../../../package.json';
import texts from '../../../package.nls.json';
import { cacheStrings } from '../../../src/extension/cache/cacheStrings';
import { chatStrings } from '../../../src/extension/chat/chatStrings';
import { sentence } from '../../../src/extension/edits/blocks/refusals';
import { untranslated, type Translate } from '../../../src/extension/util/text';
import { translated } from './translated';

/** `vscode.l10n.t` with a translated bundle: the message itself is the key, values are filled in afterwards. */
function translate(messages: Readonly<Record<string, string>>): Translate {
  return (message, ...values) => untranslated(messages[message] ?? message, ...values);
}

const t = translate(z.record(z.string(), z.string()).parse(getL10nPseudoLocalized(bundle)));
const ascii = /^[\x20-\x7e]*$/;

it('shows a message in the language of the bundle, with its values', () => {
  expect(t('{0} of {1} read', 3, 4)).toBe('3 ǿǿƒ 4 řḗḗȧȧḓ');
});

it('shows a command title and a setting in the language of package.nls', () => {
  const shown = z
    .object({
      contributes: z.object({
        commands: z.array(z.object({ command: z.string(), title: z.string() })),
        configuration: z.object({ properties: z.record(z.string(), z.object({ markdownDescription: z.string() })) }),
      }),
    })
    .parse(translated(manifest, getL10nPseudoLocalized(texts))).contributes;
  expect(shown.commands.find(({ command }) => command === 'bonsai.newChat')?.title).toBe('Ƞḗḗẇ Ƈħȧȧŧ');
  for (const { title } of shown.commands) expect(title).not.toMatch(ascii);
  for (const { markdownDescription } of Object.values(shown.configuration.properties)) expect(markdownDescription).not.toMatch(ascii);
});

it.each([
  ['chat', chatStrings],
  ['cache', cacheStrings],
])('hands the %s webview nothing that is not in the bundle', (_, strings) => {
  const english = Object.values(strings(untranslated));
  expect(english.filter((text) => !(text in bundle))).toEqual([]);
  const named = Object.entries(strings(t)).filter(([, text]) => /[A-Za-z]{3}/.test(text.replace(/\{\d+\}/g, '')) && ascii.test(text));
  expect(named).toEqual([]);
});

it('says why a change was refused in the language of the bundle', () => {
  expect(sentence('binary', t)).not.toMatch(ascii);
});
