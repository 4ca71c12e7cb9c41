/**
 * What a model file is and what it would take here, from its header alone: nothing is loaded. A file that could not run
 * is no fact but an error with the reason.
 */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { GgufFileInfo, GgufFileType, Llama } from 'node-llama-cpp';
import type { LocalModel, ModelSource } from '../../protocol';
import { valueAt } from '../engine/metadataValues';
import { checkModelFile } from '../engine/modelFile';
import { declaredToken, hasChatTemplate, modelShape } from '../engine/modelMetadata';
import { BonsaiError } from '../errors';
import { infillFamilies } from '../prompt/infill/families';
import { reserve } from './recommended';
import { cacheBytes } from './cacheBytes';
import { isUsable, tokenSpeed, type MachineSpeed } from './tokenSpeed';
import { tokenCost } from './tokenCost';

/** More spellings of the token that begins a fill in the middle (llama_vocab::impl::load, llama-vocab.cpp). */
const otherSpellings = ['<PRE>', '<|prefix|>'];
const splitName = /^(?<stem>.*)-00001-of-(?<parts>\d{5})\.gguf$/i;

export interface FactsRequest {
  llama: Llama;
  /** The library's names of file types. */
  fileTypes: Readonly<Record<number, string>>;
  /** Bytes that models may use: the larger of main and graphics memory. */
  memoryBytes: number;
  /** Whether the bounded cache would run. */
  bounded: boolean;
  /** KV entries per layer and KV head; absent: what would be chosen. */
  budget: number | undefined;
  /** Absent: not measured yet. */
  speed: MachineSpeed | undefined;
}

/**
 * @param name how its owner calls it; absent: as its header does, else as its file
 * @throws BonsaiError `model-*`
 */
export async function modelFacts(request: FactsRequest, path: string, source: ModelSource, name?: string): Promise<LocalModel> {
  const { header } = await checkModelFile(request.llama, path);
  const shape = modelShape(header);
  // Encoders and the halves of a model that see or hear.
  if (shape.architecture === 'clip' || valueAt(header.architectureMetadata, 'attention', 'causal') === false)
    throw new BonsaiError('model-unsupported', `${path} does not write text (${shape.architecture}).`);
  const bytes = await totalBytes(path);
  const { budget, kvBytes } = cacheBytes(shape, request.bounded, request.budget);
  const quantisation = quantisationOf(header, request.fileTypes);
  const cost = request.speed && tokenCost(request.llama, header, shape);
  const speed = request.speed && cost && tokenSpeed(cost, request.speed, budget);
  return {
    path,
    name: name ?? shape.name ?? basename(path, '.gguf'),
    source,
    bytes,
    architecture: shape.architecture,
    ...(quantisation === undefined ? {} : { quantisation }),
    trainedWindow: shape.trainedWindow,
    fim: writesInfill(header),
    chat: hasChatTemplate(header),
    budget,
    kvBytes,
    fits: bytes + kvBytes + reserve <= request.memoryBytes,
    ...(speed === undefined ? {} : { speed, usable: isUsable(speed) }),
  };
}

function quantisationOf(header: GgufFileInfo, fileTypes: Readonly<Record<number, string>>): string | undefined {
  const type = valueAt(header.metadata, 'general', 'file_type');
  return typeof type === 'number' ? fileTypes[type satisfies GgufFileType]?.replace(/^(MOSTLY|ALL)_/, '') : undefined;
}

function writesInfill(header: GgufFileInfo): boolean {
  if (declaredToken(header, 'fim_pre') !== undefined || declaredToken(header, 'prefix') !== undefined) return true;
  const name = valueAt(header.metadata, 'general', 'name');
  const families = infillFamilies.filter(({ named }) => !named || (typeof name === 'string' && named.test(name)));
  const spellings = new Set([...otherSpellings, ...families.map(({ prefix }) => prefix)]);
  const tokens = valueAt(header.metadata, 'tokenizer', 'ggml', 'tokens');
  return Array.isArray(tokens) && tokens.some((token) => typeof token === 'string' && spellings.has(token));
}

/** Of all parts of a model in several files. */
async function totalBytes(path: string): Promise<number> {
  const split = splitName.exec(path)?.groups;
  if (!split) return (await stat(path)).size;
  const count = Number(split['parts']);
  let bytes = 0;
  for (let part = 1; part <= count; part++) {
    const file = `${split['stem'] ?? ''}-${String(part).padStart(5, '0')}-of-${split['parts'] ?? ''}.gguf`;
    const size = (await stat(file).catch(() => undefined))?.size;
    if (size === undefined)
      throw new BonsaiError('model-missing', `${basename(file)} is missing beside ${path}. Download the model again.`);
    bytes += size;
  }
  return bytes;
}
