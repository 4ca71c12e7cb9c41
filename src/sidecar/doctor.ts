/** What this machine has, what is missing, and the line that fixes it. Loads the engine but no model. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import type { Llama } from 'node-llama-cpp';
import { messageOf } from '../protocol/messageOf';
import type { DoctorReport, EngineKind } from '../protocol';
import { demoModelPath } from './bundleRoot';
import { boundedOf, pinnedVersion } from './engine/addon';
import { whyNoEngine } from './engine/engineFiles';
import { loadLibrary, loadLlama, whyNotLoaded } from './engine/llama';
import { cardsOf, graphicsCheck, mainMemory, memoryForModels, threadsCheck } from './engine/hardware';
import { BonsaiError } from './errors';
import { knownSpeed } from './models/measureMachine';
import { recommendedModels } from './models/recommended';
import { version } from './version';

type Check = DoctorReport['checks'][number];

/** @param inUse of the model that is loaded, which the check must not take the engine away from */
export async function doctor(engine: EngineKind, inUse?: Llama): Promise<DoctorReport> {
  const versions: Record<string, string> = { bonsai: version, node: process.versions.node };
  const checks: Check[] = [];
  const llama = await attempt(
    checks,
    'inference engine',
    () => loadLlama('auto'),
    (error) => whyNotLoaded(error).fix,
  );
  const cards = llama ? await cardsOf(llama) : [];
  if (llama) {
    const { getModuleVersion, getLlamaGpuTypes } = await loadLibrary();
    const installed = await getModuleVersion();
    versions['node-llama-cpp'] = installed;
    versions['llama.cpp'] = llama.llamaCppRelease.release;
    if (installed !== pinnedVersion)
      checks.push({ name: 'node-llama-cpp', ok: false, detail: `${installed}, not the pinned ${pinnedVersion}`, fix: 'npm ci' });
    checks.push(threadsCheck(llama, availableParallelism(), loadavg()[0] ?? 0));
    checks.push(graphicsCheck(await getLlamaGpuTypes('supported'), llama.gpu, cards));
  }
  checks.push(await boundedCacheCheck(engine, versions, inUse ?? llama));
  checks.push(
    existsSync(demoModelPath)
      ? { name: 'demo model', ok: true, detail: demoModelPath }
      : { name: 'demo model', ok: false, detail: `not at ${demoModelPath}`, fix: 'git checkout -- media' },
  );
  const git = await attempt(checks, 'git', gitVersion, (error) => whyNotLoaded(error, 'install git').fix);
  if (git !== undefined) versions['git'] = git;
  const devices = await deviceList(llama, cards);
  const memory = mainMemory();
  return {
    engine,
    versions,
    backends: llama && llama.gpu !== false ? [llama.gpu, 'cpu'] : llama ? ['cpu'] : [],
    devices,
    memory,
    checks,
    recommended: recommendedModels(
      {
        memoryBytes: llama ? await memoryForModels(llama) : memory.totalBytes,
        speed: llama && (await knownSpeed(llama)),
        graphics: cards.length > 0,
      },
      engine === 'bonsai',
    ),
  };
}

async function attempt<T>(
  checks: Check[],
  name: string,
  work: () => Promise<T>,
  fixOf: (cause: unknown) => string,
): Promise<T | undefined> {
  try {
    const result = await work();
    checks.push({ name, ok: true, detail: typeof result === 'string' ? result : 'loads' });
    return result;
  } catch (error) {
    const cause = error instanceof BonsaiError ? (error.cause ?? error) : error;
    checks.push({ name, ok: false, detail: messageOf(error), fix: fixOf(cause) });
    return undefined;
  }
}

/** @param llama absent: what went wrong is said already */
async function boundedCacheCheck(engine: EngineKind, versions: Record<string, string>, llama: Llama | undefined): Promise<Check> {
  const name = 'bounded cache';
  const fix = 'npm run engine';
  const missing = whyNoEngine();
  if (missing !== undefined) return { name, ok: false, detail: missing, fix };
  if (engine === 'stock') return { name, ok: true, detail: 'built, and not in use: the stock engine was asked for' };
  const found: Check[] = [];
  const native = await attempt(
    found,
    name,
    () => Promise.resolve(llama && boundedOf(llama)),
    (error) => whyNotLoaded(error, fix).fix,
  );
  if (native) versions['bounded cache'] = native.version();
  return native ? (found[0] ?? { name, ok: true, detail: 'loads' }) : { name, ok: false, detail: 'the engine does not load', fix };
}

async function deviceList(llama: Llama | undefined, cards: readonly string[]): Promise<DoctorReport['devices']> {
  const cpu = { name: cpus()[0]?.model.trim() ?? 'CPU', cores: availableParallelism(), ...mainMemory() };
  if (!llama || cards.length === 0) return [cpu];
  const { total, free } = await llama.getVramState();
  return [...cards.map((name) => ({ name, totalBytes: total, freeBytes: free })), cpu];
}

/** @throws why git does not run */
function gitVersion(): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('git', ['--version'], { timeout: 5000, windowsHide: true }, (error, stdout) => {
      if (!error) {
        resolve(stdout.trim().replace(/^git version /, ''));
        return;
      }
      const why = error.code === 'ENOENT' ? 'not found' : messageOf(error);
      reject(new Error(`${why}; folders are walked with .gitignore rules instead`, { cause: error }));
    });
  });
}
