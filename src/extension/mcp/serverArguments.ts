/** The command line of `bonsai mcp` that has the settings of the editor, so that it finds what the editor has saved. */
import type { EngineSettings } from '../engine/engineSettings';

const bytesPerGigabyte = 1e9;

/**
 * @param folders absolute paths @param idleMinutes 0: as the server does by itself, since its model may be a second one in memory
 * @param shared whether the model is the one of the window
 * @returns the arguments behind `cli.mjs`
 */
export function serverArguments(folders: readonly string[], settings: EngineSettings, idleMinutes: number, shared: boolean): string[] {
  const { modelPath, budget, policy, positions, layerBudgets, engine, chunk, threads, gpu, storage } = settings;
  const { folder, save, quotaBytes, archiveBytes } = storage;
  const option = (name: string, value: string | number | undefined) => (value === undefined ? [] : [`--${name}`, String(value)]);
  const positive = (value: number) => (value > 0 ? Math.floor(value) : undefined);
  const quota = (bytes: number | undefined) => (bytes === undefined ? undefined : (bytes / bytesPerGigabyte).toFixed(9));
  return [
    ...['mcp', ...folders],
    // To read a repository is a person's decision; an agent gets what was read.
    ...option('read', 'never'),
    ...option('idle', positive(idleMinutes)),
    ...(shared ? ['--shared'] : []),
    ...option('model', modelPath || undefined),
    // Where it is not built, the stock engine runs, as in the editor.
    ...option('engine', engine === 'stock' ? engine : undefined),
    ...option('policy', policy),
    ...option('positions', positions),
    ...option('allocator', layerBudgets),
    ...option('budget', positive(budget)),
    ...option('chunk', positive(chunk)),
    ...option('threads', positive(threads)),
    ...option('gpu', gpu),
    ...option('memory', folder),
    ...(save === false ? ['--no-save'] : []),
    ...option('memory-quota', quota(quotaBytes)),
    ...option('archive-quota', quota(archiveBytes)),
  ];
}
