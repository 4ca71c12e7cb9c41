/** The editor's settings as a command line, and that the command line itself understands them. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { EngineSettings } from '../../../../src/extension/engine/engineSettings';
import { serverArguments } from '../../../../src/extension/mcp/serverArguments';
import { loadOptions, withMemoryOptions, withModelOptions, withQuotaOptions } from '../../../../src/cli/options';
import { loadParams } from '../../../../src/extension/engine/engineSettings';
import { sharedKey } from '../../../../src/protocol/sharedPlace';

const settings: EngineSettings = {
  ...{ modelPath: '', budget: 0, policy: 'hybrid', positions: 'auto', layerBudgets: 'auto', engine: 'bonsai', chunk: 0, threads: 0 },
  gpu: 'auto',
  storage: { folder: '/storage/memory', quotaBytes: 8e9, archiveBytes: 8e9, save: true },
};
const all: EngineSettings = {
  ...{
    modelPath: '/models/a b.gguf',
    budget: 2048,
    policy: 'tree',
    positions: 'rank',
    layerBudgets: 'measured',
    engine: 'stock',
    chunk: 128,
  },
  ...{ threads: 3, gpu: 'off' },
  storage: { folder: '/storage/memory', quotaBytes: 1e9, archiveBytes: 0, save: false },
};

describe('the arguments of bonsai mcp', () => {
  it('read nothing by themselves, and leave out what the person left to Bonsai', () => {
    const args = serverArguments(['/work/a', '/work/b'], settings, 0, true);
    expect(args.slice(0, 5)).toEqual(['mcp', '/work/a', '/work/b', '--read', 'never']);
    for (const option of ['--model', '--engine', '--budget', '--chunk', '--threads', '--idle', '--no-save'])
      expect(args).not.toContain(option);
    expect(args.join(' ')).toContain('--memory /storage/memory --memory-quota 8.000000000 --archive-quota 8.000000000');
  });

  it('have every setting of the person', () => {
    expect(serverArguments(['/work/a'], all, 15, true).join(' ')).toBe(
      'mcp /work/a --read never --idle 15 --shared --model /models/a b.gguf --engine stock --policy tree --positions rank --allocator measured --budget 2048 --chunk 128 --threads 3 --gpu off --memory /storage/memory --no-save --memory-quota 1.000000000 --archive-quota 0.000000000',
    );
  });

  it('make a server that shares the sidecar of the window', () => {
    for (const each of [settings, all]) {
      const command = withQuotaOptions(withMemoryOptions(withModelOptions(new Command())))
        .option('--read <when>')
        .option('--shared');
      command.parse(serverArguments(['/work/a'], { ...each, modelPath: '/models/a.gguf' }, 0, true).slice(2), { from: 'user' });
      const { engine } = each;
      const theirs = sharedKey({ engine, folders: ['/work/a'], load: loadOptions(command.opts()) });
      expect(theirs).toBe(sharedKey({ engine, folders: ['/work/a'], load: loadParams({ ...each, modelPath: '/models/a.gguf' }) }));
    }
  });

  it.each([settings, all])('are understood by the command line', (each) => {
    const cli = join(resolve(import.meta.dirname, '../../../..'), 'dist/cli.mjs');
    // It comes as far as looking for the folder, so nothing is wrong with any option.
    const { status, stderr } = spawnSync(process.execPath, [cli, ...serverArguments(['/nowhere/at/all'], each, 5, true)], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('/nowhere/at/all does not exist') as string]);
  });
});
