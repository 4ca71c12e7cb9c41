/** What every published figure names: the machine, the model and the line that was typed. */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { basename } from 'node:path';
import { shortBytes } from '../protocol/numbers';
import type { OpenModel } from '../sidecar/engine/openModel';

export function machineName(device: string): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  const busy = loadavg()[0] ?? 0;
  const cores = availableParallelism();
  return (
    `${processor}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${shortBytes(totalmem())}, ${type()} ${release()}, ${process.arch}, ` +
    `${device === 'CPU' ? 'no GPU' : device}; load average at the start ${busy.toFixed(1)}`
  );
}

export function modelName({ name, path, file }: OpenModel): string {
  return `${name} (${basename(path)}, ${file.bytes.toLocaleString('en-US')} bytes)`;
}

/** The command as it can be typed again from a clone. */
export function commandLine(): string {
  const words = process.argv.slice(2).map((word) => (/^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return `npm run bonsai -- ${words.join(' ')}`;
}
