/**
 * The models on this machine: what was named, then the usual places, each file once however many names it has. Reading
 * a header takes up to a second, so each model is told as soon as it is known. Nothing is loaded, nothing is written.
 */
import { realpath } from 'node:fs/promises';
import type { FindModelsParams, FoundModels, LocalModel, ModelSource } from '../../protocol';
import { modelsFolder } from '../../protocol/modelsFolder';
import { homeFolder } from '../../protocol/userFolders';
import { loadLibrary, loadLlama } from '../engine/llama';
import { abortReason } from '../engine/scheduler';
import { asBonsaiError } from '../errors';
import { modelFacts, type FactsRequest } from './modelFacts';
import { memoryForModels } from '../engine/hardware';
import { ollamaModels } from './ollama';
import { knownSpeed } from './measureMachine';
import { ollamaFolders, usualPlaces, type Host } from './modelFolders';
import { searchFolder } from './search';

interface Candidate {
  path: string;
  source: ModelSource;
  name?: string;
}

/** Headers read in one search; the picker is no use with more. */
const mostModels = 200;
const thisMachine: Host = { platform: process.platform, home: homeFolder(), env: process.env, models: modelsFolder() };

/**
 * @param bounded whether the bounded cache runs
 * @throws the signal's reason when stopped; BonsaiError `engine-failed`
 */
export async function findModels(
  params: FindModelsParams,
  bounded: boolean,
  onFound: (model: LocalModel) => unknown = () => undefined,
  signal?: AbortSignal,
  machine: Host = thisMachine,
): Promise<FoundModels> {
  const llama = await loadLlama(params.gpu ?? 'auto');
  const { GgufFileType } = await loadLibrary();
  const request: FactsRequest = {
    llama,
    fileTypes: GgufFileType,
    memoryBytes: await memoryForModels(llama),
    bounded,
    budget: params.budget,
    speed: await knownSpeed(llama),
  };
  const { candidates, cutShort } = await listCandidates(params, machine);
  const found: FoundModels = { models: [], unusable: [], cutShort };
  const seen = new Set<string>();
  for (const { path, source, name } of candidates) {
    if (signal?.aborted) throw abortReason(signal);
    const real = await realpath(path).catch(() => path);
    if (seen.has(real) || seen.size >= mostModels) continue;
    seen.add(real);
    try {
      const model = await modelFacts(request, path, source, name);
      found.models.push(model);
      onFound(model);
    } catch (error) {
      found.unusable.push({ path, reason: asBonsaiError(error).message });
    }
  }
  return found;
}

async function listCandidates(
  { files = [], folders = [], only = false }: FindModelsParams,
  machine: Host,
): Promise<{ candidates: Candidate[]; cutShort: string[] }> {
  const candidates: Candidate[] = files.map((path) => ({ path, source: 'chosen' }));
  const cutShort: string[] = [];
  const places = [...folders.map((folder) => ({ source: 'chosen' as const, folder, depth: 1 })), ...(only ? [] : usualPlaces(machine))];
  for (const { source, folder, depth } of places) {
    const found = await searchFolder(folder, depth);
    candidates.push(...found.files.map((path) => ({ path, source })));
    if (found.cutShort) cutShort.push(folder);
  }
  if (!only)
    for (const folder of ollamaFolders(machine))
      candidates.push(...(await ollamaModels(folder)).map((model) => ({ ...model, source: 'ollama' as const })));
  return { candidates, cutShort };
}
