/** Other processes that use a store: bundled from the sources once, told what to do by arguments, answering with lines of JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

/** The bundle, in a folder that the caller removes. */
export async function bundleChild(): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'bonsai-child-')), 'child.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'storeChild.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // As in scripts/build.mjs: bundled CommonJS dependencies call require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return outfile;
}

export interface Child {
  readonly pid: number;
  /** The next line it says; undefined: it has ended. */
  next<T>(): Promise<T | undefined>;
  tell(line: string): void;
  /** `kill -9`. @returns what it had still said */
  kill<T>(): Promise<T[]>;
}

export function startChild(bundle: string, ...args: string[]): Child {
  const child = spawn(process.execPath, [bundle, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>() => {
    const line = await lines.next();
    return line.done ? undefined : (JSON.parse(line.value) as T);
  };
  return {
    pid: child.pid!,
    next,
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: async <T>() => {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      const rest: T[] = [];
      for (let line = await next<T>(); line !== undefined; line = await next<T>()) rest.push(line);
      await ended;
      return rest;
    },
  };
}
