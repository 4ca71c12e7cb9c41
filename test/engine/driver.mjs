// Runs one scenario in a process of its own, so that a crash is that scenario's, and prints one JSON document. Used by
// scenario.ts: `node driver.mjs <scenario> <json> <engine>`.
import { join } from 'node:path';
import { getLlama, GgmlType } from 'node-llama-cpp';
import { scenarios } from './scenarios.mjs';
import { scoreScenarios } from './scoreScenarios.mjs';

const root = join(import.meta.dirname, '../..');
const [name, json, engine] = process.argv.slice(2);
const options = JSON.parse(json ?? '{}');

/** A graphics card's, or the processor's. */
const backend = process.env.BONSAI_TEST_BACKEND ?? '';

/** As src/sidecar/engine/llama.ts: our addon is found by its build option; without it, the one that the package ships. */
const ours = engine === 'bonsai' ? { existingPrebuiltBinaryMustMatchBuildOptions: true, cmakeOptions: { BONSAI: '1' } } : {};
const llama = await getLlama({ ...ours, gpu: backend || false, build: 'never', skipDownload: true, logLevel: 'error', maxThreads: 1 });
const { AddonContext, AddonSampler, bonsai: native } = llama._bindings;
if ((engine === 'bonsai') !== Boolean(native)) throw new Error(`the engine ${engine} was asked for, and another one loaded`);
const model = await llama.loadModel({ modelPath: options.model ?? join(root, 'media/bonsai-demo-q8_0.gguf') });
const sampler = new AddonSampler(model._model);
sampler.applyConfig({ temperature: 0 });

/** One context with a thin evaluator over the addon: what the tests need and nothing more. */
async function open(cache, { sequences = 1, contextSize = 1 << 20, batchSize = 128, keyType, valueType } = {}) {
  const ctx = new AddonContext(model._model, {
    sequences,
    contextSize: Math.ceil((contextSize * sequences) / 256) * 256,
    batchSize: batchSize + (model.fileInsights.swaSize ? 1 : 0),
    flashAttention: true,
    threads: 1,
    ...(keyType ? { kvCacheKeyType: GgmlType[keyType] } : {}),
    ...(valueType ? { kvCacheValueType: GgmlType[valueType] } : {}),
    ...(cache ? { bonsai: cache } : {}),
  });
  if (!(await ctx.init())) throw new Error('the context could not be created');
  const { handle, notice } = ctx.bonsai ?? { handle: 0, notice: '' };
  return {
    handle,
    notice,
    ctx,
    dispose: () => ctx.dispose(),
    stats: (sequence = 0) => native.stats(handle, sequence),
    /**
     * Evaluates tokens from position `from` in chunks.
     * @returns ln p of every token after the first of `tokens`, or of every `every`-th: a large vocabulary takes its time
     */
    async score(tokens, { from = 0, sequence = 0, chunk = batchSize, silent = false, every = 1 } = {}) {
      const result = [];
      for (let i = 0; i < tokens.length; i += chunk) {
        const part = tokens.slice(i, i + chunk);
        ctx.initBatch(part.length);
        const asked = silent ? [] : [...part.keys()].filter((j) => (i + j) % every === 0 && i + j + 1 < tokens.length);
        const index = ctx.addToBatch(sequence, from + i, Uint32Array.from(part), Uint32Array.from(asked));
        await ctx.decodeBatch();
        for (const [k, j] of asked.entries()) {
          const next = tokens[i + j + 1];
          const [, , , logits, total] = await ctx.sampleToken(index[k], sampler, false, false, [[next], false, false, false, 1], true);
          let top = -Infinity;
          let own = NaN;
          for (let at = 0; at < logits.length; at += 2) {
            top = Math.max(top, logits[at + 1]);
            if (logits[at] === next) own = logits[at + 1];
          }
          result.push(own - top - Math.log(total));
        }
      }
      return result;
    },
  };
}

try {
  const result = await { ...scenarios, ...scoreScenarios }[name]({ open, llama, model, native, options });
  process.stdout.write(JSON.stringify(result), () => process.exit(0)); // all of it, also into a slow pipe
} catch (error) {
  console.error(error);
  process.exit(1);
}
