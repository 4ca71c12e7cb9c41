/** The benchmarks' options: lists separated by commas, checked one by one, so that a wrong word is named. */
import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import * as z from 'zod/mini';
import { messageOf } from '../protocol/messageOf';
import { positiveInteger } from '../cli/options';
import { schemas, type CacheType } from '../protocol';
import { BonsaiError } from '../sidecar/errors';
import type { EngineTuning } from '../sidecar/engine/tuning';
import { distinct, normalised, partialConfigSchema, type QualityConfig } from './quality/config';

export function integers(text: string): number[] {
  return text.split(',').map(positiveInteger);
}

/** @returns a parser of a comma-separated list of some of `choices` */
export function oneOrMoreOf<T extends string>(choices: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').map((word) => {
      const found = choices.find((choice) => choice === word);
      if (found === undefined) throw new InvalidArgumentError(`"${word}" is none of ${choices.join(', ')}.`);
      return found;
    });
}

const cacheType = oneOrMoreOf(schemas.cacheTypeSchema.options);

/** `f16,q8_0,q8_0/q4_0`: keys and values alike, or keys/values. */
export function cacheTypes(text: string): { keyType: CacheType; valueType: CacheType }[] {
  return text.split(',').map((pair) => {
    const [keyType, valueType = keyType, ...rest] = pair.split('/').flatMap(cacheType);
    if (keyType === undefined || valueType === undefined || rest.length > 0)
      throw new InvalidArgumentError(`"${pair}" is no cache type. Write q8_0, or q8_0/q4_0 for keys and values.`);
    return { keyType, valueType };
  });
}

/**
 * @param source a JSON list of configurations, or a file with one; what they leave out is as in `base`
 * @throws BonsaiError `bad-request`
 */
export function explicitConfigs(source: string, base: QualityConfig & { tuning: EngineTuning }): QualityConfig[] {
  try {
    const text = source.trimStart().startsWith('[') ? source : readFileSync(source, 'utf8');
    const configs = z.parse(z.array(partialConfigSchema), JSON.parse(text));
    return distinct(
      configs.map(({ policy, score, allocator, positions, keyType, valueType, budget, tuning }) =>
        normalised({
          policy: policy ?? base.policy,
          score: score ?? base.score,
          allocator: allocator ?? base.allocator,
          positions: positions ?? base.positions,
          keyType: keyType ?? base.keyType,
          valueType: valueType ?? base.valueType,
          budget: budget ?? base.budget,
          tuning: {
            sinks: tuning?.sinks ?? base.tuning.sinks,
            recentShare: tuning?.recentShare ?? base.tuning.recentShare,
            outlierShare: tuning?.outlierShare ?? base.tuning.outlierShare,
            block: tuning?.block ?? base.tuning.block,
            samples: tuning?.samples ?? base.tuning.samples,
            minSeen: tuning?.minSeen ?? base.tuning.minSeen,
            gqa: tuning?.gqa ?? base.tuning.gqa,
            stagger: tuning?.stagger ?? base.tuning.stagger,
            merge: tuning?.merge ?? base.tuning.merge,
            squeezeP: tuning?.squeezeP ?? base.tuning.squeezeP,
          },
        }),
      ),
    );
  } catch (error) {
    const why = error instanceof z.core.$ZodError ? z.prettifyError(error) : messageOf(error);
    throw new BonsaiError(
      'bad-request',
      `--configs is no list of configurations: ${why}. Write such as '[{"policy":"tree","budget":1024}]'.`,
      {
        cause: error,
      },
    );
  }
}
