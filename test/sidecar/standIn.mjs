// Stands in for the editor: starts a sidecar as the editor does and has a repository read and watched, until it is killed.
// It is told all it needs on the command line, and tells its own parent the sidecar's pid and where reading began.
import { fork } from 'node:child_process';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';

const { sidecarPath, repository, load } = JSON.parse(process.argv[2]);
const child = fork(sidecarPath, [], { silent: true });
process.send({ pid: child.pid });
const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
let restored = Infinity;
connection.onNotification('$/progress', ({ value: { phase, tokensRead } }) => {
  if (phase === 'listing' || tokensRead >= restored) return;
  restored = tokensRead;
  process.send({ restored });
});
connection.listen();
await connection.sendRequest('bonsai/loadModel', load);
process.send({ loaded: true });
for (let again = false; ; again = true) {
  const { notes } = await connection.sendRequest('bonsai/readRepository', { folders: [repository], again, progressToken: 'read' });
  process.send({ notes });
  restored = Infinity;
}
