#include "layout.h"

#include <algorithm>

namespace bonsai {

std::shared_ptr<const ledger_layout> make_layout(const llama_hparams & hparams, const config & cfg,
                                                 const std::vector<uint32_t> & model_layers, std::vector<cache_layer> & layers) {
    auto layout = std::make_shared<ledger_layout>();
    layout->evict   = cfg.evict;
    layout->staging = cfg.staging;
    layout->stagger = cfg.stagger && cfg.evict == &policy_tree;
    std::vector<uint32_t> capacities; // of the masks
    for (size_t i = 0; i < model_layers.size(); ++i) {
        group_layout g;
        g.shape   = cfg.shape(i);
        g.n_lanes = layout->stagger ? hparams.n_head_kv(model_layers[i]) : 1;
        auto found = std::find(capacities.begin(), capacities.end(), g.shape.capacity);
        g.mask = uint32_t(found - capacities.begin());
        if (found == capacities.end()) {
            capacities.push_back(g.shape.capacity);
        }
        // without scores and without staggering, layers of one capacity evict exactly alike
        size_t shared = layout->groups.size();
        for (size_t j = 0; !layout->stagger && j < layout->groups.size(); ++j) {
            shared = layout->groups[j].mask == g.mask ? j : shared;
        }
        layers[i].group = uint32_t(shared);
        if (shared == layout->groups.size()) {
            layout->groups.push_back(g);
        }
        layout->groups[shared].weight += hparams.n_head_kv(model_layers[i]) / g.n_lanes;
    }
    layout->n_masks = uint32_t(capacities.size());
    layout->least_capacity = *std::min_element(capacities.begin(), capacities.end());
    return layout;
}

} // namespace bonsai
