// A client of a shared sidecar in a process of its own, which is killed in the middle: it asks, and says that the answer has begun.
import { connect } from 'node:net';

const socket = connect(process.argv[2]);
const send = (message) => socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
socket.on('connect', () => {
  send({ id: 1, method: 'bonsai/initialize', params: { protocolVersion: 1, client: 'stand-in' } });
  send({ id: 2, method: 'bonsai/ask', params: { question: 'Tell all.', maxTokens: 4096, progressToken: 't' } });
  process.send('asked');
});
let text = '';
socket.on('data', (data) => {
  text = (text + data.toString()).slice(-10_000);
  if (text.includes('$/progress')) process.send('begun');
});
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(1));
