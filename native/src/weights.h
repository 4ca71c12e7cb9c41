// Attention weights as tensors of a graph: flash attention exposes none, so what needs them computes softmax(Q K^T) beside it.
#pragma once

#include "llama-graph.h"

namespace bonsai {

// q [n_embd_head, n_head, n], k [n_embd_head, n_head_kv, n_kv], mask [n_kv, >= n] -> [n_kv, n, n_head]
ggml_tensor * attention_weights(const llm_graph_context & graph, ggml_tensor * q, ggml_tensor * k, ggml_tensor * mask, ggml_tensor * sinks,
                                float kq_scale);

// [n, ..] -> the same without gaps, its first two dimensions swapped
ggml_tensor * flip(ggml_context * ctx, ggml_tensor * t);

// The larger of each two; no backend has that: a + relu(b - a).
ggml_tensor * larger(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b);

} // namespace bonsai
