/** A folder as one text, in the format that repositories are read in, for measurements: files by path, nothing saved. */
import { readText } from '../../repo';
import type { LoadedModel } from '../engine/loadedModel';
import { catalogueOf, mustHaveFiles } from '../memory/catalogue';
import { concatTokens } from '../prompt/modelTokens';
import { fileTokens, repositoryHead } from '../prompt/repositoryPrompt';

/** @throws BonsaiError `folder-missing` or `nothing-to-read`; the signal's reason when stopped */
export async function folderTokens(
  loaded: Pick<LoadedModel, 'model' | 'tokens'>,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<Uint32Array> {
  const nothing = { get: () => undefined, set: () => undefined };
  const catalogue = await catalogueOf(loaded, { folders: [folder], name: undefined, signal, facts: nothing, marks: nothing });
  mustHaveFiles(catalogue);
  const parts = [repositoryHead(loaded.model, loaded.tokens, catalogue.name)];
  for (const { path, folder: root, file } of catalogue.files) {
    const read = await readText(root, file);
    if ('text' in read) parts.push(fileTokens(loaded.model, loaded.tokens, path, read.text));
  }
  return concatTokens(...parts);
}
