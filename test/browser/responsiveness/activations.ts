/** What the extension says in its own log about each of its activations: one per window. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { options } from '../options';

export interface Activation {
  /** Milliseconds from the first line of the bundle to the end of `activate`. */
  milliseconds: number;
  /** Of these, to evaluate the bundle. */
  evaluating: number;
}

/** In the order of the windows. */
export function activations(): Activation[] {
  const logs = join(dirname(options.serverLog), 'user/logs');
  const lines = readdirSync(logs, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('Bonsai.log'))
    .flatMap((path) => readFileSync(join(logs, path), 'utf8').split('\n'))
    .sort();
  return lines.flatMap((line) => {
    const [, milliseconds, evaluating] = / activated in (\d+) ms, (\d+) of them to evaluate the bundle/.exec(line) ?? [];
    return milliseconds === undefined ? [] : [{ milliseconds: Number(milliseconds), evaluating: Number(evaluating) }];
  });
}
