// Attention masks of layers with a sliding window: who sees whom goes by logical positions, whatever the keys are rotated to.
#pragma once

#include "memory_context.h"

#include "ggml.h"

namespace bonsai {

// Writes `visible` wherever a token of the context's ubatch sees a row. `number` is the mask's, `data` its rows
// [n_kv, n_tokens], hidden so far. False: the mask belongs to layers with full attention, and nothing was written.
template <typename T>
bool fill_window_mask(const memory_context & context, uint32_t number, size_t n_kv, std::vector<T> & data, T visible);

} // namespace bonsai
