/** What a token costs a model, from its header: which weights are used for each token, and how wide its attention is. */
import type { GgufFileInfo, Llama } from 'node-llama-cpp';
import { ggmlBytes } from '../engine/addon';
import { numberAt, numbersAt } from '../engine/metadataValues';
import type { ModelShape } from '../engine/modelMetadata';
import type { TokenCost } from './tokenSpeed';

const bytesPerEntryValue = 2;

/** @returns undefined where the header does not list the tensors */
export function tokenCost(llama: Llama, header: GgufFileInfo, { attention, layers }: ModelShape): TokenCost | undefined {
  const own = header.architectureMetadata;
  const tensors = header.fullTensorInfo ?? header.tensorInfo;
  if (!tensors) return undefined;
  // Of the experts of a layer, some see a token.
  const experts = numberAt(own, 'expert_count') ?? 0;
  const used = experts > 0 ? (numberAt(own, 'expert_used_count') ?? experts) / experts : 1;
  const outputs = tensors.some(({ name }) => name === 'output.weight') ? 'output.weight' : 'token_embd.weight';
  let readWeights = 0;
  let writeBytes = 0;
  for (const { name, dimensions, ggmlType } of tensors) {
    const inLayer = name.startsWith('blk.');
    if (!inLayer && name !== outputs) continue;
    const share = name.includes('_exps.') ? used : 1;
    const elements = dimensions.reduce((product: number, n) => product * Number(n), 1);
    if (inLayer) readWeights += share * elements;
    writeBytes += share * (ggmlBytes(llama, ggmlType, elements) ?? 0);
  }
  const heads = numbersAt(own, layers, 'attention', 'head_count') ?? [];
  const headWidth = numberAt(own, 'attention', 'key_length') ?? (numberAt(own, 'embedding_length') ?? 0) / Math.max(1, heads[0] ?? 1);
  return {
    readWeights,
    writeBytes,
    attention: attention.reduce((sum, { layer }) => sum + 2 * (heads[layer] ?? 0) * headWidth, 0),
    entryBytes: attention.reduce((sum, { keyElements, valueElements }) => sum + bytesPerEntryValue * (keyElements + valueElements), 0),
  };
}
