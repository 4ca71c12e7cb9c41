// H2O (arXiv 2306.14048): the newest tokens and the heavy hitters, those with the largest attention summed over all queries.
#include "keep_top.h"

namespace bonsai {

namespace {
struct h2o final : policy {
    const char * name() const override { return "h2o"; }
    const char * score() const override { return "attention-sum"; }

    void choose(lane_state &, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        keep_top(shape, view.size(), view.score, victims);
    }
} instance;
} // namespace

extern const policy & policy_h2o;
const policy & policy_h2o = instance;

} // namespace bonsai
