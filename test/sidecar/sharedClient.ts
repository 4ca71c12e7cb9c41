/** Clients of a shared sidecar, in a cache folder of their own, and a look at the processes that serve them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadModelParams } from '../../src/protocol';
import { messages, protocolVersion } from '../../src/protocol';
import { sharedAddress, sharedBase, sharedKey, type SharedIdentity } from '../../src/protocol/sharedPlace';
import { joinSidecar, type SharedSidecar } from '../../src/protocol/sharedSidecar';
import { plan, sidecarPath } from './client';

export const load: LoadModelParams = { threads: 1, gpu: 'off', cache: { budget: 1024 }, storage: { save: false } };

export interface Place {
  cache: string;
  run: string;
  lines: string[];
  identity(folders?: readonly string[], params?: LoadModelParams): SharedIdentity;
  join(identity?: SharedIdentity, version?: number): Promise<SharedSidecar | undefined>;
  address(identity?: SharedIdentity): Promise<string>;
  /** Ids of the sidecars of this place that live (Linux). */
  serving(): number[];
  /** Kills what is left. */
  dispose(): void;
}

/** Sets the cache folder of this process: one at a time. */
export function openPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-shared-'));
  const before = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = folder;
  const run = join(folder, 'bonsai/run');
  const lines: string[] = [];
  const identity = (folders: readonly string[] = ['/work/a'], params = load): SharedIdentity => ({
    engine: plan.engine === 'stock' ? 'stock' : 'bonsai',
    folders,
    load: params,
  });
  const serving = () =>
    readdirSync('/proc').flatMap((name) => {
      try {
        const isOurs = /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(run);
        return isOurs && !/\) [ZX] /.test(readFileSync(`/proc/${name}/stat`, 'utf8')) ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
  return {
    ...{ cache: folder, run, lines, identity, serving },
    join: (who = identity(), version = protocolVersion) =>
      joinSidecar({
        ...{ entry: sidecarPath, identity: who },
        hello: { protocolVersion: version, client: 'test' },
        onLine: (line) => lines.push(line),
      }),
    address: async (who = identity()) => sharedAddress(await sharedBase(sharedKey(who))),
    dispose() {
      for (const pid of serving()) process.kill(pid, 'SIGKILL');
      if (before === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = before;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Joined and with a model. */
export async function ready(place: Place, who = place.identity()): Promise<SharedSidecar> {
  const client = await place.join(who);
  if (!client) throw new Error(`Not joined: ${place.lines.join('\n')}`);
  await client.connection.sendRequest(messages.loadModel, who.load);
  return client;
}
