/** What Bonsai does while somebody types: each begins it, lets them type, and ends it. The chat view is open all the time. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ask, lastAnswer } from '../chatView';
import { cache, chat, command, eventually, openFile, sidecars } from '../editor';
import { options } from '../options';
import { beginReading, readingRow } from '../planView';
import { keysTyped, type, type Key } from './typing';

const path = 'src/protocol/typedHere.ts';
const text = `import { planLaunch } from './launch';

/** The engine that a launch from this folder would take. */
export function engineOf(folder: string) {
  return planLaunch;
}
`;
const bodyLine = 3;

export interface Situation {
  name: string;
  keys: Key[];
  /** Cores that the sidecar used in the mean. */
  sidecarCores: number;
}

/** Writes this workspace's settings, which the editor takes over by itself. */
async function ghostText(enabled: boolean): Promise<void> {
  const file = join(options.workspace, '.vscode/settings.json');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ 'bonsai.completions.enabled': enabled, 'editor.quickSuggestions': 'off' }));
  await delay(2000);
}

/** Processor seconds of this process so far, by Linux's own account in hundredths. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function typed(name: string, pause = 0): Promise<Situation> {
  const [pid] = sidecars();
  const before = pid === undefined ? 0 : processorSeconds(pid);
  const began = performance.now();
  const keys = await type(path, bodyLine, pause);
  const used = pid === undefined ? 0 : processorSeconds(pid) - before;
  return { name, keys, sidecarCores: used / ((performance.now() - began) / 1000) };
}

const reading = async () =>
  (await readingRow()
    .getAttribute('data-doing', { timeout: 1000 })
    .catch(() => '')) === 'reading';

async function whileReading(name: string): Promise<Situation> {
  await eventually('the repository is being read', reading);
  const situation = await typed(name);
  if (!(await reading())) throw new Error(`${name}: the reading was over before the typing`);
  return situation;
}

/** In a group of its own, so that it stays in sight when a file is opened. */
async function showCacheBeside(): Promise<void> {
  await openFile(path);
  await command('Bonsai: Show Cache');
  await cache().getByTestId('cache-layer').first().waitFor();
  await command('View: Move Editor into Right Group');
  await command('View: Focus Left Editor Group');
}

/** Another process that computes all the time: what one busy core costs without Bonsai's part in it. */
async function besideAnother(): Promise<Situation> {
  const other = spawn(process.execPath, ['-e', 'for (;;);']);
  try {
    return await typed('another process computes');
  } finally {
    other.kill('SIGKILL');
  }
}

/** Asks again and again without taking the focus from the editor; only keys that an answer streamed under count. */
async function whileAnswering(): Promise<Situation> {
  await ask('List every function of this repository with a long explanation of each, one after the other.');
  await lastAnswer('done');
  const body = chat().locator('body');
  await body.evaluate((element) => {
    const streamed: [number, number][] = [];
    let since: number | undefined;
    const now = () => performance.timeOrigin + performance.now();
    const timer = setInterval(() => {
      const streaming = element.querySelector('[data-testid="chat-stop"]') !== null;
      if (streaming) since ??= now();
      else {
        if (since !== undefined) streamed.push([since, now()]);
        since = undefined;
        element.querySelector<HTMLElement>('[data-testid="chat-regenerate"]')?.click();
      }
    }, 20);
    Object.assign(window, { bonsaiStreamed: streamed, bonsaiTimer: timer });
  });
  const situation = await typed('an answer streams');
  const streamed = await body.evaluate(() => {
    const state = window as unknown as { bonsaiStreamed: [number, number][]; bonsaiTimer: number };
    clearInterval(state.bonsaiTimer);
    return state.bonsaiStreamed;
  });
  await eventually('the last answer is done', async () => (await chat().getByTestId('chat-stop').count()) === 0);
  return { ...situation, keys: situation.keys.filter(({ at }) => streamed.some(([from, to]) => at >= from && at <= to)) };
}

/** Everything, in an order in which each finds what it needs. */
export async function situations(): Promise<Situation[]> {
  mkdirSync(join(options.workspace, 'src/protocol'), { recursive: true });
  writeFileSync(join(options.workspace, path), text);
  await ghostText(false);
  await command('Bonsai: New Chat');
  const before = await typed('no engine is running');
  const other = await besideAnother();
  await beginReading();
  const read = await whileReading('the repository is read');
  await showCacheBeside();
  const mapped = await whileReading('the repository is read, with the cache map in sight');
  await command('View: Close All Editors');
  await command('Bonsai: Pause Reading');
  await eventually('reading has stopped', async () => !(await reading()));
  const idle = await typed('Bonsai is idle');
  const answering = await whileAnswering();
  await ghostText(true);
  // Without pauses nothing is asked at this pace: ghost text waits for the end of the typing.
  const ghost = await typed('ghost text is computed, with a pause of half a second after every ten keys', 500);
  await ghostText(false);
  const again = await typed('Bonsai is idle, once more');
  if (answering.keys.length < keysTyped / 4) throw new Error(`only ${answering.keys.length} keys were typed while an answer streamed`);
  return [idle, again, before, other, read, mapped, answering, ghost];
}
