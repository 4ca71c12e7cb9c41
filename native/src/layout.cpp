#include "layout.h"

#include "ggml.h"

#include <algorithm>
#include <stdexcept>

namespace bonsai {

static bool has_window(const llama_hparams & hparams, uint32_t il) {
    return hparams.swa_type != LLAMA_SWA_TYPE_NONE && hparams.is_swa(il);
}

int32_t shared_layer(const llama_hparams & hparams, uint32_t il) {
    return hparams.n_layer_kv_from_start - (hparams.is_swa(il) ? 2 : 1); // llama_model::create_memory
}

// As large as llama_kv_cache_iswa makes it: below the budgets the rows then lie as there.
static group_layout window_group(const llama_hparams & hparams, uint32_t staging, uint32_t n_ubatch) {
    group_layout g;
    g.window         = hparams.n_swa;
    g.shape.capacity = GGML_PAD(hparams.n_swa + std::max(staging, n_ubatch), 256) - staging;
    return g;
}

std::shared_ptr<const ledger_layout> make_layout(const llama_hparams & hparams, const config & cfg, uint32_t n_ubatch,
                                                 std::vector<cache_layer> & layers) {
    const auto is_full = [&](const cache_layer & l) { return !has_window(hparams, l.il); };
    const size_t n_full = size_t(std::count_if(layers.begin(), layers.end(), is_full));
    if (const std::string why = cfg.mismatch(n_full); !why.empty()) {
        throw std::runtime_error("bonsai: " + why);
    }
    auto layout = std::make_shared<ledger_layout>();
    layout->evict    = cfg.evict;
    layout->rank_by  = cfg.rank_by;
    layout->min_seen = cfg.min_seen;
    layout->staging  = cfg.staging;
    layout->merge    = cfg.merge;
    layout->stagger  = cfg.stagger && cfg.evict->staggers();
    // without scores and without staggering, KV heads evict exactly alike
    const bool per_head = layout->stagger || cfg.signals() != 0;
    struct mask { uint32_t window, capacity; };
    std::vector<mask> masks;
    size_t nth_full = 0;
    for (auto & layer : layers) {
        const uint32_t n_head_kv = hparams.n_head_kv(layer.il);
        group_layout g;
        if (has_window(hparams, layer.il)) {
            g = window_group(hparams, cfg.staging, n_ubatch);
            layout->window_rows = cfg.staging + g.shape.capacity;
        } else {
            g.shape   = cfg.shape(nth_full++);
            g.n_lanes = per_head ? n_head_kv : 1;
        }
        const auto fits = [&](const mask & m) { return m.window == g.window && m.capacity == g.shape.capacity; };
        const auto found = std::find_if(masks.begin(), masks.end(), fits);
        g.mask = uint32_t(found - masks.begin());
        if (found == masks.end()) {
            masks.push_back({ g.window, g.shape.capacity });
        }
        g.weight    = g.window ? 0 : n_head_kv / g.n_lanes;
        layer.group = uint32_t(layout->groups.size());
        layout->groups.push_back(g);
    }
    layout->n_masks = uint32_t(masks.size());
    // a model may consist of windows only
    layout->least_capacity = UINT32_MAX;
    for (const auto & g : layout->groups) {
        if (!g.window || n_full == 0) {
            layout->least_capacity = std::min(layout->least_capacity, g.shape.capacity);
        }
    }
    return layout;
}

} // namespace bonsai
