// Runs in a package of any platform, on that platform's Node: the same tokens through llama.cpp's own cache, a bounded one in which
// everything fits, and one that evicts; and what native code refuses. `node tokens.mjs <extension folder> <result file>`: Wine's
// Node wants a file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [home, result] = process.argv.slice(2);
// Under an emulator the system cannot start this program by itself, and node-llama-cpp tries a library in a process of its own.
if (process.env.BONSAI_GUEST_NODE) process.execPath = process.env.BONSAI_GUEST_NODE;
const { getLlama } = await import(pathToFileURL(join(home, 'node_modules/node-llama-cpp/dist/index.js')).href);
const ours = { existingPrebuiltBinaryMustMatchBuildOptions: true, cmakeOptions: { BONSAI: '1' } };
const llama = await getLlama({ ...ours, gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: 'error' });
const model = await llama.loadModel({ modelPath: join(home, 'media/bonsai-demo-q8_0.gguf') });
const { AddonContext, AddonSampler, bonsai } = llama._bindings;
const text = readFileSync(import.meta.filename, 'utf8').slice(0, 1500);
const cache = { policy: 'hybrid', positions: 'auto', staging: 64, sinks: 4, recentShare: 0.25, block: 8, score: 'keydiff' };

/** Of each run. */
const logits = [];

async function generated(budget) {
  const options = budget ? { bonsai: { ...cache, budgets: [budget] } } : {};
  const size = { contextSize: 2048, batchSize: 64, sequences: 1, threads: 1, flashAttention: true };
  const context = new AddonContext(model._model, { ...size, ...options });
  if (!(await context.init())) throw new Error('the context could not be created');
  const sampler = new AddonSampler(model._model);
  sampler.applyConfig({ temperature: 0 });
  const tokens = model.tokenize(text);
  const seen = [];
  const decode = async (part, at) => {
    context.initBatch(part.length);
    const [last] = context.addToBatch(0, at, Uint32Array.from(part), Uint32Array.from([part.length - 1]));
    await context.decodeBatch();
    // The logits themselves, so that what is equal is equal to the bit.
    const [token, , , logits] = await context.sampleToken(last, sampler, false, false, [[5, 50, 500], false, false, true, 0], true);
    seen.push(...logits.filter((_, i) => i % 2 === 1));
    return token;
  };
  let next = 0;
  for (let at = 0; at < tokens.length; at += 64) next = await decode(tokens.slice(at, at + 64), at);
  const out = [next];
  for (let i = 0; i < 24; i++) out.push((next = await decode([next], tokens.length + i)));
  const compactions = budget ? bonsai.stats(context.bonsai.handle, 0).compactions : 0;
  await context.dispose();
  logits.push(seen);
  return { read: tokens.length, out, compactions };
}

/** llama.cpp throws in C++ when a file ends too early; the addon makes an error of it. */
async function truncated() {
  const file = `${result}.gguf`;
  writeFileSync(file, readFileSync(join(home, 'media/bonsai-demo-q8_0.gguf')).subarray(0, 400_000));
  return llama.loadModel({ modelPath: file }).then(
    () => 'accepted',
    (error) => error.constructor.name,
  );
}

function refused(work) {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}

const answers = {
  platform: `${process.platform}-${process.arch}`,
  version: bonsai.version(),
  own: await generated(0),
  fits: await generated(2048),
  evicts: await generated(128),
  /** How many logits are the same to the bit in the own cache and in a bounded one where everything fits; of how many. */
  same: [],
  refused: [
    refused(() => bonsai.check({ ...cache, policy: 'best', budgets: [128] })),
    refused(() => bonsai.check({ ...cache, budgets: [10] })),
    refused(() => new AddonContext(model._model, { bonsai: 'tree' })),
    refused(() => bonsai.stats(99, 0)),
    refused(() => bonsai.allocate({ allocator: 'squeeze', mean: 10, layers: [] })),
    refused(() => bonsai.takeRows(99, 0, 0, 1, 'f16')),
    await truncated(),
  ],
};
const [own, fits] = logits;
answers.same = [own.filter((value, i) => Object.is(value, fits[i])).length, own.length];
writeFileSync(result, JSON.stringify(answers));
process.exit(0);
