/**
 * The protocol's official inspector, in its command line mode, against `bonsai mcp`. It is 120 packages and 111 MB, too much for
 * everybody's node_modules: it is installed once into the cache folder for development, and where it cannot be had these
 * tests are skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { cli, demoModel } from './mcpClient';

const version = '2.12.0';
const home = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'bonsai-dev', `mcp-inspector-${version}`);
const entry = join(home, 'node_modules/.bin/mcp-inspector');
let folder: string;
let missing = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonsai-inspector-'));
  mkdirSync(join(folder, 'repository/src'), { recursive: true });
  writeFileSync(join(folder, 'repository/src/start.ts'), 'export function startEngine(speed: number): number {\n  return speed * 2;\n}\n');
  if (!existsSync(entry)) {
    mkdirSync(home, { recursive: true });
    const args = ['install', '--prefix', home, '--no-audit', '--no-fund', '--ignore-scripts', `@modelcontextprotocol/inspector@${version}`];
    const { status, stderr, error } = spawnSync('npm', args, { encoding: 'utf8', timeout: 90_000 });
    if (status !== 0) missing = `The inspector cannot be had: ${error?.message ?? stderr.trim().split('\n')[0] ?? ''}`;
  }
  if (missing) console.log(missing);
});
beforeEach(({ skip }) => skip(missing !== '', missing));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inspect(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const server = [process.execPath, cli, 'mcp', join(folder, 'repository'), '--read', 'ask', '--threads', '1', '--model', demoModel];
  return spawnSync(process.execPath, [entry, '--cli', '-e', `XDG_CACHE_HOME=${folder}`, ...server, ...args], {
    encoding: 'utf8',
    timeout: 100_000,
  });
}
function document(...args: string[]): Record<string, unknown> {
  const { status, stdout, stderr } = inspect(...args);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

it('finds nothing to complain of in the schemas of the tools', () => {
  const { status, stdout, stderr } = inspect('--method', 'tools/list', '--strict');
  expect([status, stderr]).toEqual([0, expect.not.stringMatching(/error|warning/i) as string]);
  expect((JSON.parse(stdout) as { tools: { name: string }[] }).tools.map(({ name }) => name)).toEqual([
    'ask',
    'find',
    'read',
    'overview',
    'status',
  ]);
});

it('calls every tool, and takes what comes for what its schema says', () => {
  const call = (name: string, ...args: string[]) =>
    document('--method', 'tools/call', '--tool-name', name, ...args.flatMap((arg) => ['--tool-arg', arg]))['structuredContent'];
  expect(call('find', 'query=startEngine')).toMatchObject({ found: [{ path: 'src/start.ts' }] });
  expect(call('read', 'path=src/start.ts', 'endLine=1')).toMatchObject({ totalLines: 3, nextLine: 2 });
  expect(call('overview')).toMatchObject({ entries: [{ files: 1 }, {}, {}] });
  expect(call('status')).toMatchObject({ files: 1 });
  expect(call('ask', 'question=Where is startEngine defined?', 'maxTokens=16')).toMatchObject({ readShare: 1 });
});

it('shows an error of a tool as one', () => {
  const { status, stdout } = inspect('--method', 'tools/call', '--tool-name', 'read', '--tool-arg', 'path=../outside');
  expect([status, stdout]).toEqual([5, expect.stringContaining('is outside') as string]);
});

it('lists and reads resources', () => {
  const uri = pathToFileURL(join(folder, 'repository/src/start.ts')).href;
  expect(document('--method', 'resources/list')['resources']).toMatchObject([{ name: 'src/start.ts', uri }]);
  expect(document('--method', 'resources/read', '--uri', uri)['contents']).toMatchObject([{ uri, mimeType: 'text/plain' }]);
  expect(document('--method', 'resources/templates/list')['resourceTemplates']).toHaveLength(1);
});
