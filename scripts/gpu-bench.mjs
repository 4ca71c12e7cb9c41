#!/usr/bin/env node
// Stock llama.cpp beside Bonsai's bounded cache on a GPU: prefill and decode tokens per second, KV bytes and device memory
// at several lengths, and whether both say the same below the budget. Nothing is downloaded: ggml with CUDA, both
// libllamas and the driver are compiled from the source inside node-llama-cpp, and the models have real shapes and random
// weights. A benchmark, never a test: machines differ.
//
//   npm run gpu-bench -- --model 7b                        an NVIDIA GPU, its CUDA toolkit (nvcc), cmake and g++
//   npm run gpu-bench -- --model 30b-a3b --budget 16384    17 GB of disk (--models DIR) and of device memory
//   npm run gpu-bench -- --model /path/to/model.gguf       a model of your own
//   npm run gpu-bench -- --backend cpu --model tiny        the same on the processor, to try the script
//
// Where compiling is slow or GPU time dear, compile elsewhere with the same toolkit and take the folder along:
//   npm run gpu-bench -- --build-only --arch 90            prints the folder; 90 is Hopper (H100, H200)
//   npm run gpu-bench -- --built native/build/bench-cuda/bin --model 7b
// A toolkit without cuBLAS (as pip installs it): --cublas <site-packages>/nvidia/cu13, for compiling and for running.
// Of node_modules only node-llama-cpp/{package.json,llama} is needed to compile, and nothing to run with --built.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBench, requireGpu } from './lib/bench-build.mjs';
import { ensureModel, shapes } from './lib/bench-models.mjs';
import { compareLengths, compareScores, markdown } from './lib/bench-report.mjs';
import { drive } from './lib/bench-run.mjs';
import { out } from './lib/paths.mjs';
import { main, run, StepError } from './lib/steps.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: '7b' },
    weights: { type: 'string', default: 'q4_0' },
    lengths: { type: 'string', default: '1k,4k,16k,64k' },
    long: { type: 'string', default: '256k' }, // ours only
    budget: { type: 'string', default: '8192' },
    policy: { type: 'string', default: 'hybrid' },
    'score-by': { type: 'string', default: 'keydiff' }, // under another policy: none, or attention
    ubatch: { type: 'string', default: '512' },
    decode: { type: 'string' }, // default: ubatch, the tokens between two compactions, so that each rate bears its share of one
    rounds: { type: 'string', default: '2' },
    threads: { type: 'string', default: String(availableParallelism()) },
    backend: { type: 'string', default: 'cuda' },
    out: { type: 'string', default: join(out, 'gpu-bench') },
    models: { type: 'string', default: join(out, 'gpu-bench/models') },
    'build-only': { type: 'boolean', default: false },
    built: { type: 'string' },
    arch: { type: 'string' },
    cublas: { type: 'string' },
  },
});

/** `4k` is 4096. @throws {StepError} */
function tokens(text) {
  const [, digits, k] = /^([1-9]\d{0,8})(k?)$/.exec(text.trim()) ?? [];
  if (!digits)
    throw new StepError(`"${text}" is no number of tokens`, { wayOut: 'Type numbers such as 4096 or 4k, with commas between them.' });
  return Number(digits) * (k ? 1024 : 1);
}
const list = (text) =>
  text
    .split(',')
    .filter(Boolean)
    .map(tokens)
    .sort((a, b) => a - b);

function oneOf(name, allowed) {
  if (!allowed.includes(values[name])) throw new StepError(`--${name} must be one of ${allowed.join(', ')}, not ${values[name]}`);
}

async function modelPath() {
  if (values.model in shapes) return ensureModel(values.model, values.weights, resolve(values.models));
  if (existsSync(values.model)) return resolve(values.model);
  throw new StepError(`${values.model} is neither a file nor one of ${Object.keys(shapes).join(', ')}`);
}

const rate = (count, seconds) => `${(count / seconds).toFixed(1)} tokens/s`;
function tell(engine, event) {
  if (event.event !== 'length') return;
  const measured =
    event.error ?? `prefill ${rate(event.tokens, event.prefillSeconds)}, decode ${rate(event.decodeTokens, event.decodeSeconds)}`;
  console.log(`  ${engine} at ${event.tokens}: ${measured}`);
}

/** The commit measured, with `+` when files differ from it; a copy without its repository is told by BONSAI_COMMIT. */
async function commit() {
  if (process.env.BONSAI_COMMIT) return process.env.BONSAI_COMMIT;
  const name = await run('git', ['rev-parse', '--short', 'HEAD']).catch(() => 'unknown');
  const changed = await run('git', ['status', '--porcelain', '--untracked-files=no']).catch(() => '');
  return name.trim() + (changed.trim() ? '+' : '');
}

await main(async () => {
  oneOf('backend', ['cuda', 'cpu']);
  oneOf('weights', ['q4_0', 'q8_0']);
  const lengths = {
    stock: list(values.lengths),
    bonsai: [...new Set([...list(values.lengths), ...list(values.long)])].sort((a, b) => a - b),
  };
  const [budget, ubatch, rounds, threads] = ['budget', 'ubatch', 'rounds', 'threads'].map((name) => tokens(values[name]));
  const decode = values.decode ? tokens(values.decode) : ubatch;
  if (budget < 2 * ubatch)
    throw new StepError(`A budget of ${budget} is too small for batches of ${ubatch}`, { wayOut: `The least is ${2 * ubatch}.` });

  if (values.backend === 'cuda' && !(values['build-only'] && values.arch)) await requireGpu();
  const bin = values.built ? resolve(values.built) : await buildBench(values);
  if (values['build-only']) return console.log(bin);
  const model = await modelPath();
  const score = Math.floor(Math.min(budget, 4096) / ubatch) * ubatch;
  const settings = { budget, policy: values.policy, 'score-by': values['score-by'], ubatch, decode, threads, backend: values.backend };

  const events = { stock: [], bonsai: [] };
  const notes = [];
  for (let round = 1; round <= rounds; round++) {
    console.log(`• Round ${round} of ${rounds}`);
    for (const engine of ['stock', 'bonsai']) {
      const batches = round > 1 ? [] : engine === 'stock' ? [ubatch, ubatch / 2] : [ubatch];
      const given = { ...settings, model, score, lengths: lengths[engine].join(','), 'score-batches': batches.join(',') };
      const libraries = values.cublas ? [join(values.cublas, 'lib')] : [];
      const ended = await drive({ bin, engine, libraries, arguments: given }, (event) => tell(engine, event));
      events[engine].push(...ended.events);
      if (ended.died) notes.push(`Round ${round}: ${ended.died}`);
    }
  }

  const loaded = events.bonsai.find(({ event }) => event === 'loaded');
  const scores = (engine) => events[engine].filter(({ event }) => event === 'scores');
  const report = {
    machine: { device: loaded.device, processor: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores` },
    model: { file: model, description: loaded.model, parameters: loaded.parameters, random: values.model in shapes },
    command: `node scripts/gpu-bench.mjs ${process.argv.slice(2).join(' ')}`.trim(),
    commit: await commit(),
    settings: { ...settings, rounds },
    agreement: compareScores(scores('stock'), scores('bonsai')[0]),
    lengths: compareLengths(lengths.bonsai, events),
    notes,
  };
  const name = `${values.model in shapes ? `${values.model}-${values.weights}` : loaded.model.replaceAll(/\W+/g, '-')}-${values.backend}`;
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, `${name}.json`), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(values.out, `${name}.md`), markdown(report));
  console.log(`\n${markdown(report)}\n${join(values.out, name)}.json and .md`);
  if (!report.agreement.equal) throw new StepError('Below the budget the two libraries do not say the same');
});
