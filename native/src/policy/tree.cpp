// TreeKV without scores (arXiv 2501.04987, section 3): when a lane is full, the cursor points at a pair of neighbours in
// the tree region, one of them leaves and the cursor moves on one place, so that a whole round plays every neighbouring
// pair once and what is kept thins out with age like the leaves of a balanced tree. The cursor follows the paper's
// prose (1, 2, 3, ..., C, 1, ...); its printed update rule would visit 1, 3, 1, 3 for C = 4.
#include "policy.h"

#include <algorithm>

namespace bonsai {

namespace {

// A singly linked list over the entry numbers makes every eviction O(1), however many arrive at once: the cursor only
// ever moves forward, and returns to the start once a round.
struct tree final : policy {
    const char * label;
    bool keep_left;

    tree(const char * label, bool keep_left) : label(label), keep_left(keep_left) {}

    const char * name() const override { return label; }

    void choose(lane_state & state, const lane_shape & shape, uint32_t n_before, uint32_t n_new,
                std::vector<uint32_t> & victims) const override {
        const uint32_t n = n_before + n_new;
        if (n <= shape.capacity) {
            return;
        }
        const size_t   first_victim = victims.size();
        const uint32_t sinks = std::min(shape.sinks, shape.capacity);
        const uint32_t size  = std::max<uint32_t>(shape.tree(), 1);
        state.cursor %= size;

        // node i + 1 is entry i; node 0 stands before the first
        std::vector<uint32_t> next(n + 2);
        for (uint32_t i = 0; i <= n; ++i) {
            next[i] = i + 1;
        }
        const uint32_t start = sinks; // node just before the tree region: sinks never leave
        uint32_t before = start + state.cursor;
        for (uint32_t left = n - shape.capacity; left > 0; --left) {
            const uint32_t a = next[before];
            const uint32_t b = next[a];
            const uint32_t victim = keep_left && b <= n ? b : a;
            victims.push_back(victim - 1);
            if (victim == a) {
                next[before] = b;
                before = b;
            } else {
                next[a] = next[b];
                before = a;
            }
            if (++state.cursor == size) {
                state.cursor = 0;
                before = start;
            }
        }
        std::sort(victims.begin() + first_victim, victims.end());
    }
};

const tree left("tree", true);
const tree right("tree-keep-right", false);

} // namespace

const policy & policy_tree = left;
const policy & policy_tree_keep_right = right;

} // namespace bonsai
