/**
 * `bonsai mcp`: the repository for other programs' agents, by the Model Context Protocol on standard input and output. It
 * answers from the first moment; whatever needs the model waits for it. It ends when its input does, and its sidecar with it.
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import type { EngineKind, LoadModelParams } from '../../protocol';
import { messageOf } from '../../protocol/messageOf';
import { BonsaiError } from '../../sidecar/errors';
import { defaultMemoryFolder, ownFolders } from '../../sidecar/memory/store';
import { version } from '../../sidecar/version';
import { Engine } from '../mcp/engine';
import { RepositoryFiles } from '../../sidecar/files/repositoryFiles';
import type { ReadTime } from '../mcp/readTimes';
import { addResources } from '../mcp/resources';
import { addTools } from '../mcp/tools';
import type { Output } from '../output';

export interface McpOptions {
  load: LoadModelParams;
  engine: EngineKind | undefined;
  read: ReadTime;
  shared: boolean;
  /** Minutes; 0: never. */
  idleMinutes: number;
}

const instructions =
  'One repository, read-only. find and read give exact source and need no model. ask answers from a local model that has the whole repository in its memory: slow, good for questions about how parts work together, to be checked with read. overview shows the tree and what the memory has of it.';

/** @param signal ends it @throws BonsaiError `folder-missing` before anything is served */
export async function mcp(output: Output, folders: readonly string[], options: McpOptions, signal: AbortSignal): Promise<void> {
  const { load, engine: kind, read, shared, idleMinutes } = options;
  const absolute = folders.map((folder) => resolve(folder));
  for (const folder of absolute) await mustBeFolder(folder);
  if (process.stdin.isTTY)
    output.note('This speaks the Model Context Protocol on standard input and output; a client starts it. See docs/mcp.md.');
  const note = (text: string) => output.note(text);
  const memory = load.storage?.folder ?? defaultMemoryFolder();
  const own = ownFolders.map((name) => join(memory, name));
  const files = new RepositoryFiles(absolute, own, note);
  const engine = new Engine({ folders: absolute, load, kind, read, shared, idle: idleMinutes * 60_000, note });
  const server = new McpServer({ name: 'bonsai', title: 'Bonsai', version }, { instructions });
  addTools(server, { files, engine, folders: absolute });
  addResources(server, files);
  const ended = new Promise<void>((resolve) => {
    server.server.onclose = resolve;
    // The transport does not look for the end of its input.
    for (const event of ['end', 'close']) process.stdin.once(event, resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  server.server.onerror = (error) => note(`A message was ignored: ${messageOf(error)}`);
  try {
    await server.connect(new StdioServerTransport());
    // So that the first question finds what there is.
    files.look().catch((error: unknown) => note(messageOf(error)));
    engine.begin();
    await ended;
  } finally {
    await server.close();
    await Promise.all([engine.close(), files.close()]);
  }
}

async function mustBeFolder(folder: string): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) throw new BonsaiError('folder-missing', `${folder} ${info ? 'is not a folder' : 'does not exist'}.`);
}
