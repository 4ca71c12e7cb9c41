// Cascading KV cache (arXiv 2406.17808): the space after the sinks is shared by up to four sub-caches of one size, in time
// order [sinks | sub-cache 3 | 2 | 1 | 0]. A new token enters sub-cache 0, and the oldest of a sub-cache falls towards the
// next one, which takes every second of those, so that sub-cache i holds every 2^i-th token. A token that is not taken
// duels the newest resident there, and the loser leaves (equal or not known: the falling one). What falls out of the last
// sub-cache leaves. The paper's sub-caches fill one by one; here nothing leaves before the lane is full.
#include "policy.h"

#include <algorithm>
#include <deque>

namespace bonsai {

namespace {
struct cascade final : policy {
    static constexpr uint32_t most = 4; // sub-caches

    const char * name() const override { return "cascade"; }
    const char * score() const override { return "attention"; }

    void choose(lane_state & state, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        if (view.size() <= shape.capacity) {
            return;
        }
        const size_t   first_victim = victims.size();
        const uint32_t sinks = std::min(shape.sinks, shape.capacity);
        const uint32_t space = shape.capacity - sinks;
        const uint32_t count = std::clamp<uint32_t>(space, 1, most);

        std::array<std::deque<uint32_t>, most> sub;
        uint32_t entry = sinks;
        for (uint32_t i = count; i-- > 0;) {
            const uint32_t size = space / count + (i == 0 ? space % count : 0);
            for (uint32_t j = 0; j < size; ++j) {
                sub[i].push_back(entry++);
            }
        }
        for (; entry < view.size(); ++entry) {
            sub[0].push_back(entry);
            uint32_t falling = pop(sub[0]);
            for (uint32_t i = 1; i < count; ++i) {
                if (state.counters[i]++ % 2 == 0) {
                    sub[i].push_back(falling);
                    falling = pop(sub[i]);
                    continue;
                }
                uint32_t & resident = sub[i].back();
                if (view.score && view.score[falling] > view.score[resident]) {
                    std::swap(falling, resident);
                }
                break;
            }
            victims.push_back(falling);
        }
        std::sort(victims.begin() + first_victim, victims.end());
    }

    static uint32_t pop(std::deque<uint32_t> & queue) {
        const uint32_t oldest = queue.front();
        queue.pop_front();
        return oldest;
    }
} instance;
} // namespace

extern const policy & policy_cascade;
const policy & policy_cascade = instance;

} // namespace bonsai
