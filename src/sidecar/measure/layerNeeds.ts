/**
 * How many entries each layer needs, by replay. KVzip (arXiv 2505.23416, section 3.2) lets a model repeat a text that lies in
 * its cache: an entry is as important as the largest attention weight that a repeating query gives it. Where all layers compete
 * for the same total, some win many times the mean and some next to nothing (docs/results/systems.md); what each wins
 * is its share of the budget. The layers' heads then share equally, and which entries stay is the policy's business.
 * A piece of text is replayed by itself, so it costs the same whatever is read later.
 */
import type { LlamaModel } from 'node-llama-cpp';
import type { LayerNeeds } from '../../protocol';
import { readText } from '../../repo';
import { boundedOf } from '../engine/addon';
import type { CreatedCache } from '../engine/createCache';
import type { LoadedModel } from '../engine/loadedModel';
import type { OpenModel } from '../engine/openModel';
import type { Work } from '../engine/sequence';
import { BonsaiError } from '../errors';
import type { Catalogue } from '../memory/catalogue';
import { concatTokens, tokenizeText } from '../prompt/modelTokens';
import { fileTokens, repositoryHead } from '../prompt/repositoryPrompt';

/**
 * Six pieces from all over a repository give Qwen2.5-Coder 0.5B the same shares within a tenth, and one or six of them, too
 * (docs/results/systems.md): two are enough.
 */
const wantedPieces = 2;
/** Tokens of a piece; shorter ones say less. */
const pieceTokens = 512;
/** What the cache holds of a piece before it would evict: head, piece, request, piece. */
const entries = 1536;
const staging = 256;

/** Tokens for each resident entry of a layer. */
const ratios = [2, 4, 8, 16, 32, 64];

/** KVzip's words (its section 3.2). */
const request = '\n\nRepeat the previous context exactly.\n\n';

/** What is repeated: what precedes every piece, as it precedes a repository, and pieces of one length. */
export interface ReplayText {
  head: Uint32Array;
  pieces: readonly Uint32Array[];
}

/**
 * Measures a model on a text, in a cache of its own.
 * @returns undefined when there is not even one piece
 * @throws BonsaiError `out-of-memory`; `bad-request` on llama.cpp's own cache; the signal's reason when stopped
 */
export async function needsOfLayers(
  { measuringCache, ...engine }: Pick<LoadedModel, 'llama' | 'model' | 'measuringCache'>,
  { head, pieces }: ReplayText,
  work: Work,
): Promise<LayerNeeds | undefined> {
  if (pieces.length === 0) return undefined;
  const created = await work.session.unit(() => measuringCache({ mean: entries, staging }), work.signal);
  try {
    return needsFrom(await replay(engine, created, { head, pieces }, work));
  } finally {
    await work.session.unit(() => created.context.dispose());
  }
}

/** Pieces from the middle of a repository on, which is less often a list of names than its beginning. */
export async function repositoryToReplay(
  { model, tokens }: Pick<LoadedModel, 'model' | 'tokens'>,
  { name, files }: Pick<Catalogue, 'name' | 'files'>,
  signal: AbortSignal | undefined,
): Promise<ReplayText> {
  const middle = Math.floor(files.length / 2);
  const parts: Uint32Array[] = [];
  let count = 0;
  for (const { path, folder, file } of [...files.slice(middle), ...files.slice(0, middle)]) {
    if (count >= wantedPieces * pieceTokens) break;
    signal?.throwIfAborted();
    const read = await readText(folder, file);
    if (!('text' in read)) continue;
    // One long file is not all that is looked at.
    const part = fileTokens(model, tokens, path, read.text).subarray(0, pieceTokens);
    parts.push(part);
    count += part.length;
  }
  return { head: repositoryHead(model, tokens, name), pieces: piecesOf(concatTokens(...parts)) };
}

/** Of a text that is no repository. */
export function textToReplay({ tokens }: Pick<LoadedModel, 'tokens'>, text: Uint32Array): ReplayText {
  return { head: concatTokens(tokens.bos), pieces: piecesOf(text) };
}

/** The first pieces of a text; none where it is shorter than one. */
function piecesOf(text: Uint32Array): Uint32Array[] {
  return Array.from({ length: Math.min(wantedPieces, Math.floor(text.length / pieceTokens)) }, (_, i) =>
    text.subarray(i * pieceTokens, (i + 1) * pieceTokens),
  );
}

/**
 * @param cache one of its own, which does not evict before it holds head, piece, request and piece; it is left empty
 * @returns of each piece and each layer with full attention the peak weights: [kvHeads, tokens of the piece]
 * @throws BonsaiError `bad-request` on llama.cpp's own cache; the signal's reason when stopped
 */
async function replay(
  { llama, model }: Pick<OpenModel, 'llama'> & { model: Pick<LlamaModel, 'tokenize'> },
  { context, sequences: { memory } }: Pick<CreatedCache, 'context' | 'sequences'>,
  { head, pieces }: ReplayText,
  work: Work,
): Promise<Float32Array[][]> {
  const native = boundedOf(llama);
  const handle = context.bonsai?.handle;
  if (!native || !handle)
    throw new BonsaiError('bad-request', "What layers need can only be measured in a bounded cache: use Bonsai's engine.");
  const words = tokenizeText(model, request);
  const peaks: Float32Array[][] = [];
  for (const piece of pieces) {
    await memory.evaluate(concatTokens(head, piece), work);
    await work.session.unit(() => native.watchPeaks(handle, memory.id, true), work.signal);
    await memory.evaluate(concatTokens(words, piece), work);
    await work.session.unit(() => {
      peaks.push(native.peaks(handle, memory.id, head.length, piece.length));
      native.watchPeaks(handle, memory.id, false);
      memory.clear();
    }, work.signal);
  }
  return peaks;
}

/** @param peaks of each piece, of each layer: the peak weights of its heads' entries */
export function needsFrom(peaks: readonly (readonly Float32Array[])[]): LayerNeeds {
  return { ratios, shares: ratios.map((ratio) => sharesOf(peaks, ratio)) };
}

/** What each layer wins, in parts of the mean, where of all entries the highest peaks stay, one in `ratio`. */
function sharesOf(peaks: readonly (readonly Float32Array[])[], ratio: number): number[] {
  const layers = (peaks[0] ?? []).map((_, layer) => peaks.map((piece) => piece[layer] ?? new Float32Array()));
  const all = Float32Array.from(layers.flat().flatMap((values) => [...values])).sort();
  const threshold = all[all.length - Math.max(1, Math.round(all.length / ratio))] ?? 0;
  const won = layers.map((pieces) => {
    const count = pieces.reduce((sum, values) => sum + values.length, 0);
    return pieces.reduce((sum, values) => sum + values.filter((peak) => peak >= threshold).length, 0) / Math.max(1, count);
  });
  const mean = won.reduce((sum, share) => sum + share, 0) / won.length;
  return won.map((share) => share / mean);
}
