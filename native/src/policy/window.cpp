// Sliding window: the newest tokens only, not even the first ones are kept.
#include "policy.h"

namespace bonsai {

namespace {
struct window final : policy {
    const char * name() const override { return "window"; }

    void choose(lane_state &, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        for (uint32_t i = 0; i + shape.capacity < view.size(); ++i) {
            victims.push_back(i);
        }
    }
} instance;
} // namespace

extern const policy & policy_window;
const policy & policy_window = instance;

} // namespace bonsai
