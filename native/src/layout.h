// How a model's attention layers are shared out among eviction sets (groups) and attention masks. Layers with full attention
// take the person's budgets, in order, and the policy; layers with a sliding window take the window's rows and no budget.
#pragma once

#include "memory.h"

namespace bonsai {

// The layer whose keys and values a layer without its own reads (Gemma 3n and 4): the last of its kind that has some.
int32_t shared_layer(const llama_hparams & hparams, uint32_t il);

// The layout of `layers` under `cfg`; also sets each layer's group.
// Throws std::runtime_error when `cfg` has neither one budget nor one for each layer with full attention.
std::shared_ptr<const ledger_layout> make_layout(const llama_hparams & hparams, const config & cfg, uint32_t n_ubatch,
                                                 std::vector<cache_layer> & layers);

} // namespace bonsai
