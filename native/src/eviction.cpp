#include "eviction.h"

#include <algorithm>

namespace bonsai {

namespace {

// Entries the policy may choose among; pinned ones stay out of its sight, up to their share.
std::vector<uint32_t> choosable(const lane & lane, const lane_shape & shape, uint32_t n_new, uint32_t & n_new_choosable) {
    const size_t n = lane.order.size();
    uint32_t room = max_pinned(shape.capacity);
    std::vector<uint32_t> open;
    open.reserve(n);
    n_new_choosable = 0;
    for (size_t i = 0; i < n; ++i) {
        if (lane.order[i].pinned && room > 0) {
            --room;
            continue;
        }
        open.push_back(uint32_t(i));
        n_new_choosable += i + n_new >= n;
    }
    return open;
}

} // namespace

uint32_t evict(lane & lane, const ledger_layout & layout, const group_layout & group, const lane_shape & shape, uint32_t n_new,
               const float * novelty, std::vector<bequest> * left) {
    auto & order = lane.order;
    if (order.size() <= shape.capacity) {
        return 0;
    }
    if (group.window) { // the oldest leaves, pinned or not: nothing may see it any more
        const size_t n = order.size() - shape.capacity;
        order.erase(order.begin(), order.begin() + int64_t(n));
        return uint32_t(n);
    }
    lane_view view;
    const std::vector<uint32_t> open = choosable(lane, shape, n_new, view.n_new);
    view.n_before = uint32_t(open.size()) - view.n_new;
    lane_shape rest = shape;
    rest.capacity = shape.capacity - uint32_t(order.size() - open.size());
    rest.sinks    = std::min(rest.sinks, rest.capacity);
    rest.recent   = std::min(rest.recent, rest.capacity - rest.sinks);

    const uint32_t signals = layout.rank_by->signals();
    std::vector<float> scores, rare;
    for (uint32_t i : open) {
        const entry & e = order[i];
        const float n = novelty ? novelty[e.row] : 0.0f;
        if (signals != 0) {
            scores.push_back(e.prior * layout.rank_by->of({ e.sum, e.seen, e.last, n, e.norm }, layout.min_seen));
        }
        if (layout.evict->wants_novelty()) {
            rare.push_back(e.prior * n);
        }
    }
    view.score   = scores.empty() ? nullptr : scores.data();
    view.novelty = rare.empty() ? nullptr : rare.data();

    std::vector<uint32_t> victims, heir;
    if (left) {
        layout.evict->choose_with_heirs(lane.state, rest, view, victims, heir);
        for (uint32_t v : victims) {
            const entry & e = order[open[v]];
            left->push_back({ e.row, heir[v] == no_heir ? -1 : order[open[heir[v]]].row, e.rot, e.mass });
        }
    } else {
        layout.evict->choose(lane.state, rest, view, victims);
    }
    size_t v = 0, w = 0;
    for (size_t i = 0; i < order.size(); ++i) {
        if (v < victims.size() && open[victims[v]] == i) {
            ++v;
            continue;
        }
        order[w++] = order[i];
    }
    order.resize(w);
    return uint32_t(victims.size());
}

} // namespace bonsai
