/**
 * VS Code is told of the model that is loaded, with the engine's own numbers. A model that was loaded before with
 * the same settings is told of as it was then, so that it can be chosen without being started; others are not.
 */
import * as z from 'zod/mini';
import type { Status } from '../../protocol';
import type { EngineSettings } from '../engine/engineSettings';
import { exactCount, shortBytes } from '../../protocol/numbers';
import type { Translate } from '../util/text';

const information = z.object({
  id: z.string(),
  name: z.string(),
  family: z.string(),
  version: z.string(),
  detail: z.string(),
  tooltip: z.string(),
  maxInputTokens: z.int(),
  maxOutputTokens: z.int(),
  /** Tool calls would need their parsing and a grammar, and pictures another model: neither is there. */
  capabilities: z.object({ toolCalling: z.literal(false), imageInput: z.literal(false) }),
});
const remembered = z.object({ settings: z.string(), information });

/** The shape of `vscode.LanguageModelChatInformation`. */
export type Information = z.infer<typeof information>;

export function informationOf({ model, limits, repository }: Status, t: Translate): Information | undefined {
  if (!model || !limits) return undefined;
  const version = model.fingerprint?.slice(0, 12) ?? String(model.bytes);
  return {
    // Stays the same for the same file, so that what the person chose stays chosen.
    id: `${model.architecture}-${version}`,
    name: model.name,
    family: model.architecture,
    version,
    detail: repository ? t('with {0} in memory', repository.name) : t('on this machine'),
    tooltip: [
      `${model.name}, ${shortBytes(model.bytes)}, ${model.device}`,
      ...(model.demo ? [t('demonstration only, too small to program with')] : []),
      t('reads up to {0} and writes up to {1} tokens', exactCount(limits.inputTokens), exactCount(limits.outputTokens)),
      t('no tool calls, no images'),
    ].join('; '),
    maxInputTokens: limits.inputTokens,
    maxOutputTokens: limits.outputTokens,
    capabilities: { toolCalling: false, imageInput: false },
  };
}

/** The part of `vscode.Memento` that is needed. */
export interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const storeKey = 'bonsai.languageModel';

export class RememberedModel {
  constructor(private readonly store: Store) {}

  remember(settings: EngineSettings, known: Information): void {
    const entry = { settings: keyOf(settings), information: known } satisfies z.infer<typeof remembered>;
    if (JSON.stringify(this.store.get(storeKey)) !== JSON.stringify(entry)) void this.store.update(storeKey, entry);
  }

  /** What was loaded last, if these are still its settings. */
  recall(settings: EngineSettings): Information | undefined {
    const entry = remembered.safeParse(this.store.get(storeKey)).data;
    return entry?.settings === keyOf(settings) ? entry.information : undefined;
  }
}

function keyOf({ modelPath, budget, policy, engine }: EngineSettings): string {
  return JSON.stringify([modelPath, budget, policy, engine]);
}
