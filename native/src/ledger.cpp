#include "ledger.h"
#include "eviction.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <iterator>
#include <stdexcept>
#include <string>

namespace bonsai {

namespace {

constexpr uint32_t pad_rows = 256; // flash attention kernels on GPUs want this multiple

uint32_t pad(uint32_t n, uint32_t m) { return (n + m - 1) / m * m; }

bool in(int32_t pos, int32_t p0, int32_t p1) { return pos >= p0 && pos < p1; }

uint64_t new_name() {
    static std::atomic<uint64_t> last{ 0 };
    return ++last;
}

void normalise(int32_t & p0, int32_t & p1) {
    if (p0 < 0) { p0 = 0; }
    if (p1 < 0) { p1 = INT_MAX; }
}

} // namespace

ledger::ledger(std::shared_ptr<const ledger_layout> layout) : layout(std::move(layout)) {
    clear();
}

void ledger::clear() {
    staged.clear();
    lanes.assign(layout->groups.size(), {});
    uint32_t k = 0;
    for (size_t g = 0; g < lanes.size(); ++g) {
        lanes[g].resize(layout->groups[g].n_lanes);
        for (auto & l : lanes[g]) {
            // golden-ratio sequence: evenly spread however many lanes there are
            const double turn = layout->stagger ? 0.6180339887498949 * k++ : 0.0;
            const auto & shape = layout->groups[g].shape;
            l.state.cursor = uint32_t((turn - uint64_t(turn)) * (shape.middle() - shape.outliers)) / shape.block * shape.block;
        }
    }
    p_max = -1;
    ranked = dirty = lost = false;
    evicted = compactions = 0;
    resident_seen = n_inflight = 0;
    holes = 0;
    slid = 0;
    hints.clear();
}

int32_t ledger::rank_base() const {
    size_t n = 0;
    for (const auto & g : lanes) {
        n = std::max(n, g[0].order.size());
    }
    return int32_t(n);
}

size_t ledger::n_resident_full() const {
    size_t n = 0;
    for (size_t g = 0; g < lanes.size(); ++g) {
        n = layout->groups[g].window ? n : std::max(n, lanes[g][0].order.size());
    }
    return n;
}

uint32_t ledger::append(const int32_t * pos, int32_t * rot, uint32_t n) {
    if (staged.size() + n > n_staging()) {
        throw std::length_error("bonsai: no room was made for " + std::to_string(n) + " tokens");
    }
    staged.reserve(staged.size() + n); // from here on nothing throws
    const uint32_t first = uint32_t(staged.size());
    const int32_t  base  = rank_base() + int32_t(first);
    p_max_settled = p_max;
    for (uint32_t i = 0; i < n; ++i) {
        rot[i] = ranked ? base + int32_t(i) : pos[i];
        entry e = { pos[i], int32_t(first + i), rot[i] };
        if (const auto found = hints.find(pos[i]); found != hints.end()) {
            e.prior  = found->second.prior;
            e.pinned = found->second.pinned;
            hints.erase(found);
        }
        staged.push_back(e);
        p_max = std::max(p_max, pos[i]);
    }
    if (layout->window_rows > 0 && staged.size() > layout->window_rows) {
        slid = std::max(slid, uint32_t(staged.size()) - layout->window_rows);
    }
    n_inflight = n;
    return first;
}

void ledger::expect(int32_t first, const std::vector<hint> & given) {
    auto next = hints; // all of them or none
    for (size_t i = 0; i < given.size(); ++i) {
        next[first + int32_t(i)] = given[i];
    }
    hints.swap(next);
}

void ledger::sampled(uint32_t n, uint32_t n_samples, uint32_t stride) {
    const uint32_t first = uint32_t(staged.size()) - n;
    for (uint32_t r = 0; r < staged.size(); ++r) {
        uint32_t seen = n_samples;
        if (r > first) { // of its own chunk a token is seen by itself and what came after it
            seen = std::min(n_samples, (uint32_t(staged.size()) - 1 - r) / stride + 1);
        }
        staged[r].seen += seen;
    }
    resident_seen += n_samples;
}

void ledger::recount_holes() {
    holes = std::any_of(staged.begin(), staged.end(), [](const entry & e) { return e.pos < 0; }) ? new_name() : 0;
}

void ledger::adopt(std::shared_ptr<const ledger_layout> next) {
    layout = std::move(next);
    dirty  = true;
}

bool ledger::fits(const std::vector<uint32_t> & ubatches) const {
    const auto & groups = layout->groups;
    if (layout->evict->evicts() || std::all_of(groups.begin(), groups.end(), [](const group_layout & g) { return g.window > 0; })) {
        return true;
    }
    size_t resident = n_resident_full();
    size_t waiting  = staged.size();
    for (uint32_t n : ubatches) {
        const size_t room = resident == 0 ? n_staging() : layout->staging;
        if (waiting + n > room) {
            resident += waiting;
            waiting = 0;
        }
        waiting += n;
        if (resident > layout->least_capacity || waiting > room) {
            return false;
        }
    }
    return true;
}

// Layers and heads that share a mask agree on the count. Counts differ only after a removal reached evicted ground, where
// lanes had kept different tokens.
void ledger::agree(std::vector<size_t> & common, std::vector<std::vector<std::vector<bequest>>> & left) {
    for (size_t g = 0; g < lanes.size(); ++g) {
        lane_shape shape = layout->groups[g].shape;
        shape.capacity = uint32_t(common[layout->groups[g].mask]);
        shape.recent   = std::min(shape.recent, shape.capacity);
        for (size_t h = 0; h < lanes[g].size(); ++h) {
            auto * out = layout->merge ? &left[g][h] : nullptr;
            evicted += uint64_t(evict(lanes[g][h], *layout, layout->groups[g], shape, 0, nullptr, out)) * layout->groups[g].weight;
        }
    }
}

// Rows [S, S + n) for the n entries of every lane, those that already have one stay there; keys rotated to where they belong.
group_moves ledger::place(size_t g, int32_t base) {
    const int32_t  S       = int32_t(layout->staging);
    const uint32_t n_lanes = layout->groups[g].n_lanes;
    const int32_t  n       = int32_t(lanes[g][0].order.size());
    group_moves m;
    m.delta.assign(size_t(n) * n_lanes, 0);
    bool rotates = false;
    std::vector<uint8_t> used(n);
    for (uint32_t h = 0; h < n_lanes; ++h) {
        auto & order = lanes[g][h].order;
        std::fill(used.begin(), used.end(), 0);
        for (const auto & e : order) {
            if (in(e.row, S, S + n)) {
                used[e.row - S] = 1;
            }
        }
        int32_t free = 0;
        for (int32_t r = 0; r < n; ++r) {
            auto & e = order[r];
            if (!in(e.row, S, S + n)) {
                while (used[free]) { ++free; }
                used[free] = 1;
                m.from.push_back(e.row * int32_t(n_lanes) + int32_t(h));
                m.to.push_back(int64_t(S + free) * n_lanes + h);
                e.row = S + free;
            }
            const int32_t want = ranked ? base - n + r : e.pos;
            if (want != e.rot) {
                m.delta[size_t(e.row - S) * n_lanes + h] = want - e.rot;
                e.rot = want;
                rotates = true;
            }
        }
    }
    if (!rotates) {
        m.delta.clear();
    }
    return m;
}

std::vector<group_moves> ledger::compact(const std::vector<group_signals> & gathered) {
    std::vector<size_t> common(layout->n_masks, SIZE_MAX);
    std::vector<std::vector<std::vector<bequest>>> left(lanes.size()); // [group][lane]
    for (size_t g = 0; g < lanes.size(); ++g) {
        const auto & group = layout->groups[g];
        left[g].resize(lanes[g].size());
        const group_signals * fresh = gathered.empty() ? nullptr : &gathered[g];
        for (size_t h = 0; h < lanes[g].size(); ++h) {
            auto & l = lanes[g][h];
            auto of = [&](const std::vector<float> group_signals::* field) -> const float * {
                return fresh && !(fresh->*field).empty() ? (fresh->*field).data() + h * fresh->n_rows : nullptr;
            };
            for (auto & e : l.order) {
                e.seen += resident_seen;
            }
            const size_t n_before = l.order.size();
            for (size_t i = first_staged(uint32_t(g)); i < staged.size(); ++i) {
                if (staged[i].pos >= 0) {
                    l.order.push_back(staged[i]);
                    if (group.window) {
                        l.order.back().row %= int32_t(layout->window_rows);
                    }
                }
            }
            const float * sum = of(&group_signals::sum), * last = of(&group_signals::last), * norm = of(&group_signals::norm);
            for (auto & e : l.order) {
                e.sum += sum ? sum[e.row] : 0.0f;
                e.last = last && resident_seen > 0 ? last[e.row] : e.last;
                e.norm = norm ? norm[e.row] : e.norm;
            }
            const uint32_t n_new = uint32_t(l.order.size() - n_before);
            evicted += uint64_t(evict(l, *layout, group, group.shape, n_new, of(&group_signals::novelty),
                                      layout->merge ? &left[g][h] : nullptr)) * group.weight;
            auto & n = common[group.mask];
            n = std::min(n, l.order.size());
        }
    }
    agree(common, left);
    const int32_t base = rank_base();
    std::vector<group_moves> moves;
    for (size_t g = 0; g < lanes.size(); ++g) {
        merging merged = merge_lanes(lanes[g], left[g]);
        moves.push_back(place(g, base));
        moves.back().merged = std::move(merged);
    }
    staged.clear();
    resident_seen = 0;
    holes = 0;
    slid = 0;
    dirty = false;
    compactions++;
    return moves;
}

void ledger::remove(int32_t p0, int32_t p1) {
    if (n_inflight > 0 && p1 < 0) {
        // A failed or aborted ubatch is taken back by upstream with the positions the graph saw, which may be ranks.
        staged.resize(staged.size() - n_inflight);
        n_inflight = 0;
        p_max = p_max_settled;
        return;
    }
    normalise(p0, p1);
    if (p0 == 0 && p1 > p_max) {
        clear();
        return;
    }
    if (lost) {
        return; // nothing is known of what would be removed
    }
    if (p1 > p_max) {
        for (auto h = hints.begin(); h != hints.end();) {
            h = h->first >= p0 ? hints.erase(h) : std::next(h);
        }
        p_max = std::min(p_max, p0 - 1);
    }
    while (!staged.empty() && in(staged.back().pos, p0, p1)) {
        staged.pop_back();
    }
    slid = std::min(slid, uint32_t(staged.size()));
    for (auto & e : staged) {
        if (in(e.pos, p0, p1)) {
            e.pos = -1;
            dirty = true;
            holes = new_name();
        }
    }
    for (auto & g : lanes) {
        for (auto & l : g) {
            const auto end = std::remove_if(l.order.begin(), l.order.end(), [&](const entry & e) { return in(e.pos, p0, p1); });
            dirty = dirty || end != l.order.end();
            l.order.erase(end, l.order.end());
        }
    }
}

void ledger::shift(int32_t p0, int32_t p1, int32_t delta) {
    if (delta == 0) {
        return;
    }
    normalise(p0, p1);
    if (const int32_t least = delta < 0 ? -std::max(delta, -INT_MAX) : 0; p0 < least) {
        remove(p0, std::min(p1, least));
        p0 = std::min(p1, least);
    }
    if (in(p_max, p0, p1)) {
        p_max += delta;
    }
    auto move = [&](std::vector<entry> & entries) {
        for (auto & e : entries) {
            if (in(e.pos, p0, p1)) {
                e.pos += delta;
            }
        }
    };
    move(staged);
    for (auto & g : lanes) {
        for (auto & l : g) {
            move(l.order);
        }
    }
    dirty = true; // keys are rotated again by the next compaction
}

void ledger::set_ranked(bool value) {
    if (ranked != value) {
        ranked = value;
        dirty  = dirty || p_max >= 0;
    }
}

int32_t ledger::exact_tail() const {
    auto oldest_staged = [&](uint32_t first) {
        for (size_t i = first; i < staged.size(); ++i) {
            if (staged[i].pos >= 0) {
                return staged[i].pos;
            }
        }
        return p_max + 1;
    };
    int32_t exact = evicted == 0 ? 0 : oldest_staged(0);
    for (size_t g = 0; g < lanes.size(); ++g) {
        if (const int32_t window = int32_t(layout->groups[g].window)) {
            const auto & order = lanes[g][0].order;
            const int32_t oldest = order.empty() ? oldest_staged(first_staged(uint32_t(g))) : order.front().pos;
            // a token there must still find its whole window
            exact = std::max(exact, oldest > 0 ? std::min(oldest + window - 1, p_max + 1) : 0);
        }
    }
    return exact;
}

uint32_t ledger::n_resident(uint32_t mask) const {
    for (size_t g = 0; g < lanes.size(); ++g) {
        if (layout->groups[g].mask == mask) {
            return uint32_t(lanes[g][0].order.size());
        }
    }
    return 0;
}

uint32_t ledger::n_kv(uint32_t mask) const {
    const uint32_t n = n_resident(mask);
    for (const auto & g : layout->groups) {
        if (g.mask == mask) {
            const uint32_t used = n == 0 ? uint32_t(staged.size()) : layout->staging + n;
            return std::min(layout->staging + g.shape.capacity, pad(used, pad_rows));
        }
    }
    return layout->staging;
}

} // namespace bonsai
