// How a model's attention layers are shared out among eviction sets (groups) and attention masks.
#pragma once

#include "memory.h"

namespace bonsai {

// The layout of `model_layers` (indices in the model) under `cfg`; also sets each layer's group. Both lists have one entry
// per attention layer.
std::shared_ptr<const ledger_layout> make_layout(const llama_hparams & hparams, const config & cfg,
                                                 const std::vector<uint32_t> & model_layers, std::vector<cache_layer> & layers);

} // namespace bonsai
