// Speaks the sidecar's protocol without an engine, so that the client is tested against a real child process.
// What it does is written in the question (or the model path), because that is all a client can send.
const running = new Map();
const send = (message) => process.send?.({ jsonrpc: '2.0', ...message });
const status = (state, repository) =>
  send({ method: 'bonsai/status', params: { state, kvBytes: 0, kvBytesFull: 0, ...(repository ? { repository } : {}) } });
const fail = (id, code, message) => send({ id, error: { code: -32000, message, data: { code } } });
const answer = (stop) => ({ text: 'one two', reusedTokens: 5, readTokens: 3, generatedTokens: 2, seconds: 0.1, stop });

function ask(id, { question, progressToken }) {
  if (question === 'crash') {
    process.stderr.write('ggml: failed to allocate 9 GB\n', () => process.exit(7));
    return;
  }
  const delta = (text) => send({ method: '$/progress', params: { token: progressToken, value: { text } } });
  delta('one ');
  if (question === 'endless') {
    running.set(id, () => send({ id, result: answer('cancelled') }));
    return;
  }
  delta('two');
  send({ id, result: answer('end') });
}

const methods = {
  'bonsai/initialize': (id) =>
    send({
      id,
      result: { protocolVersion: Number(process.env.FAKE_PROTOCOL ?? 1), version: '0', pid: process.pid, engine: 'stock' },
    }),
  'bonsai/loadModel': (id, { modelPath }) => {
    if (modelPath === '/missing.gguf') setTimeout(() => status('ready'), 50);
    if (modelPath === '/missing.gguf') return fail(id, 'model-missing', 'There is no file /missing.gguf. Choose another.');
    if (modelPath === '/crash.gguf') process.exit(3);
    status('ready');
    send({ id, result: { name: modelPath ?? 'demo' } });
  },
  'bonsai/readRepository': (id) => {
    status('ready', { name: 'acme', complete: true, tokensRead: 9, tokensTotal: 9, tokensKept: 9, files: 1, skipped: 0 });
    send({ id, result: { name: 'acme' } });
  },
  'bonsai/ask': ask,
  'bonsai/shutdown': (id) => {
    if (process.env.FAKE_STUBBORN) return;
    send({ id, result: null });
    setTimeout(() => process.exit(0), 20);
  },
  '$/cancelRequest': (_, { id }) => running.get(id)?.(),
};
process.on('message', ({ id, method, params }) => methods[method]?.(id, params ?? {}));
process.on('disconnect', () => process.exit(0));
