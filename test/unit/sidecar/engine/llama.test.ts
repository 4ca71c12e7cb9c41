/** The engine's own reason for not running a model reaches the error; its log lines alone have it. */
import { expect, it } from 'vitest';
import { engineReason } from '../../../../src/sidecar/engine/llama';

it.each([
  [
    ["llama_model_load: error loading model: unknown model architecture: 'lxama'", 'llama_model_load_from_file_impl: failed to load model'],
    "unknown model architecture: 'lxama'",
  ],
  [
    [
      "llama_model_load: error loading model: error loading model vocabulary: unknown pre-tokenizer type: 'x'\nllama_model_load_from_file_impl: failed to load model",
    ],
    "unknown pre-tokenizer type: 'x'",
  ],
  [['ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 5'], 'failed to allocate buffer of size 5'],
  [['llama_model_load_from_file_impl: failed to load model'], undefined],
  [[], undefined],
])('%o', (lines, reason) => {
  expect(engineReason(lines)).toBe(reason);
});

it('is no longer than a sentence, whatever the file says', () => {
  expect(engineReason([`error loading model: unknown model architecture: '${'x'.repeat(5000)}'`])).toHaveLength(300);
});
