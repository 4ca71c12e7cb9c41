// What a ledger holds, counted: for the numbers and pictures that people see. Nothing here changes anything.
#include "ledger.h"

#include <algorithm>

namespace bonsai {

uint32_t ledger::n_kept(uint32_t group) const {
    size_t n = 0;
    for (const auto & l : lanes[group]) {
        n += l.order.size();
    }
    n /= lanes[group].size();
    for (size_t i = first_staged(group); i < staged.size(); ++i) {
        n += staged[i].pos >= 0;
    }
    return uint32_t(n);
}

uint32_t ledger::n_pinned() const {
    size_t n = 0, n_lanes = 0;
    for (const auto & g : lanes) {
        for (const auto & l : g) {
            n += size_t(std::count_if(l.order.begin(), l.order.end(), [](const entry & e) { return e.pinned != 0; }));
            ++n_lanes;
        }
    }
    n = n_lanes ? n / n_lanes : 0;
    return uint32_t(n) + uint32_t(std::count_if(staged.begin(), staged.end(), [](const entry & e) { return e.pinned != 0; }));
}

void ledger::held(uint32_t group, const int32_t * starts, uint32_t n, float * out) const {
    auto count = [&](const std::vector<entry> & entries, size_t first, float share) {
        uint32_t b = 0;
        for (size_t i = first; i < entries.size(); ++i) {
            const auto & e = entries[i];
            if (e.pos < 0) {
                continue;
            }
            while (b > 0 && starts[b] > e.pos) { --b; }
            while (b + 1 < n && starts[b + 1] <= e.pos) { ++b; }
            const int32_t end = b + 1 < n ? starts[b + 1] : p_max + 1;
            if (e.pos >= starts[b] && end > starts[b]) {
                out[b] += share / float(end - starts[b]);
            }
        }
    };
    for (const auto & l : lanes[group]) {
        count(l.order, 0, 1.0f / float(lanes[group].size()));
    }
    count(staged, first_staged(group), 1.0f);
}

} // namespace bonsai
