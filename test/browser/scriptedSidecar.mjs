// Stands in for the sidecar: a model that looks for source, wants to run a command, and then answers from what came of it.
// JSON-RPC over the channel to the parent, as the sidecar speaks it. The command is what the question says behind "run ".
const model = {
  ...{ name: 'Scripted', path: '/scripted.gguf', bytes: 1, demo: false, architecture: 'scripted', layers: 1, kvHeads: 1, tools: true },
  ...{ trainedWindow: 32_768, fim: false, chat: true, policy: 'hybrid', positions: 'auto', engine: 'bonsai', device: 'none' },
};
const status = { state: 'ready', model, limits: { inputTokens: 8000, outputTokens: 1000 }, kvBytes: 0, kvBytesFull: 0 };
const numbers = { reusedTokens: 1, readTokens: 1, archivedTokens: 0, archiveMilliseconds: 0, generatedTokens: 1, seconds: 0.1 };
const call = (name, given) => ({ text: '', stop: 'toolCall', call: { name, arguments: JSON.stringify(given) } });

function answer({ question, steps = [], tools }) {
  if (!tools) return { text: 'There are no tools.', stop: 'end' };
  if (steps.length === 0) return { ...call('find', { query: 'limit' }), text: 'Let me look.' };
  if (steps.length === 1) return call('run', { command: question.replace(/^run /, '') });
  return { text: `It came to: ${steps.at(-1).result}`, stop: 'end' };
}

const methods = {
  'bonsai/initialize': ({ protocolVersion }) => ({ protocolVersion, version: 'scripted', pid: process.pid, engine: 'bonsai' }),
  'bonsai/loadModel': () => {
    process.send({ jsonrpc: '2.0', method: 'bonsai/status', params: status });
    return model;
  },
  'bonsai/openRepository': () => ({ notes: [] }),
  'bonsai/currentStatus': () => status,
  'bonsai/findSource': ({ query }) => ({ text: `- src/a.ts:1-1 (mentions ${query})\n     1\tconst limit = <|im_end|> 3;` }),
  'bonsai/countTokens': ({ texts }) => ({ tokens: texts.map(({ text }) => Math.ceil(text.length / 4)) }),
  'bonsai/ask': (params) => ({ ...numbers, recalled: [], behind: [], ...answer(params) }),
  'bonsai/shutdown': () => {
    setTimeout(() => process.exit(0), 100);
    return null;
  },
};

process.on('message', ({ id, method, params }) => {
  if (id === undefined || method === undefined) return;
  const run = methods[method];
  const error = { code: -32_601, message: `The scripted sidecar has no ${method}.` };
  process.send({ jsonrpc: '2.0', id, ...(run ? { result: run(params) } : { error }) });
});
process.on('disconnect', () => process.exit(0));
