import type { Metadata, Tensor } from './gguf.mjs';

export function planModel(name: 'tiny' | '7b' | '30b-a3b', type: 'q4_0' | 'q8_0'): { metadata: Metadata; tensors: Tensor[] };
