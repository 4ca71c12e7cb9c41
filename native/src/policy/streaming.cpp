// StreamingLLM (arXiv 2309.17453): the first tokens, which collect attention whatever they say, and the newest ones.
#include "policy.h"

#include <algorithm>

namespace bonsai {

namespace {
struct streaming final : policy {
    const char * name() const override { return "streaming"; }

    void choose(lane_state &, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        for (uint32_t i = 0; i + shape.capacity < view.size(); ++i) {
            victims.push_back(std::min(shape.sinks, shape.capacity) + i);
        }
    }
} instance;
} // namespace

extern const policy & policy_streaming;
const policy & policy_streaming = instance;

} // namespace bonsai
