/** Policy: every setting is read here and nowhere else, checked, and given its default when it makes no sense. */
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

/** The value if it is one of those offered, else the first of them. */
const oneOf = <const T extends string>(value: unknown, offered: readonly [T, ...T[]]): T =>
  offered.find((offer) => offer === value) ?? offered[0];

export function engineSettings(): EngineSettings {
  return {
    modelPath: text('model.path'),
    budget: count('cache.budget'),
    policy: oneOf(read('cache.policy'), ['hybrid', 'tree', 'streaming', 'full']),
    positions: oneOf(read('cache.positions'), ['auto', 'original', 'rank']),
    engine: oneOf(read('engine'), ['bonsai', 'stock']),
    threads: count('threads'),
    gpu: oneOf(read('gpu'), ['auto', 'off']),
  };
}

export function completionSettings(): { enabled: boolean; disabledLanguages: readonly string[] } {
  const languages = read('completions.disabledLanguages');
  return {
    enabled: read('completions.enabled') !== false,
    disabledLanguages: Array.isArray(languages) ? languages.filter((language): language is string => typeof language === 'string') : [],
  };
}

export const codeLensEnabled = (): boolean => read('codeLens.enabled') === true;

export const readOnStartup = (): boolean => read('repository.readOnStartup') === true;

/** What a changed setting asks for: a new process, a new model context, or nothing. */
export function consequence(event: vscode.ConfigurationChangeEvent): 'restart' | 'reload' | 'nothing' {
  const changed = (keys: readonly string[]) => keys.some((key) => event.affectsConfiguration(`${section}.${key}`));
  if (changed(['engine'])) return 'restart';
  if (changed(['model', 'cache', 'threads', 'gpu'])) return 'reload';
  return 'nothing';
}

/** Writes the model path where it is set already: in the workspace if it has its own, else in the user's settings. */
export async function setModelPath(path: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(section);
  const own = configuration.inspect<string>('model.path')?.workspaceValue !== undefined;
  const target = own ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await configuration.update('model.path', path || undefined, target);
}
