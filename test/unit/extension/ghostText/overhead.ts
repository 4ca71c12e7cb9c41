/**
 * What the extension itself costs per key, engine left out: everything that runs between one key and the next, on a clock
 * that does not wait. The simulated editor and engine are in it, too, so the real cost is below this. Run by
 * `scripts/ghost-overhead.mjs`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quantile } from 'simple-statistics';
import { typeAway } from './typist';

export interface Figures {
  p50: number;
  p95: number;
  p99: number;
}

export interface Overhead {
  keystrokes: number;
  /** Of the document that is typed in, UTF-16 units. */
  document: number;
  asked: number;
  shown: number;
  /** Milliseconds per key by the clock on the wall, in which other programs of the machine have their part. */
  wall: Figures;
  /** And of processor time, in which they have none. */
  processor: Figures;
}

/** @param source folder of TypeScript files; they are the document, so what is sent is as long as it ever is */
export async function measureOverhead(source: string, keystrokes: number): Promise<Overhead> {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const target = files.map((name) => readFileSync(join(source, name), 'utf8')).join('\n');
  const opening = target.slice(0, Math.floor(target.length / 4));
  const wall: number[] = [];
  const processor: number[] = [];
  const around = async (work: () => Promise<void>) => {
    const used = process.cpuUsage();
    const began = performance.now();
    await work();
    wall.push(performance.now() - began);
    const { user, system } = process.cpuUsage(used);
    processor.push((user + system) / 1000);
  };
  const { engine, shown } = await typeAway({ seed: 1, keystrokes, target, opening, around });
  return { keystrokes, document: opening.length, asked: engine.asked, shown, wall: figures(wall), processor: figures(processor) };
}

function figures(costs: readonly number[]): Figures {
  const [p50 = 0, p95 = 0, p99 = 0] = quantile(costs, [0.5, 0.95, 0.99]).map((cost) => Number(cost.toFixed(3)));
  return { p50, p95, p99 };
}
