#include "merging.h"
#include "ledger.h"

#include <algorithm>
#include <numeric>

namespace bonsai {

namespace {

constexpr int32_t nobody = -1, stays = -2;

struct heritage {
    int32_t row; // of the heir, and its lane in it
    int32_t rot;
    uint32_t mass; // its own
    std::vector<bequest> from;
};

// By row, the row of who inherits in the end: its own where it stays.
std::vector<int32_t> last_heirs(const std::vector<bequest> & left, size_t n_rows) {
    std::vector<int32_t> next(n_rows, stays), last(n_rows);
    std::iota(last.begin(), last.end(), 0);
    for (const auto & b : left) {
        next[b.row] = b.heir;
    }
    for (const auto & b : left) {
        int32_t end = b.row;
        while (end != nobody && next[end] != stays) {
            end = next[end];
        }
        for (int32_t row = b.row; row != end;) { // the next one on this way finds a short one
            const int32_t heir = next[row];
            last[row] = next[row] = end;
            row = heir;
        }
    }
    return last;
}

// What the entries of one lane inherit; their masses grow.
void inherit(std::vector<entry> & order, const std::vector<bequest> & left, int32_t n_lanes, int32_t lane, std::vector<heritage> & out) {
    size_t n_rows = 0;
    for (const auto & e : order) { n_rows = std::max(n_rows, size_t(e.row) + 1); }
    for (const auto & b : left)  { n_rows = std::max(n_rows, size_t(b.row) + 1); }
    const std::vector<int32_t> last = last_heirs(left, n_rows);
    std::vector<std::vector<bequest>> to(n_rows); // by the heir's row
    for (const auto & b : left) {
        if (last[b.row] != nobody) {
            to[last[b.row]].push_back({ b.row * n_lanes + lane, nobody, b.rot, b.mass });
        }
    }
    for (auto & e : order) {
        auto & from = to[e.row];
        if (from.empty()) {
            continue;
        }
        heritage h = { e.row * n_lanes + lane, e.rot, e.mass, {} };
        for (const auto & b : from) {
            e.mass += b.mass;
        }
        std::stable_sort(from.begin(), from.end(), [](const bequest & a, const bequest & b) { return a.mass > b.mass; });
        from.resize(std::min<size_t>(from.size(), max_merge_rounds));
        h.from = std::move(from);
        out.push_back(std::move(h));
    }
}

} // namespace

merging merge_lanes(std::vector<lane> & lanes, const std::vector<std::vector<bequest>> & left) {
    std::vector<heritage> heirs;
    for (size_t h = 0; h < lanes.size(); ++h) {
        if (!left[h].empty()) {
            inherit(lanes[h].order, left[h], int32_t(lanes.size()), int32_t(h), heirs);
        }
    }
    std::stable_sort(heirs.begin(), heirs.end(), [](const heritage & a, const heritage & b) { return a.from.size() > b.from.size(); });
    merging m;
    std::vector<float> total;
    for (const auto & h : heirs) {
        float sum = float(h.mass);
        for (const auto & b : h.from) {
            sum += float(b.mass);
        }
        total.push_back(sum);
        m.heir.push_back(h.row);
        m.own.push_back(float(h.mass) / sum);
    }
    for (size_t round = 0; round < max_merge_rounds; ++round) {
        const size_t before = m.victim.size();
        for (size_t i = 0; i < heirs.size() && heirs[i].from.size() > round; ++i) {
            const bequest & b = heirs[i].from[round];
            m.victim.push_back(b.row);
            m.share.push_back(float(b.mass) / total[i]);
            m.turn.push_back(heirs[i].rot - b.rot);
        }
        if (m.victim.size() == before) {
            break;
        }
        m.rounds.push_back(uint32_t(m.victim.size() - before));
    }
    return m;
}

} // namespace bonsai
