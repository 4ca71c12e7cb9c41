/** `bonsai mcp` as a process, spoken to by the protocol's official client. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Progress } from '@modelcontextprotocol/sdk/types.js';
import { root, until } from './client';

export const cli = join(root, 'dist/cli.mjs');
export const demoModel = join(root, 'media/bonsai-demo-q8_0.gguf');

export interface ToolResult {
  failed: boolean;
  /** All text of the result. */
  text: string;
  data: Record<string, unknown>;
}

export interface Server {
  client: Client;
  pid: number;
  /** What came that is no message of the protocol, and other faults. */
  faults: Error[];
  stderr(): string;
  call(
    name: string,
    args?: Record<string, unknown>,
    options?: { onprogress?: (progress: Progress) => void; signal?: AbortSignal },
  ): Promise<ToolResult>;
  close(): Promise<void>;
}

/** @param env beside that of this process */
export async function serve(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Server> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [cli, 'mcp', ...args, '--threads', '1'],
    env: { ...(process.env as Record<string, string>), ...env },
    stderr: 'pipe',
  });
  let stderr = '';
  transport.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const client = new Client({ name: 'test', version: '1' });
  const faults: Error[] = [];
  client.onerror = (error) => faults.push(error);
  await client.connect(transport);
  return {
    client,
    pid: transport.pid!,
    faults,
    stderr: () => stderr,
    async call(name, given = {}, options = {}) {
      const result = await client.callTool({ name, arguments: given }, undefined, {
        timeout: 110_000,
        resetTimeoutOnProgress: true,
        ...options,
      });
      const content = result.content as { text?: string }[];
      return {
        failed: result.isError === true,
        text: content.map(({ text = '' }) => text).join('\n'),
        data: (result.structuredContent ?? {}) as Record<string, unknown>,
      };
    },
    close: () => client.close(),
  };
}

/** Process ids of the children of a process (Linux). */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A process that ended and that nobody has collected is gone, too. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export const gone = (pids: readonly number[], milliseconds = 15_000) => until(() => pids.every((pid) => !alive(pid)), milliseconds);

/** Asks for the status until it is as wanted. */
export async function untilState(server: Server, wanted: (state: unknown) => boolean, milliseconds: number): Promise<boolean> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await new Promise((next) => setTimeout(next, 50)))
    if (wanted((await server.call('status')).data['state'])) return true;
  return false;
}
