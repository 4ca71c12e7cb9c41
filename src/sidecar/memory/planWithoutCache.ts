/**
 * What reading a folder would cost, without a loaded model: of the model its vocabulary is enough, and its caches
 * are worked out (engine/cachePlan.ts), so that a plan for a cache that has no room here costs nothing.
 */
import type { EngineKind, PlanRepositoryParams, RepositoryPlan } from '../../protocol';
import { demoModelPath } from '../bundleRoot';
import { resolveChunk } from '../engine/budget';
import { defaultBudgetFile, fileBudgetMemory } from '../engine/budgetMemory';
import { planCache } from '../engine/cachePlan';
import { log } from '../engine/llama';
import { boundedOf } from '../engine/addon';
import type { LoadOptions } from '../engine/loadedModel';
import { openModel } from '../engine/openModel';
import { CodeBook } from './codeBook';
import { Disk } from './disk';
import { planRepository } from './planRepository';
import { SavedStates } from './savedStates';
import { openStorage } from './storage';
import { FileOverrides } from './fileOverrides';

export interface PlannedAlone {
  plan: RepositoryPlan;
  /** What would run. */
  engine: EngineKind;
  /** What is not as it was asked for, in a sentence. */
  notice: string | undefined;
}

/** @throws BonsaiError `model-*`, `bad-request`, `folder-missing`, `out-of-memory` or `engine-failed`; the signal's reason when stopped */
export async function planWithoutCache(load: LoadOptions, params: PlanRepositoryParams, signal: AbortSignal): Promise<PlannedAlone> {
  const { modelPath, gpu, cache: options = {}, tuning } = load;
  const opened = await openModel({ modelPath, gpu, vocabularyOnly: true });
  try {
    const { llama, model, shape, fingerprint, file, path } = opened;
    const chunk = resolveChunk(load.chunk);
    const memory = fileBudgetMemory(defaultBudgetFile(), log);
    const { settings, bounded, cost, shares, notice } = await planCache({
      ...{ llama, model, shape, fingerprint, options, tuning, memory, chunk },
    });
    const engineVersion = boundedOf(llama)?.version() ?? '';
    const storage = await openStorage({ fingerprint, engineVersion, bounded }, load.storage ?? {});
    // llama.cpp's own cache is not saved.
    const store = bounded ? storage.store : undefined;
    const saved = await SavedStates.open({ fingerprint, settings, shares, chunk, engineVersion }, store);
    const overrides = new FileOverrides((folders) => saved.overrides(folders));
    const disk = new Disk(opened, storage.known, undefined, (catalogue) => overrides.apply(catalogue));
    const engine = bounded ? 'bonsai' : 'stock';
    try {
      const info = { bytes: file.bytes, demo: path === demoModelPath, engine } as const;
      const parts = { disk, keeper: saved, code: new CodeBook(), archive: storage.archive };
      const plan = await planRepository(parts, { params, llama, info, cache: cost, settings, held: () => undefined, signal });
      return { plan, engine, notice };
    } finally {
      await storage.save();
      await storage.store?.close();
    }
  } finally {
    await opened.model.dispose();
  }
}
