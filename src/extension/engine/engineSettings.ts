/** The settings the engine is started and loaded with, in the protocol's terms; 0 and '' mean "choose for me". */
import type { AllocatorChoice, EngineKind, LoadModelParams, Policy, Positions, StorageOptions } from '../../protocol';

export interface EngineSettings {
  modelPath: string;
  budget: number;
  policy: Policy;
  positions: Positions;
  layerBudgets: AllocatorChoice;
  engine: EngineKind;
  /** Tokens per decode. */
  chunk: number;
  threads: number;
  gpu: 'auto' | 'off';
  storage: StorageOptions;
}

export function loadParams(settings: EngineSettings): LoadModelParams {
  return {
    ...(settings.modelPath ? { modelPath: settings.modelPath } : {}),
    cache: {
      policy: settings.policy,
      positions: settings.positions,
      allocator: settings.layerBudgets,
      ...(settings.budget > 0 ? { budget: Math.floor(settings.budget) } : {}),
    },
    ...(settings.chunk > 0 ? { chunk: Math.floor(settings.chunk) } : {}),
    ...(settings.threads > 0 ? { threads: Math.floor(settings.threads) } : {}),
    gpu: settings.gpu,
    storage: settings.storage,
  };
}
