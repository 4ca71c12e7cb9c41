/** Where Bonsai keeps the models it downloads. The variable is for tests and for machines that keep models elsewhere. */
import { join } from 'node:path';
import { absolutePath, cacheFolder, type Environment } from './userFolders';

export const modelsFolderVariable = 'BONSAI_MODELS';

/** @returns an absolute path; the folder may not be there yet */
export function modelsFolder(env: Environment = process.env): string {
  return absolutePath(env[modelsFolderVariable]) ?? join(cacheFolder(env), 'models');
}
