/**
 * How a process that runs the engine is started. Bonsai's libllama takes the place of the stock one by standing first
 * in the loader's search path; the path is read when a process starts, so it must be in the environment before that.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineKind } from './schemas';

/** Names the engine folder for the started process. */
export const engineFolderVariable = 'BONSAI_ENGINE_DIR';

export interface LaunchPlan {
  engine: EngineKind;
  env: Record<string, string | undefined>;
  /** Why the stock engine was taken although Bonsai's was asked for. */
  notice?: string;
}

/**
 * @param distFolder absolute path of the folder that holds `sidecar.mjs`, `cli.mjs` and `engine/<platform>-<arch>`
 * @param wanted the engine asked for
 */
export function planLaunch(distFolder: string, wanted: EngineKind, base: Record<string, string | undefined>): LaunchPlan {
  const env: Record<string, string | undefined> = { ...base, [engineFolderVariable]: undefined };
  if (wanted === 'stock') return { engine: 'stock', env };
  const folder = join(distFolder, 'engine', `${process.platform}-${process.arch}`);
  if (!existsSync(join(folder, 'bonsai.node')))
    return {
      engine: 'stock',
      env,
      notice: `The bounded cache is not built for ${process.platform}-${process.arch}; llama.cpp's own cache runs instead. From a clone, type: npm run engine`,
    };
  const previous = env['LD_LIBRARY_PATH'];
  env['LD_LIBRARY_PATH'] = previous ? `${folder}:${previous}` : folder;
  env[engineFolderVariable] = folder;
  return { engine: 'bonsai', env };
}
