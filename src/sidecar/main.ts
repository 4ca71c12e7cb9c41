/**
 * The sidecar: a child process of the editor that owns the model. It talks only to the parent that forked it, over the
 * IPC channel, and lives no longer than it.
 */
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { takeStray } from './models/strayErrors';
import { serve } from './server';

/** Milliseconds; after that an orderly end has failed. */
const patience = 5000;

if (!process.send) {
  console.error(
    'This is the part of Bonsai that the editor starts by itself. To use Bonsai from a terminal, type: npm run bonsai -- --help',
  );
  process.exit(2);
}

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
const exit = (code: number) => {
  connection.dispose();
  process.exit(code);
};
const bonsai = serve(connection, () => exit(0));
const leave = () => {
  setTimeout(() => process.exit(1), patience).unref();
  void bonsai.close().finally(() => exit(0));
};
process.on('disconnect', leave);
process.on('SIGTERM', leave);
// Ctrl+C in the terminal of the editor reaches every process of the group; the editor decides when we end.
process.on('SIGINT', () => undefined);
const fail = (error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
};
process.on('uncaughtException', fail);
process.on('unhandledRejection', (error) => takeStray(error) || fail(error));
connection.listen();
