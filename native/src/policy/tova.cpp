// TOVA (arXiv 2401.06104): the token with the lowest weight under the last query leaves. There is no recent window: only
// the newest token, which is that query, is safe. Sinks are ours; TOVA finds that they stay by themselves.
#include "keep_top.h"

namespace bonsai {

namespace {
struct tova final : policy {
    const char * name() const override { return "tova"; }
    const char * score() const override { return "attention-last"; }

    void choose(lane_state &, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        lane_shape all = shape;
        all.recent = 1;
        keep_top(all, view.size(), view.score, victims);
    }
} instance;
} // namespace

extern const policy & policy_tova;
const policy & policy_tova = instance;

} // namespace bonsai
