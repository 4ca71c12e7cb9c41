/**
 * `bonsai model`: a model to use, by its path. One that is in the models folder is taken, else the starter model is
 * fetched from the first of its sources that answers.
 */
import { mkdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod/mini';
import type { DownloadProgress } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import { modelsFolder } from '../../protocol/modelsFolder';
import { shortBytes, shortSeconds } from '../../protocol/numbers';
import { asBonsaiError, BonsaiError } from '../../sidecar/errors';
import { sha256Of } from '../../sidecar/models/checkDownload';
import { storageFailure } from '../../sidecar/models/downloadFolder';
import { downloadModel } from '../../sidecar/models/downloadModel';
import { findModels } from '../../sidecar/models/findModels';
import { measureMachine } from '../../sidecar/models/measureMachine';
import { searchFolder } from '../../sidecar/models/search';
import { sourcesOf } from '../../sidecar/models/modelSources';
import { starterModel } from '../../sidecar/models/recommended';
import { chooseModel } from '../chooseModel';
import type { CommandContext } from './context';

const modelOptions = z.object({
  fetch: z.optional(z.boolean()),
  folder: z.optional(z.string()),
  source: z.optional(z.array(z.string())),
  optional: z.optional(z.boolean()),
});

export async function model(context: CommandContext, parsed: unknown): Promise<void> {
  const { fetch = false, folder: given, source = sourcesOf(starterModel), optional = false } = z.parse(modelOptions, parsed);
  const { output, signal } = context;
  const folder = given === undefined ? modelsFolder() : resolve(given);
  try {
    const there = fetch ? await findStarter(folder, signal) : await findAny(context, folder);
    if (there !== undefined) {
      output.result({ path: there, fetched: false }, () => [there]);
      return;
    }
    const { path, from, refused } = await fetchStarter(context, folder, source);
    for (const why of refused) output.note(why);
    output.note(`${starterModel.name} came from ${from}; its SHA-256 is right.`);
    output.result({ path, fetched: true, from, refused }, () => [path]);
  } catch (error) {
    if (!optional || signal.aborted) throw error;
    const { message } = asBonsaiError(error);
    output.note(`No model: ${message}`);
    if (output.json) output.result({ path: null, reason: message }, () => []);
  }
}

/** Under whatever name: its size and its checksum are what tells it. */
async function findStarter(folder: string, signal: AbortSignal): Promise<string | undefined> {
  const { files } = await searchFolder(folder, 1);
  for (const path of files) {
    if ((await stat(path)).size !== starterModel.bytes) continue;
    if ((await sha256Of(path, () => undefined, signal)) === starterModel.sha256) return path;
  }
  return undefined;
}

function findAny({ bonsai, signal, output }: CommandContext, folder: string): Promise<string | undefined> {
  const look = () => findModels({ folders: [folder], only: true }, bonsai.engine === 'bonsai', () => undefined, signal);
  return chooseModel(look, async () => {
    output.note('Measuring the speed of this machine (a few seconds).');
    await measureMachine('auto', signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      output.note(`This machine could not be measured: ${messageOf(error)}`);
    });
  });
}

async function fetchStarter({ output, signal }: CommandContext, folder: string, [uri, ...mirrors]: string[]) {
  if (uri === undefined) throw new BonsaiError('bad-request', 'Give --source an address.');
  const { name, file, bytes, sha256 } = starterModel;
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw storageFailure(error, folder);
  });
  output.note(`Fetching ${name} (${shortBytes(bytes)}) into ${folder}. After Ctrl+C it continues where it stopped the next time.`);
  const onProgress = (progress: DownloadProgress) => output.progress(progressText(progress));
  return downloadModel({ uri, mirrors, name: file, bytes, sha256, folder }, { signal, onProgress });
}

function progressText({ phase, from, bytes, totalBytes, bytesPerSecond, secondsLeft }: DownloadProgress): string {
  if (phase === 'connecting') return `asking ${from}`;
  const done = `${shortBytes(bytes)} of ${shortBytes(totalBytes)}`;
  if (phase === 'checking') return `checking ${done}`;
  const left = secondsLeft === null ? '' : `, ${shortSeconds(secondsLeft)} left`;
  return `${done} from ${from}, ${shortBytes(bytesPerSecond)}/s${left}`;
}
