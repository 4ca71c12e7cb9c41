/**
 * Another process with the same store (see children.ts). `write <folder> <seed>`: saves without end, and says what it has saved;
 * `hold <folder> [id]`: holds a writer, and saves when it is told to; `read <folder>`: looks at everything, without end;
 * `facts <folder> <seed>`: saves facts without end.
 */
import { createInterface } from 'node:readline';
import { type MemoryStore, openMemoryStore } from '../../../../../src/sidecar/memory/store';
import { content, engineState, isWholeState, key, randomFrom } from './checkedStates';

const [work, folder = '', argument] = process.argv.slice(2);
const say = (value: unknown) => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** Goes on with the newest state, or begins another; reads, changes and saves; deletes the oldest now and then. */
async function write(store: MemoryStore, seed: number): Promise<void> {
  const random = randomFrom(seed);
  for (;;) {
    const states = await store.saved(key);
    const goOn = random() < 0.7 ? states[0] : undefined;
    const writer = (await store.begin(key, goOn?.id)).writer ?? (await store.begin(key)).writer;
    if (!writer) throw new Error('neither the newest state can be written nor another');
    let tokens = writer.checkpoints.at(-1)?.position ?? 0;
    for (let i = 0; i < 3; i++) {
      if (random() < 0.2) {
        // A file in the middle has changed.
        tokens = Math.floor(tokens / 2);
        writer.drop(...writer.checkpoints.filter(({ position }) => position > tokens));
      }
      for (let j = 0; j <= random() * 3; j++) {
        tokens += 1 + Math.floor(random() * 9000);
        await writer.checkpoint(tokens, engineState(64 + Math.floor(random() * 300_000)), [random()]);
      }
      say({ saving: writer.id });
      const saved = await writer.save(content(tokens));
      if (!saved) throw new Error('not saved');
      say({ id: writer.id, positions: saved.checkpoints.map(({ position }) => position) });
    }
    await writer.close();
    const oldest = states.at(-1);
    if (states.length > 3 && oldest && oldest.id !== writer.id) {
      say({ deleting: oldest.id });
      await store.delete([oldest.id]);
    }
  }
}

async function hold(store: MemoryStore, id?: string): Promise<void> {
  const { writer } = await store.begin(key, id);
  say({ id: writer?.id });
  let tokens = writer?.checkpoints.at(-1)?.position ?? 0;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'save') {
      tokens += 5000;
      await writer?.checkpoint(tokens, engineState(2000), []);
      const saved = await writer?.save(content(tokens));
      say({ positions: saved?.checkpoints.map(({ position }) => position) });
    }
    if (line === 'delete') say(await store.delete());
    if (line === 'close') break;
  }
  await store.close();
  say('closed');
}

/** Reads all there is as the engine would, again and again. What was deleted meanwhile reads as gone; all else must be whole. */
async function read(store: MemoryStore): Promise<void> {
  for (;;) {
    const seen = { whole: 0, gone: 0, broken: 0 };
    for (const state of await store.saved(key)) {
      for (const checkpoint of state.manifest.checkpoints) {
        const whole = await state.read(checkpoint, isWholeState);
        seen[whole === undefined ? 'gone' : whole ? 'whole' : 'broken']++;
      }
    }
    say(seen);
  }
}

async function facts(store: MemoryStore, seed: number): Promise<void> {
  const file = await store.facts(key.model);
  for (let i = 0; ; i++) {
    file.set(`${seed} ${i}`, { tokens: i });
    if (await file.save()) say({ saved: i });
  }
}

say({ opening: folder });
const store = await openMemoryStore({ folder, quotaBytes: 2 ** 30, log: (text, level) => level !== 'info' && say({ log: text }) });
const works: Record<string, () => Promise<void>> = {
  write: () => write(store, Number(argument)),
  hold: () => hold(store, argument),
  read: () => read(store),
  facts: () => facts(store, Number(argument)),
};
await works[work ?? '']!();
