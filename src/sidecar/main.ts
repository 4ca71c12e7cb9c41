/**
 * The sidecar: a child process of the editor that owns the model. It talks only to the parent that forked it, over the
 * IPC channel, and lives no longer than it. `--engine stock`: llama.cpp's own cache.
 */
import { createMessageConnection } from 'vscode-jsonrpc/node';
import { parseArgs } from 'node:util';
import { log, setEngine } from './engine/llama';
import { takeStray } from './models/strayErrors';
import { serve } from './server';
import { Wire } from './wire';

/** Milliseconds; after that an orderly end has failed. */
const patience = 5000;

if (!process.send) {
  console.error(
    'This is the part of Bonsai that the editor starts by itself. To use Bonsai from a terminal, type: npm run bonsai -- --help',
  );
  process.exit(2);
}

const { engine } = parseArgs({ options: { engine: { type: 'string' } } }).values;
setEngine(engine === 'stock' ? 'stock' : 'bonsai');
const wire = new Wire(process, log);
const connection = createMessageConnection(wire.reader, wire.writer);
const exit = () => {
  connection.dispose();
  process.exit(0);
};
const server = serve(connection, () => void wire.drained().then(exit));
const leave = () => {
  setTimeout(() => process.exit(1), patience).unref();
  void server
    .close()
    .then(() => wire.drained())
    .finally(exit);
};
process.on('disconnect', leave);
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
connection.listen();
