/** Archives with a few objects in them, for tests of what comes and goes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Archive } from '../../../../src/sidecar/archive/archive';
import { piecesOf } from '../../../../src/sidecar/archive/pieces';

/** @param folder of the archive @param seeds one object each */
export async function fill(folder: string, seeds: readonly number[], bytes = 20_000): Promise<void> {
  const archive = await Archive.open({ folder, quotaBytes: 1e9, identity: ['model'], log: () => undefined });
  for (const seed of seeds) {
    const [piece] = piecesOf({ path: `file${seed}.ts`, hash: `hash${seed}` }, 100);
    const tokens = Uint32Array.from({ length: 100 }, (_, i) => seed * 1000 + i);
    await archive!.put(piece!.name, tokens, [{ tokens: 100, rows: new Uint8Array(bytes).fill(seed) }]);
  }
}

/** Everything below a folder, by its name with `/`. */
export function contentsOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path).toString('base64')]),
  );
}
