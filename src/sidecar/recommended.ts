/** Real models to use in place of the demo model, by the memory they need. Sizes are approximate, of the file named. */
import type { DoctorReport } from '../protocol';

type Recommendation = DoctorReport['recommended'][number];

const GB = 1_000_000_000;

/** Smallest first. */
const models: Recommendation[] = [
  {
    name: 'Qwen2.5-Coder 1.5B Instruct, Q8_0',
    url: 'https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF',
    bytes: 1.9 * GB,
    fim: true,
    why: 'ghost text on any machine, simple questions',
  },
  {
    name: 'Qwen2.5-Coder 3B Instruct, Q4_K_M',
    url: 'https://huggingface.co/Qwen/Qwen2.5-Coder-3B-Instruct-GGUF',
    bytes: 2.1 * GB,
    fim: true,
    why: 'ghost text and questions on 8 GB without a graphics card',
  },
  {
    name: 'Qwen3 4B Instruct 2507, Q4_K_M',
    url: 'https://huggingface.co/unsloth/Qwen3-4B-Instruct-2507-GGUF',
    bytes: 2.5 * GB,
    fim: false,
    why: 'answers questions of any kind on 8 GB; no ghost text',
  },
  {
    name: 'Qwen2.5-Coder 7B Instruct, Q4_K_M',
    url: 'https://huggingface.co/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF',
    bytes: 4.7 * GB,
    fim: true,
    why: 'good ghost text and answers from 16 GB on',
  },
  {
    name: 'Qwen2.5-Coder 14B Instruct, Q4_K_M',
    url: 'https://huggingface.co/Qwen/Qwen2.5-Coder-14B-Instruct-GGUF',
    bytes: 9.0 * GB,
    fim: true,
    why: 'better answers; wants a graphics card',
  },
  {
    name: 'gpt-oss 20B, MXFP4',
    url: 'https://huggingface.co/ggml-org/gpt-oss-20b-GGUF',
    bytes: 12.1 * GB,
    fim: false,
    why: 'answers questions of any kind; no ghost text',
  },
  {
    name: 'Qwen3-Coder 30B-A3B Instruct, Q4_K_M',
    url: 'https://huggingface.co/unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF',
    bytes: 18.6 * GB,
    fim: true,
    why: 'the best of these, and quick for its size: 3 of its 30 billion parameters work on each token',
  },
];

const atMost = 3;
/** Bytes left to the system and to the editor. */
export const reserve = 3 * GB;

/**
 * The largest that fit: those that also write ghost text first, then the largest. The list is such that both kinds are among them.
 * @param memoryBytes what a model may use: the larger of main and graphics memory
 */
export function recommendedModels(memoryBytes: number): Recommendation[] {
  const fitting = models.filter((model) => model.bytes * 1.2 + reserve <= memoryBytes);
  const chosen = (fitting.length > 0 ? fitting : models.slice(0, 1)).slice(-atMost);
  return chosen
    .toSorted((a, b) => Number(b.fim) - Number(a.fim) || b.bytes - a.bytes)
    .map((model) => ({ ...model, uri: downloadUri(model), bytes: Math.round(model.bytes) }));
}

/** What node-llama-cpp resolves to the file named: the repository and, where it is one of Hugging Face's tags, the quantisation. */
export function downloadUri({ name, url }: Pick<Recommendation, 'name' | 'url'>): string {
  const quantisation = /, (?<tag>I?Q\d\w*)$/.exec(name)?.groups?.['tag'];
  return `hf:${new URL(url).pathname.slice(1)}${quantisation === undefined ? '' : `:${quantisation}`}`;
}
