import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancellationToken, CancellationTokenSource } from 'vscode-jsonrpc/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runShellCommand } from '../../../../../src/extension/chat/tools/shellCommand';

let folder = '';
beforeAll(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), 'bonsai-run-')))));
afterAll(() => rmSync(folder, { recursive: true }));

const node = (script: string) => `"${process.execPath}" -e "${script}"`;
const limits = { timeout: 60_000 };
const run = (command: string, given = limits, token: CancellationToken = CancellationToken.None) =>
  runShellCommand(command, folder, given, token);

it('tells how it ended and what it wrote, in the folder', async () => {
  expect(await run(node("console.log(process.cwd()); console.error('e'); process.exit(3)"))).toBe(`Exit code 3.\n${folder}\ne`);
  expect(await run(node('0'))).toBe('Exit code 0.\nIt wrote nothing.');
});

it('is data: control sequences and what hides in the output are gone, and its end is kept', async () => {
  const text = await run(
    node(
      "process.stdout.write('a'.repeat(1999).concat('\\n').repeat(400) + String.fromCharCode(27) + '[31mred' + String.fromCharCode(0x202e))",
    ),
  );
  expect(text.endsWith('\nred')).toBe(true);
  expect(text.length).toBeLessThan(201_000);
});

it('ends after its time with all that it started', async () => {
  const began = performance.now();
  const child = node(
    "require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => 0, 60000)'], { stdio: 'inherit' }); setTimeout(() => 0, 60000)",
  );
  expect(await run(child, { timeout: 300 })).toMatch(/^It was ended after 0\.3 s\./);
  expect(performance.now() - began).toBeLessThan(30_000);
});

it('ends when the answer is stopped', async () => {
  const source = new CancellationTokenSource();
  const ended = run(node('setTimeout(() => 0, 60000)'), limits, source.token);
  source.cancel();
  expect(await ended).toMatch(/^It was stopped by the person\./);
});

it('has nothing of the editor in its surroundings', async () => {
  process.env['ELECTRON_RUN_AS_NODE'] = '1';
  process.env['VSCODE_TEST_SECRET'] = '1';
  try {
    expect(await run(node('console.log(Object.keys(process.env).filter((name) => /^(ELECTRON_|VSCODE_)/.test(name)).length)'))).toBe(
      'Exit code 0.\n0',
    );
  } finally {
    delete process.env['ELECTRON_RUN_AS_NODE'];
    delete process.env['VSCODE_TEST_SECRET'];
  }
});
