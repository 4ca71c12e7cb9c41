// The tree keeps the gist, and the tokens whose keys are unlike all others, which its tournaments would lose, are set
// aside (ours): of the entries between sinks and recent window the `outliers` most novel stay wherever they stand (equal:
// the newer), and the others play the tree as if those were not there. Novelty is compared again at every eviction, over
// the whole batch; an entry whose novelty is not known (NaN) plays the tree. Without outliers this is the tree.
#include "keep_top.h"
#include "tree.h"

#include <algorithm>
#include <cmath>

namespace bonsai {

namespace {
struct hybrid final : policy {
    const char * name() const override { return "hybrid"; }
    const char * score() const override { return nullptr; }
    bool wants_novelty() const override { return true; }
    bool staggers() const override { return true; }

    void choose(lane_state & state, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const override {
        play(state, shape, view, victims, nullptr);
    }

    void choose_with_heirs(lane_state & state, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims,
                           std::vector<uint32_t> & heir) const override {
        heir.assign(view.size(), no_heir);
        play(state, shape, view, victims, heir.data());
    }

    static void play(lane_state & state, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims, uint32_t * heir) {
        const uint32_t n = view.size();
        if (n <= shape.capacity) {
            return;
        }
        const auto aside = outliers(shape, view);
        std::vector<uint32_t> players;
        std::vector<float> scores;
        for (uint32_t i = 0; i < n; ++i) {
            if (!std::binary_search(aside.begin(), aside.end(), i)) {
                players.push_back(i);
                if (view.score) {
                    scores.push_back(view.score[i]);
                }
            }
        }
        lane_shape tree = shape;
        tree.capacity -= uint32_t(aside.size());
        const size_t first_victim = victims.size();
        std::vector<uint32_t> player_heir(heir ? players.size() : 0, no_heir);
        play_tree(state, tree, uint32_t(players.size()), view.score ? scores.data() : nullptr, true, victims, heir ? player_heir.data() : nullptr);
        for (size_t v = first_victim; v < victims.size(); ++v) {
            const uint32_t player = victims[v];
            victims[v] = players[player];
            if (heir && player_heir[player] != no_heir) {
                heir[victims[v]] = players[player_heir[player]];
            }
        }
    }

    // the entries kept apart, ascending
    static std::vector<uint32_t> outliers(const lane_shape & shape, const lane_view & view) {
        const contest c = contest_of(shape, view.size());
        std::vector<uint32_t> entries;
        for (uint32_t i = c.first; view.novelty && i < c.last; ++i) {
            if (!std::isnan(view.novelty[i])) {
                entries.push_back(i);
            }
        }
        const auto more_novel = [&](uint32_t a, uint32_t b) {
            return view.novelty[a] > view.novelty[b] || (!(view.novelty[b] > view.novelty[a]) && a > b);
        };
        const size_t count = std::min<size_t>(entries.size(), std::min(shape.outliers, shape.middle()));
        std::partial_sort(entries.begin(), entries.begin() + count, entries.end(), more_novel);
        entries.resize(count);
        std::sort(entries.begin(), entries.end());
        return entries;
    }
} instance;
} // namespace

extern const policy & policy_hybrid;
const policy & policy_hybrid = instance;

} // namespace bonsai
