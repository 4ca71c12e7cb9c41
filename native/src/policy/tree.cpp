// TreeKV without scores (arXiv 2501.04987, section 3): when a lane is full, the cursor points at a pair of neighbours in
// the tree region, one of them leaves and the cursor moves on one place, so that a whole round plays every neighbouring
// pair once and what is kept thins out with age like the leaves of a balanced tree. The cursor follows the paper's
// prose (1, 2, 3, ..., C, 1, ...); its printed update rule would visit 1, 3, 1, 3 for C = 4. A block of tokens may play the
// part of a token, as the paper does while it reads a prompt: the loser's tokens then leave one per arrival.
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
        const uint32_t block = std::max<uint32_t>(shape.block, 1);
        const uint32_t round = std::max<uint32_t>(shape.tree() / block, 1) * block;
        state.cursor %= round;

        // node i + 1 is entry i; node 0 stands before the first
        std::vector<uint32_t> next(n + 2);
        for (uint32_t i = 0; i <= n; ++i) {
            next[i] = i + 1;
        }
        // node just before the loser of the first pair: sinks never leave, and on the left stands the winner
        const uint32_t start = std::min(std::min(shape.sinks, shape.capacity) + (keep_left ? block : 0), shape.capacity);
        uint32_t before = start + state.cursor / block * block;
        for (uint32_t left = n - shape.capacity; left > 0; --left) {
            const uint32_t victim = next[before];
            victims.push_back(victim - 1);
            next[before] = next[victim];
            if (++state.cursor == round) {
                state.cursor = 0;
                before = start;
            } else if (state.cursor % block == 0) {
                for (uint32_t i = 0; i < block; ++i) {
                    before = next[before];
                }
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
