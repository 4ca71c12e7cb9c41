// StreamingLLM (arXiv 2309.17453): the first tokens, which collect attention whatever they say, and the newest ones.
#include "policy.h"

#include <algorithm>

namespace bonsai {

namespace {
struct streaming final : policy {
    const char * name() const override { return "streaming"; }

    void choose(lane_state &, const lane_shape & shape, uint32_t n_before, uint32_t n_new,
                std::vector<uint32_t> & victims) const override {
        const uint32_t n = n_before + n_new;
        for (uint32_t i = 0; n > shape.capacity && i < n - shape.capacity; ++i) {
            victims.push_back(std::min(shape.sinks, shape.capacity) + i);
        }
    }
} instance;
} // namespace

const policy & policy_streaming = instance;

} // namespace bonsai
