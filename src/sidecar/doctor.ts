/** What this machine has, what is missing, and the line that mends it. Loads the engine but no model. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import type { Llama } from 'node-llama-cpp';
import { messageOf } from '../protocol/messageOf';
import { planLaunch, type DoctorReport, type EngineKind } from '../protocol';
import { demoModelPath, distFolder } from './bundleRoot';
import { pinnedVersion } from './engine/addonContext';
import { loadLibrary, loadLlama } from './engine/llama';
import { loadNative } from './engine/loadNative';
import { graphicsCheck, memoryForModels } from './models/hardware';
import { recommendedModels } from './recommended';
import { version } from './version';

type Check = DoctorReport['checks'][number];

export async function doctor(engine: EngineKind): Promise<DoctorReport> {
  const versions: Record<string, string> = { bonsai: version, node: process.versions.node };
  const checks: Check[] = [];
  const llama = await attempt(checks, 'inference engine', () => loadLlama('auto'), 'npm ci');
  if (llama) {
    const { getModuleVersion, getLlamaGpuTypes } = await loadLibrary();
    const installed = await getModuleVersion();
    versions['node-llama-cpp'] = installed;
    versions['llama.cpp'] = llama.llamaCppRelease.release;
    if (installed !== pinnedVersion)
      checks.push({ name: 'node-llama-cpp', ok: false, detail: `${installed}, not the pinned ${pinnedVersion}`, mend: 'npm ci' });
    checks.push(graphicsCheck(await getLlamaGpuTypes('supported'), llama.gpu, await llama.getGpuDeviceNames()));
  }
  checks.push(await boundedCacheCheck(engine, versions));
  checks.push(
    existsSync(demoModelPath)
      ? { name: 'demo model', ok: true, detail: demoModelPath }
      : { name: 'demo model', ok: false, detail: `not at ${demoModelPath}`, mend: 'git checkout -- media' },
  );
  const git = await gitVersion();
  if (git) versions['git'] = git;
  checks.push(
    git
      ? { name: 'git', ok: true, detail: git }
      : { name: 'git', ok: false, detail: 'not found; folders are walked with .gitignore rules instead', mend: 'install git' },
  );
  const devices = await deviceList(llama);
  const memory = { totalBytes: totalmem(), freeBytes: freemem() };
  return {
    engine,
    versions,
    backends: llama && llama.gpu !== false ? [llama.gpu, 'cpu'] : llama ? ['cpu'] : [],
    devices,
    memory,
    checks,
    recommended: recommendedModels(llama ? await memoryForModels(llama) : memory.totalBytes),
  };
}

async function attempt<T>(checks: Check[], name: string, work: () => Promise<T>, mend: string): Promise<T | undefined> {
  try {
    const result = await work();
    checks.push({ name, ok: true, detail: 'loads' });
    return result;
  } catch (error) {
    checks.push({ name, ok: false, detail: messageOf(error), mend });
    return undefined;
  }
}

async function boundedCacheCheck(engine: EngineKind, versions: Record<string, string>): Promise<Check> {
  const name = 'bounded cache';
  const mend = 'npm run engine';
  if (engine === 'stock') {
    const plan = planLaunch(distFolder, 'bonsai', {});
    return plan.engine === 'bonsai'
      ? { name, ok: true, detail: 'built, and not in use: the stock engine was asked for' }
      : { name, ok: false, detail: plan.notice ?? 'not built', mend };
  }
  const found: Check[] = [];
  const native = await attempt(found, name, () => Promise.resolve().then(loadNative), mend);
  if (native) versions['bounded cache'] = native.version();
  return found[0] ?? { name, ok: false, detail: 'not checked', mend };
}

async function deviceList(llama: Llama | undefined): Promise<DoctorReport['devices']> {
  const cpu = { name: cpus()[0]?.model.trim() ?? 'CPU', totalBytes: totalmem(), freeBytes: freemem() };
  if (!llama || llama.gpu === false) return [cpu];
  const [names, { total, free }] = await Promise.all([llama.getGpuDeviceNames(), llama.getVramState()]);
  return [...names.map((name) => ({ name, totalBytes: total, freeBytes: free })), cpu];
}

function gitVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('git', ['--version'], { timeout: 5000, windowsHide: true }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim().replace(/^git version /, '')),
    );
  });
}
