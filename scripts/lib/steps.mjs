// Saying what is being done: one line per step with its time; a failing step shows the end of its output and the way
// out, once, and ends the script with exit code 1.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { root } from './paths.mjs';

/** A failure that a person can act on; anything else thrown is a bug of ours and keeps its stack. */
export class StepError extends Error {
  constructor(message, { tail = '', wayOut = '' } = {}) {
    super(message);
    this.tail = tail;
    this.wayOut = wayOut;
  }
}

// Children of a script that is told to end must not outlive it.
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill()));

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs `work` under one line: the title at once, the time when it ends. `work` may return a note to show. */
export async function step(title, work) {
  const began = performance.now();
  process.stdout.write(`• ${title} … `);
  try {
    const note = await work();
    process.stdout.write(`${typeof note === 'string' ? `${note}, ` : ''}${seconds(began)}\n`);
    return note;
  } catch (error) {
    process.stdout.write(`failed after ${seconds(began)}\n`);
    throw error;
  }
}

/**
 * What Windows can start: npm is a script there, and so are programs that end in `.cmd`, which only a shell runs.
 * @returns {[string, string[], import('node:child_process').SpawnOptions]}
 */
export function startable(command, args, { platform, execPath, env } = process) {
  if (platform !== 'win32') return [command, args, {}];
  if (command === 'npm' && env.npm_execpath) return [execPath, [env.npm_execpath, ...args], {}];
  if (command !== 'npm' && !/\.(cmd|bat)$/i.test(command)) return [command, args, {}];
  const line = [command, ...args].map((part) => `"${part}"`).join(' ');
  return [env.ComSpec ?? 'cmd.exe', ['/d', '/s', '/c', `"${line}"`], { windowsVerbatimArguments: true }];
}

/**
 * Runs a program to its end and returns its output (stdout and stderr together).
 * @throws {StepError} with its first and last lines when it cannot start or its exit code is not 0
 */
export function run(command, args, { cwd = root, env = {}, wayOut = '', show = false } = {}) {
  return new Promise((done, failed) => {
    const merged = { ...process.env, ...env };
    for (const [key, value] of Object.entries(merged)) if (value === undefined) delete merged[key];
    const [program, given, options] = startable(command, args);
    const stdio = ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'];
    const child = spawn(program, given, { ...options, cwd, env: merged, stdio });
    running.add(child);
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    const line = [command, ...args].join(' ');
    child.on('error', (error) => failed(new StepError(`${line}: ${error.message}`, { wayOut })));
    child.on('close', (code, signal) => {
      running.delete(child);
      if (code === 0) return done(output);
      // npm puts its reason first and pages of usage after it, so long output keeps both ends.
      const lines = output.trimEnd().split('\n');
      const tail = lines.length <= 50 ? lines.join('\n') : [...lines.slice(0, 15), '…', ...lines.slice(-30)].join('\n');
      failed(new StepError(`${line} ended with ${signal ?? `exit code ${code}`}`, { tail, wayOut }));
    });
  });
}

/** Prints a failure the way people can use it. */
export function explain(error) {
  if (!(error instanceof StepError)) return console.error(error);
  if (error.tail) console.error(`\n${error.tail.replace(/^/gm, '  │ ')}`);
  console.error(`\n✗ ${error.message}`);
  if (error.wayOut) console.error(`  ${error.wayOut}`);
}

/** The frame of every script: a failure is explained and makes the exit code 1; signals end it in order. */
export async function main(work) {
  for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }))
    process.once(signal, () => process.exit(128 + number));
  try {
    await work();
  } catch (error) {
    explain(error);
    process.exitCode = 1;
  }
}
