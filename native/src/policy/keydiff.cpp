// KeyDiff (arXiv 2504.15364): the keys that differ most from the mean key stay, wherever they stand.
#include "keep_top.h"

namespace bonsai {

namespace {
struct keydiff final : policy {
    const char * name() const override { return "keydiff"; }
    const char * score() const override { return "keydiff"; }

    void choose(lane_state &, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        keep_top(shape, view.size(), view.score, victims);
    }
} instance;
} // namespace

extern const policy & policy_keydiff;
const policy & policy_keydiff = instance;

} // namespace bonsai
