/** A run that was broken off, read back from its file: only one that measured the same is gone on with. */
import { existsSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { BonsaiError } from '../sidecar/errors';

/** @returns undefined without a file. @throws BonsaiError `bad-request` when it measured something else, or is damaged */
export function earlierRun<T extends { settings: object }>(file: string, schema: z.ZodMiniType<T>, settings: T['settings']): T | undefined {
  if (!existsSync(file)) return undefined;
  const before = parsed(file, schema);
  if (!isDeepStrictEqual(before.settings, settings))
    throw new BonsaiError('bad-request', `${file} was measured with other settings. Leave --resume out, or give the run another --name.`);
  return before;
}

function parsed<T>(file: string, schema: z.ZodMiniType<T>): T {
  try {
    return z.parse(schema, JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new BonsaiError('bad-request', `${file} is damaged or not from this version of Bonsai. Leave --resume out to start over.`, {
      cause: error,
    });
  }
}
