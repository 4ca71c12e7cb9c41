#include "config.h"

#include <algorithm>

namespace bonsai {

std::string config::complaint() const {
    if (!evict) {
        return std::string("the policy must be one of ") + policy_names();
    }
    if (!rank_by) {
        return std::string("the score must be one of ") + score_names();
    }
    if (budgets.empty()) {
        return "a budget is needed: one number, or one per layer with full attention";
    }
    if (staging == 0 || staging % 32 != 0 || staging > 8192) {
        return "staging must be a multiple of 32 between 32 and 8192, not " + std::to_string(staging);
    }
    for (uint32_t b : budgets) {
        if (b < staging + min_resident) {
            return "a budget of " + std::to_string(b) + " leaves nothing to keep beside " + std::to_string(staging) +
                   " staging entries; the least is " + std::to_string(staging + min_resident);
        }
        if (b > (1u << 24)) {
            return "a budget of " + std::to_string(b) + " is beyond the limit of " + std::to_string(1u << 24);
        }
    }
    if (sinks > min_resident / 2) {
        return "at most " + std::to_string(min_resident / 2) + " sinks";
    }
    if (!(recent_share >= 0.0f && recent_share <= 1.0f)) {
        return "the recent share must lie between 0 and 1";
    }
    if (!(outlier_share >= 0.0f && outlier_share <= 1.0f)) {
        return "the outlier share must lie between 0 and 1";
    }
    if (samples == 0 || samples > 64) {
        return "between 1 and 64 queries of a chunk can be sampled";
    }
    if (block == 0 || block > min_resident) {
        return "a block must have between 1 and " + std::to_string(min_resident) + " tokens";
    }
    return "";
}

std::string config::mismatch(size_t n_layers) const {
    if (budgets.size() == 1 || budgets.size() == n_layers) {
        return "";
    }
    return std::to_string(budgets.size()) + " budgets were given, but this model has " + std::to_string(n_layers) +
           " layers with full attention; give one budget, or one for each";
}

uint32_t config::signals() const {
    return rank_by->signals() | (evict->wants_novelty() ? uint32_t(signal_novelty) : 0u);
}

lane_shape config::shape(size_t nth_layer) const {
    lane_shape s;
    s.capacity = budget(nth_layer) - staging;
    s.sinks    = std::min(sinks, s.capacity / 4);
    s.recent   = std::min(uint32_t(float(s.capacity) * recent_share), s.capacity - s.sinks);
    s.block    = block;
    s.outliers = !evict->wants_novelty() ? 0 : uint32_t(float(s.middle()) * outlier_share);
    return s;
}

} // namespace bonsai
