// SnapKV (arXiv 2404.14469): the newest tokens observe, and of the others those stay that they look at, together with
// their neighbours: weights are averaged over five places. A place outside the contest (sinks, newest tokens, or nothing)
// or not known yet is left out of the average, where the paper's code counts zeros, so that borders are not at a
// disadvantage; an entry not known yet stays so.
#include "keep_top.h"

#include <algorithm>
#include <cmath>

namespace bonsai {

namespace {
struct snapkv final : policy {
    const char * name() const override { return "snapkv"; }
    const char * score() const override { return "attention-last"; }

    void choose(lane_state &, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        const uint32_t n = view.size();
        if (!view.score || n <= shape.capacity) {
            return keep_top(shape, n, nullptr, victims);
        }
        const uint32_t reach = 2; // places on either side
        const contest c = contest_of(shape, n);
        std::vector<float> pooled(n, NAN);
        for (uint32_t i = c.first; i < c.last; ++i) {
            if (std::isnan(view.score[i])) {
                continue;
            }
            double sum = 0.0;
            uint32_t known = 0;
            for (uint32_t j = std::max(i, c.first + reach) - reach; j < std::min(i + reach + 1, c.last); ++j) {
                if (!std::isnan(view.score[j])) {
                    sum += view.score[j];
                    ++known;
                }
            }
            pooled[i] = float(sum / known);
        }
        keep_top(shape, n, pooled.data(), victims);
    }
} instance;
} // namespace

extern const policy & policy_snapkv;
const policy & policy_snapkv = instance;

} // namespace bonsai
