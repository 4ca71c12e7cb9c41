// TreeKV (arXiv 2501.04987, section 3): when a lane is full, the cursor points at a pair of neighbours in the tree region,
// the one with the lower score leaves (equal: the left one) and the cursor moves on one place, so that a whole round plays
// every neighbouring pair once and what is kept gets sparser with age like the leaves of a balanced tree. The cursor follows
// the paper's prose (1, 2, 3, ..., C, 1, ...); its printed update rule would visit 1, 3, 1, 3 for C = 4. A block of tokens
// may play the part of a token, as the paper does while it reads a prompt: blocks are compared by their mean score, and
// the loser's tokens then leave one per arrival.
#include "tree.h"

#include <algorithm>
#include <cmath>

namespace bonsai {

void play_tree(lane_state & state, const lane_shape & shape, uint32_t n, const float * score, bool keep_left,
               std::vector<uint32_t> & victims, uint32_t * heir) {
    if (n <= shape.capacity) {
        return;
    }
    const size_t   first_victim = victims.size();
    const uint32_t sinks  = std::min(shape.sinks, shape.capacity);
    const uint32_t middle = shape.middle();
    if (middle == 0) { // no tree: what falls out of the recent window leaves
        for (uint32_t i = shape.capacity; i < n; ++i) {
            victims.push_back(sinks + i - shape.capacity);
        }
        return;
    }
    const uint32_t block = std::clamp<uint32_t>(shape.block, 1, middle);
    const uint32_t round = middle / block * block;
    state.cursor %= round;

    // A singly linked list over the entry numbers makes every eviction O(1), however many arrive at once: the cursor only
    // ever moves forward, and returns to the start once a round. Node i + 1 is entry i; node 0 stands before the first.
    std::vector<uint32_t> next(n + 2);
    for (uint32_t i = 0; i <= n; ++i) {
        next[i] = i + 1;
    }
    const auto skip = [&](uint32_t node, uint32_t count) {
        for (; count > 0; --count) {
            node = next[node];
        }
        return node;
    };
    const auto mean = [&](uint32_t before, uint32_t count) {
        double sum = 0.0;
        uint32_t node = before;
        for (uint32_t i = 0; i < count; ++i) {
            node = next[node];
            sum += score[node - 1];
        }
        return sum / count;
    };

    // nodes just before the two blocks of the pair; the second is of use only while the right block is the one that leaves
    uint32_t before_left  = sinks + state.cursor / block * block;
    uint32_t before_right = before_left + block;
    for (uint32_t to_go = n - shape.capacity; to_go > 0; --to_go) {
        if (state.cursor % block == 0) {
            before_right = skip(before_left, block);
        }
        if (!score) {
            state.left_loses = !keep_left;
        } else if (state.cursor % block == 0) {
            // the last block may not be complete: one at a time, a lane never holds more than one entry above its capacity
            const uint32_t arrived = std::min(block, shape.capacity + 1 - (sinks + state.cursor + block));
            const double left = mean(before_left, block), right = mean(before_right, arrived);
            state.left_loses = std::isnan(left) || std::isnan(right) ? !keep_left : left <= right;
        }
        uint32_t & link = next[state.left_loses ? before_left : before_right];
        victims.push_back(link - 1);
        if (heir) { // what left of the losing block before this one is no longer in the list
            heir[link - 1] = (state.left_loses ? skip(link, block) : skip(before_left, state.cursor % block + 1)) - 1;
        }
        link = next[link];
        if (++state.cursor == round) {
            state.cursor = 0;
            before_left = sinks;
        } else if (state.cursor % block == 0) {
            before_left = skip(before_left, block);
        }
    }
    std::sort(victims.begin() + first_victim, victims.end());
}

namespace {

struct tree final : policy {
    const char * label;
    bool keep_left;

    tree(const char * label, bool keep_left) : label(label), keep_left(keep_left) {}

    const char * name() const override { return label; }
    const char * score() const override { return nullptr; }
    bool staggers() const override { return keep_left; }

    void choose(lane_state & state, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        play_tree(state, shape, view.size(), view.score, keep_left, victims, nullptr);
    }

    void choose_with_heirs(lane_state & state, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims,
                           std::vector<uint32_t> & heir) const override {
        heir.assign(view.size(), no_heir);
        play_tree(state, shape, view.size(), view.score, keep_left, victims, heir.data());
    }
};

const tree left("tree", true);
const tree right("tree-keep-right", false);

} // namespace

extern const policy & policy_tree;
extern const policy & policy_tree_keep_right;
const policy & policy_tree = left;
const policy & policy_tree_keep_right = right;

} // namespace bonsai
