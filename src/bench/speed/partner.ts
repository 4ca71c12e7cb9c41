/**
 * One side of a comparison in turns, in a process of its own, since the engine is chosen when a process starts: for every
 * line that comes in, until `end`, it reads a text from nothing, generates, and writes one line with its speeds.
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { withoutEngine } from '../../cli/relaunch';
import { planLaunch } from '../../protocol';
import { distFolder } from '../../sidecar/bundleRoot';
import { createSampler } from '../../sidecar/engine/addonContext';
import { temporaryBudgetMemory } from '../../sidecar/engine/budgetMemory';
import { createCache } from '../../sidecar/engine/createCache';
import { openModel } from '../../sidecar/engine/openModel';
import { Scheduler } from '../../sidecar/engine/scheduler';
import { BonsaiError } from '../../sidecar/errors';
import { seeded } from '../../sidecar/random';
import { corpusTokens, loadCorpus } from '../corpus';
import type { ProbeRequest } from './probe';
import { decodeRate, rate } from './rates';
import type { Speeds } from './turns';

/** @param request its only length is what is read in a turn */
export async function serveTurns(request: ProbeRequest, asked: Readable, answer: (line: string) => void): Promise<void> {
  const { chunk, decode, lengths } = request;
  const length = lengths.at(-1) ?? 0;
  const opened = await openModel(request);
  const tokens = corpusTokens(opened, await loadCorpus(request.corpus), length, seeded(request.seed), true);
  const created = await createCache({
    ...opened,
    options: request.cache,
    tuning: request.tuning,
    memory: temporaryBudgetMemory(),
    chunk,
    threads: request.threads,
    window: Math.ceil((length + decode + 1) / 256) * 256,
    sequences: 1,
  });
  const sampler = createSampler(opened.llama, opened.model, { temperature: 0 });
  const session = new Scheduler().openSession('reading');
  const work = { session };
  const { memory } = created.sequences;
  try {
    for await (const line of createInterface({ input: asked })) {
      if (line === 'end') break;
      await session.unit(() => memory.clear());
      const read = await rate(length, () => memory.evaluate(tokens, work));
      const written = decode === 0 ? 0 : await decodeRate(memory, tokens[length - 1] ?? 0, decode, sampler, work);
      answer(JSON.stringify({ read, written } satisfies Speeds));
    }
  } finally {
    session.close();
    sampler.dispose();
    await created.context.dispose();
    await opened.model.dispose();
  }
}

const speeds = z.object({ read: z.number(), written: z.number() });

export class Partner {
  private readonly child;
  private readonly lines: AsyncIterator<string, undefined>;

  /** @throws BonsaiError `engine-failed` when Bonsai's engine is not built */
  constructor(private readonly request: ProbeRequest) {
    const plan = planLaunch(distFolder, request.engine, withoutEngine(process.env));
    if (plan.engine !== request.engine) throw new BonsaiError('engine-failed', plan.notice ?? 'The bounded cache is not built.');
    const args = [join(distFolder, 'cli.mjs'), 'bench', 'partner', JSON.stringify(request), '--engine', request.engine];
    this.child = spawn(process.execPath, args, { env: plan.env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws BonsaiError `engine-failed` when the process has ended */
  async measure(): Promise<Speeds> {
    this.child.stdin.write('turn\n');
    const next = await this.lines.next();
    if (next.done) throw new BonsaiError('engine-failed', `A ${this.request.engine} process ended without a measurement.`);
    return z.parse(speeds, JSON.parse(next.value));
  }

  end(): void {
    this.child.stdin.end('end\n');
  }
}
