/**
 * How a process that runs the engine is started. Bonsai's libllama takes the place of the stock one by standing first
 * in the loader's search path; the path is read when a process starts, so it must be in the environment before that.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { EngineKind } from './schemas';
import { cacheFolder } from './userFolders';

/** Names the engine folder for the started process. */
export const engineFolderVariable = 'BONSAI_ENGINE_DIR';
export const searchPathVariable = 'LD_LIBRARY_PATH';

/** Where the loader splits its search path, or puts in something else (ld.so(8)). */
const special = /[:;$]/;

export interface LaunchPlan {
  engine: EngineKind;
  env: Record<string, string | undefined>;
  /** Why the stock engine was taken although Bonsai's was asked for. */
  notice?: string;
  /** Folders with another program's llama.cpp, taken out of the search path: its libraries have the names of ours. */
  foreign: string[];
}

/**
 * @param distFolder absolute path of the folder that holds `sidecar.mjs`, `cli.mjs` and `engine/<platform>-<arch>`
 * @param wanted the engine asked for
 */
export function planLaunch(distFolder: string, wanted: EngineKind, base: Record<string, string | undefined>): LaunchPlan {
  const entries = (base[searchPathVariable] ?? '').split(/[:;]/).filter((entry) => entry !== '');
  const foreign = entries.filter(holdsLlama);
  const others = entries.filter((entry) => !foreign.includes(entry));
  const env: Record<string, string | undefined> = { ...base, [engineFolderVariable]: undefined };
  if (foreign.length > 0) env[searchPathVariable] = others.join(':') || undefined;
  if (wanted === 'stock') return { engine: 'stock', env, foreign };
  const stock = (notice: string): LaunchPlan => ({ engine: 'stock', env, foreign, notice });
  const built = join(distFolder, 'engine', `${process.platform}-${process.arch}`);
  if (!existsSync(join(built, 'bonsai.node')))
    return stock(
      `The bounded cache is not built for ${process.platform}-${process.arch}; llama.cpp's own cache runs instead. From a clone, type: npm run engine`,
    );
  const folder = searchable(built);
  if (folder === undefined)
    return stock(
      `The bounded cache cannot be loaded from ${built}: the loader splits its search path at such a character, and no link could be made in ${cacheFolder()}; llama.cpp's own cache runs instead. Move Bonsai to a path without : ; and $.`,
    );
  env[searchPathVariable] = [folder, ...others].join(':');
  env[engineFolderVariable] = folder;
  return { engine: 'bonsai', env, foreign };
}

function holdsLlama(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => /^lib(ggml|llama)\b.*\.so\b/.test(name));
  } catch {
    return false;
  }
}

/** The folder under a name that can stand in a search path: its own, or else that of a link to it; undefined: neither. */
function searchable(folder: string): string | undefined {
  if (!special.test(folder)) return folder;
  const link = join(cacheFolder(), 'engine', createHash('sha256').update(folder).digest('hex').slice(0, 16));
  if (special.test(link)) return undefined;
  try {
    if (isLinkTo(link, folder)) return link;
    mkdirSync(dirname(link), { recursive: true, mode: 0o700 });
    rmSync(link, { force: true });
    symlinkSync(folder, link);
    return link;
  } catch {
    // Another process may have been faster.
    return isLinkTo(link, folder) ? link : undefined;
  }
}

function isLinkTo(link: string, folder: string): boolean {
  try {
    return readlinkSync(link) === folder;
  } catch {
    return false;
  }
}
