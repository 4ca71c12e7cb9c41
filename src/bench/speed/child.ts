/** Starts a probe in a process of its own: the engine is chosen by the loader's path, and memory is only one cache's. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { distFolder } from '../../sidecar/bundleRoot';
import { BonsaiError } from '../../sidecar/errors';
import { probeAnswer, type ProbeAnswer, type ProbeRequest } from './probeMessages';

/** @throws BonsaiError `engine-failed` when Bonsai's engine is not built or the probe fails */
export async function runProbe(request: ProbeRequest, signal: AbortSignal): Promise<ProbeAnswer> {
  const text = await output(
    [join(distFolder, 'cli.mjs'), 'bench', 'probe', JSON.stringify(request), '--json', '--engine', request.engine],
    signal,
  );
  const answer = z.safeParse(z.union([probeAnswer, z.object({ error: z.object({ message: z.string() }) })]), parse(text));
  if (!answer.success)
    throw new BonsaiError('engine-failed', `A ${request.engine} process ended without a measurement: ${text.slice(0, 200)}`);
  if ('error' in answer.data) throw new BonsaiError('engine-failed', `A ${request.engine} process failed: ${answer.data.error.message}`);
  return answer.data;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function output(args: string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], signal });
    let text = '';
    child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}
