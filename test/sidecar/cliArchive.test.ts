/** `bonsai archive export` and `import` as processes: what a person sees, and what is left when they are killed. No model is needed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { archiveFolder } from '../../src/sidecar/memory/store';
import { verifyArchive } from '../../src/sidecar/archive/archive';
import { bucket, credentials, ObjectStore } from '../unit/cli/archive/objectStore';
import { contentsOf, fill } from '../unit/cli/archive/objects';
import { root } from './client';

const server = new ObjectStore();
let endpoint: string;
let folder: string;
let memory: string;
let prefix = 0;
const where = () => `s3://${bucket}/${prefix}`;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  endpoint = await server.start();
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-cli-archive-'));
  memory = join(folder, 'memory');
  await fill(archiveFolder(memory), [1, 2, 3, 4, 5, 6]);
  server.manners = {};
  server.asked.length = 0;
  prefix++;
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const usual = () => ({ ...credentials, AWS_ENDPOINT_URL_S3: endpoint });

/** @param limit a shell's word before it */
function start(args: string[], env: Record<string, string> = usual(), limit?: string) {
  const command = [process.execPath, join(root, 'scripts/bonsai.mjs'), 'archive', ...args];
  const [file, ...rest] = limit === undefined ? command : ['bash', '-c', `${limit}; exec "$@"`, 'bash', ...command];
  const child = spawn(file!, rest, {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    },
  });
  running.add(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => (said.stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said.stderr += text.toString()));
  const ended = once(child, 'close').then(([status]) => {
    running.delete(child);
    return { status: status as number | null, ...said };
  });
  return { child, ended };
}
const archive = (...args: string[]) => start(args).ended;
const json = async (...args: string[]) => JSON.parse((await archive(...args, '--json')).stdout) as Record<string, unknown>;
const myKey = async () => (await archive('key')).stdout.trim();

it('goes to a bucket and comes to another machine, for those who say whom they trust', async () => {
  const key = await myKey();
  expect(key).toMatch(/^[A-Za-z0-9+/]{59}=$/);
  expect(await json('key')).toEqual({ publicKey: key, file: join(folder, 'config/bonsai/archive-key.pem') });
  if (process.platform === 'linux') expect(statSync(join(folder, 'config/bonsai/archive-key.pem')).mode & 0o777).toBe(0o600);

  const exported = await archive('export', where(), '--memory', memory);
  expect(exported).toMatchObject({ status: 0, stdout: expect.stringContaining(`6 objects exported to ${where()}`) as string });
  // Neither a warning of the library's nor anything else.
  expect(exported.stderr.replaceAll(/^[\d,]+ of 6 objects, .*\n/gm, '')).toBe('');
  expect(await json('export', where(), '--memory', memory)).toMatchObject({ copied: 0, there: 6 });

  const other = ['--memory', join(folder, 'other')];
  expect(await json('import', where(), ...other)).toMatchObject({ error: { code: 'bad-request' } });
  expect((await archive('import', where(), ...other, '--trust', key, '--trust-unsigned')).status).toBe(2);
  expect(await json('import', where(), ...other, '--trust', 'nonsense')).toMatchObject({ error: { code: 'bad-request' } });
  server.asked.length = 0;
  expect(await json('import', where(), ...other, '--trust', key)).toMatchObject({ copied: 6, leftOut: [], from: where() });
  expect(contentsOf(archiveFolder(join(folder, 'other')))).toEqual(contentsOf(archiveFolder(memory)));
  // The list, and of each object its signature and its bytes.
  expect(server.asked).toHaveLength(13);
});

it('killed in the middle of an export leaves nothing half that an import would take', async () => {
  const key = await myKey();
  let sent = 0;
  const killed = new Promise<void>((done) => {
    server.manners.before = async ({ method, key: asked }) => {
      if (method !== 'PUT' || !asked.endsWith('.kv') || ++sent < 3) return;
      child.kill('SIGKILL');
      await ended;
      done();
    };
  });
  const { child, ended } = start(['export', where(), '--memory', memory]);
  await killed;
  server.manners = {};
  const imported = await json('import', where(), '--memory', join(folder, 'other'), '--trust', key);
  expect(imported['leftOut']).toEqual([]);
  expect(imported['copied']).toBeLessThan(6);
  expect(await verifyArchive(archiveFolder(join(folder, 'other')))).toEqual([]);
  await json('export', where(), '--memory', memory);
  await json('import', where(), '--memory', join(folder, 'other'), '--trust', key);
  expect(contentsOf(archiveFolder(join(folder, 'other')))).toEqual(contentsOf(archiveFolder(memory)));
});

it.skipIf(process.platform === 'win32')('stopped by Ctrl+C keeps what has come whole, and goes on from there', async () => {
  const key = await myKey();
  await archive('export', where(), '--memory', memory);
  const other = join(folder, 'other');
  const args = ['import', where(), '--memory', other, '--trust', key];
  let asked = 0;
  server.manners.before = async ({ method, key: name }) => {
    if (method !== 'GET' || !name.endsWith('.kv') || ++asked !== 3) return;
    child.kill('SIGINT');
    await ended;
  };
  const { child, ended } = start(args);
  expect(await ended).toMatchObject({ status: 130, stderr: expect.stringContaining('Stopped by SIGINT.') as string });
  server.manners = {};
  const names = Object.keys(contentsOf(archiveFolder(other)));
  expect(names.filter((name) => !name.endsWith('.kv'))).toEqual([]);
  expect(names.length).toBeLessThan(6);
  expect(await json(...args)).toMatchObject({ copied: 6 - names.length, there: names.length });
});

it.skipIf(process.platform === 'win32')('a disk that takes nothing more is named with the way out', async () => {
  const key = await myKey();
  await archive('export', where(), '--memory', memory);
  const other = join(folder, 'other');
  const { status, stderr } = await start(['import', where(), '--memory', other, '--trust', key], usual(), 'ulimit -f 10').ended;
  expect([status, stderr]).toEqual([1, expect.stringMatching(/\.kv could not be written: .*What has come stays; make room/) as string]);
  expect(contentsOf(archiveFolder(other))).toEqual({});
});

it('without credentials, bucket or endpoint says which, and the way out', async () => {
  const failing = async (env: Record<string, string>, to = where()) => (await start(['export', to, '--memory', memory], env).ended).stderr;
  expect(await failing({ AWS_ENDPOINT_URL_S3: endpoint })).toContain('There are no credentials');
  expect(await failing(credentials)).toContain('Set AWS_REGION, or --endpoint');
  expect(await failing(usual(), 's3://nobody')).toContain('has no bucket for s3://nobody');
  expect(await failing({ ...credentials, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' })).toContain('http://127.0.0.1:9 cannot be reached');
  const named = start(['export', where(), '--memory', memory, '--endpoint', endpoint], credentials);
  expect((await named.ended).status).toBe(0);
});

describe('the library that speaks to stores', () => {
  const inBundle = (name: string) => readFileSync(join(root, 'dist', name), 'utf8');
  /** Of a word that only it has. */
  const has = (text: string) => text.includes('ListObjectsV2');

  it('is in no bundle but the command line, and loaded by nothing else in there', () => {
    expect(has(inBundle('sidecar.mjs'))).toBe(false);
    expect(has(inBundle('extension.cjs'))).toBe(false);
    const loaded = new Set(['cli.mjs']);
    for (const name of loaded) for (const [, part] of inBundle(name).matchAll(/(?:from|import)\s*"\.\/(cli-\w+\.mjs)"/g)) loaded.add(part!);
    expect(loaded.size).toBeGreaterThan(1);
    expect([...loaded].filter((name) => has(inBundle(name)))).toEqual([]);
    // It is somewhere, or the word would prove nothing.
    expect(readdirSync(join(root, 'dist')).filter((name) => /^cli-.*\.mjs$/.test(name) && has(inBundle(name)))).toHaveLength(1);
  });
});
