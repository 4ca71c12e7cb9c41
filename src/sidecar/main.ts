/**
 * The sidecar: a process that owns the model. It talks only to the parent that forked it, over the IPC channel, and lives no longer
 * than it; with `--shared <path>` it talks to all clients of a socket, until the last one has left. `--engine stock`: llama.cpp's
 * own cache.
 */
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { log, setEngine } from './engine/llama';
import { Host } from './host';
import { takeStray } from './models/strayErrors';
import { serve } from './server';
import { serveShared } from './sharedServer';
import { Wire } from './wire';

/** Milliseconds; after that an orderly end has failed. */
const patience = 5000;
/** Milliseconds in which a word to the parent arrives. */
const lastWords = 100;

if (!process.send) {
  console.error(
    'This is the part of Bonsai that the editor starts by itself. To use Bonsai from a terminal, type: npm run bonsai -- --help',
  );
  process.exit(2);
}

const { engine, shared } = parseArgs({ options: { engine: { type: 'string' }, shared: { type: 'string' } } }).values;
setEngine(engine === 'stock' ? 'stock' : 'bonsai');
let end: (() => Promise<unknown>) | undefined;
const leave = () => {
  setTimeout(() => process.exit(1), patience).unref();
  if (end) void end().finally(() => process.exit(0));
  else process.exit(0);
};

function serveParent(): void {
  const wire = new Wire(process, log);
  const connection = createMessageConnection(wire.reader, wire.writer);
  const host = new Host(false);
  const exit = () => {
    connection.dispose();
    process.exit(0);
  };
  const close = () => host.close();
  const session = serve(connection, host, { shutDown: close, exit: () => void wire.drained().then(exit) });
  end = () => session.end(close).then(() => wire.drained());
  process.on('disconnect', leave);
  connection.listen();
}

async function serveClients(base: string): Promise<void> {
  // Whoever started us may be gone before we serve; others may come.
  const tell = (word: string) => {
    if (process.connected) process.send?.(word, () => undefined);
  };
  const server = await serveShared(base, tell, () => process.exit(0));
  end = () => server?.end() ?? Promise.resolve();
  if (!server) await delay(lastWords);
  if (!server) process.exit(0);
}

// A closed terminal, as of code-server's, sends SIGHUP.
for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, leave);
// What the parent no longer reads, and files as large as they may be (`ulimit -f`), are failures of a write, not of the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.on('SIGXFSZ', () => undefined);
// Ctrl+C in the terminal of the editor reaches every process of the group; the editor decides when we end.
process.on('SIGINT', () => undefined);
const fail = (error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
};
process.on('uncaughtException', fail);
process.on('unhandledRejection', (error) => takeStray(error) || fail(error));
if (shared === undefined) serveParent();
else void serveClients(shared).catch(fail);
