/** The texts of a quality run: long streams with constants planted in them and lines held out after them, and short ones. */
import type { OpenModel } from '../../sidecar/engine/openModel';
import { concatTokens, isToken } from '../../sidecar/prompt/modelTokens';
import { corpusTokens, type Corpus } from '../corpus';
import { seeded } from '../../sidecar/random';
import { plant, type Asker, type Planted } from './plantedConstants';

export interface Stream {
  corpus: string;
  tokens: Uint32Array;
  planted: Planted[];
  /** What follows, to take lines from. */
  tail: Uint32Array;
}

export interface DistantConstant {
  distance: number;
  /** Ends `distance` tokens after the constant's line. */
  tokens: Uint32Array;
  planted: Planted;
}

export const depths = [0.1, 0.3, 0.5, 0.7, 0.9];
const tailTokens = 768;
/** Tokens in front of a constant that is asked for at a given distance. */
const leadTokens = 256;

/** @returns `count` streams, the corpora in turn, the same for the same seed */
export function drawStreams(
  opened: OpenModel,
  corpora: readonly Corpus[],
  { count, tokens, seed, asker }: { count: number; tokens: number; seed: number; asker: Asker },
): Stream[] {
  const endsLine = lineEnds(opened);
  return inTurn(corpora, count).map((corpus, i) => {
    const random = seeded(seed + i);
    const text = corpusTokens(opened, corpus, tokens + tailTokens, random);
    const { tokens: grown, planted } = plant(opened.model, text.subarray(0, tokens), depths, random, endsLine, asker);
    const all = concatTokens(grown, text.subarray(tokens));
    return { corpus: corpus.name, planted, tokens: all.slice(0, tokens), tail: all.slice(tokens, tokens + tailTokens) };
  });
}

export function drawDistant(
  opened: OpenModel,
  corpora: readonly Corpus[],
  { count, distances, seed, asker }: { count: number; distances: readonly number[]; seed: number; asker: Asker },
): DistantConstant[] {
  const endsLine = lineEnds(opened);
  return distances.flatMap((distance) =>
    inTurn(corpora, count).flatMap((corpus, i) => {
      const random = seeded(seed + 7919 * (i + 1) + distance);
      const length = leadTokens + distance;
      const text = corpusTokens(opened, corpus, 2 * length, random);
      const { tokens, planted } = plant(opened.model, text, [leadTokens / text.length], random, endsLine, asker);
      const [constant] = planted;
      return constant ? [{ distance, tokens: tokens.slice(0, constant.at + distance), planted: constant }] : [];
    }),
  );
}

function inTurn(corpora: readonly Corpus[], count: number): Corpus[] {
  return Array.from({ length: count }, (_, i) => corpora[i % corpora.length]).filter((corpus) => corpus !== undefined);
}

/** Whether a token ends a line; asked for every token of a text, so remembered. */
export function lineEnds({ model }: Pick<OpenModel, 'model'>): (token: number) => boolean {
  const known = new Map<number, boolean>();
  return (token) => {
    let ends = known.get(token);
    if (ends === undefined) {
      ends = isToken(token) && model.detokenize([token], false).endsWith('\n');
      known.set(token, ends);
    }
    return ends;
  };
}
