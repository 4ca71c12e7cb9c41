/** Every setting is read here and nowhere else, checked, and given its default when it makes no sense. */
import * as vscode from 'vscode';
import type { EngineSettings } from './engine/engineSettings';

const section = 'bonsai';

function read(key: string): unknown {
  return vscode.workspace.getConfiguration(section).get<unknown>(key);
}

const text = (key: string): string => {
  const value = read(key);
  return typeof value === 'string' ? value.trim() : '';
};
const count = (key: string): number => {
  const value = read(key);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
};
/** Gigabytes as bytes; at least so many, or the default when the setting makes no sense. */
const gigabytes = (key: string, otherwise: number, least: number): number => {
  const value = read(key);
  const sensible = typeof value === 'number' && Number.isFinite(value) && value >= least * 1e-9;
  return Math.max(least, Math.floor((sensible ? value : otherwise) * 1_000_000_000));
};

/** The value if it is one of those offered, else the first of them. */
const oneOf = <const T extends string>(value: unknown, offered: readonly [T, ...T[]]): T =>
  offered.find((offer) => offer === value) ?? offered[0];

/** @param memoryFolder absolute path of the folder where memories are saved */
export function engineSettings(memoryFolder: string): EngineSettings {
  return {
    modelPath: modelPath(),
    budget: cacheBudget(),
    policy: oneOf(read('cache.policy'), ['hybrid', 'tree', 'streaming', 'full']),
    positions: oneOf(read('cache.positions'), ['auto', 'original', 'rank']),
    layerBudgets: oneOf(read('cache.layerBudgets'), ['auto', 'uniform', 'squeeze', 'measured']),
    engine: oneOf(read('engine'), ['bonsai', 'stock']),
    chunk: count('cache.chunk'),
    threads: count('threads'),
    gpu: oneOf(read('gpu'), ['auto', 'off']),
    storage: {
      folder: memoryFolder,
      quotaBytes: gigabytes('memory.quotaGigabytes', 8, 1),
      save: read('memory.save') !== false,
      archiveBytes: gigabytes('archive.quotaGigabytes', 8, 0),
    },
  };
}

export const modelPath = (): string => text('model.path');
export const cacheBudget = (): number => count('cache.budget');

/** @param scope the document that is completed: its folder and its language may have settings of their own; undefined: for no one in particular */
export function completionSettings(scope: vscode.ConfigurationScope | undefined): {
  enabled: boolean;
  disabledLanguages: readonly string[];
  inComments: boolean;
  /** Ghost text from models that can only chat. */
  withChatModels: boolean;
} {
  const completions = vscode.workspace.getConfiguration(`${section}.completions`, scope);
  const languages = completions.get<unknown>('disabledLanguages');
  return {
    enabled: completions.get<unknown>('enabled') !== false,
    disabledLanguages: Array.isArray(languages) ? languages.filter((language): language is string => typeof language === 'string') : [],
    inComments: completions.get<unknown>('inComments') !== false,
    withChatModels: completions.get<unknown>('withChatModels') !== false,
  };
}

/** Those of the settings that are not at their default, whoever changed them. @param keys whole, as in the manifest */
export function changedSettings(keys: readonly string[]): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration();
  const changed = keys.filter((key) => JSON.stringify(configuration.get(key)) !== JSON.stringify(configuration.inspect(key)?.defaultValue));
  return Object.fromEntries(changed.map((key) => [key, configuration.get<unknown>(key)]));
}

/** Minutes without use after which the model is unloaded; 0: never. */
export const idleUnloadMinutes = (): number => count('model.idleUnloadMinutes');
/** One engine for all windows and agents with the same folders and settings. */
export const engineShared = (): boolean => read('shareEngine') === true;
export const codeLensEnabled = (): boolean => read('codeLens.enabled') === true;

/** Whether the chat may call tools. */
export const chatToolsEnabled = (): boolean => read('chat.tools') === true;

export const readOnStartup = (): boolean => read('repository.readOnStartup') === true;

/** What a changed setting asks for: a new process, a new model context, or nothing. */
export function consequence(event: vscode.ConfigurationChangeEvent): 'restart' | 'reload' | 'nothing' {
  const changed = (keys: readonly string[]) => keys.some((key) => event.affectsConfiguration(`${section}.${key}`));
  if (changed(['engine', 'shareEngine'])) return 'restart';
  if (changed(['model.path', 'cache', 'threads', 'gpu', 'memory', 'archive'])) return 'reload';
  return 'nothing';
}

export const setModelPath = (path: string): Promise<void> => writeSetting('model.path', path || undefined);

/** Settings that Bonsai itself may change, when the person says so. */
export type WritableSetting = 'model.path' | 'cache.budget' | 'cache.chunk' | 'gpu' | 'completions.enabled';

/** Writes a setting where it is set already: in the workspace if it has its own, else in the user's settings. */
export async function writeSetting(key: WritableSetting, value: string | number | boolean | undefined): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(section);
  const own = configuration.inspect(key)?.workspaceValue !== undefined;
  const target = own ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await configuration.update(key, value, target);
}
