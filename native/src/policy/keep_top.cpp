// See keep_top.h.
#include "keep_top.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bonsai {

contest contest_of(const lane_shape & shape, uint32_t n) {
    const uint32_t sinks  = std::min(shape.sinks, shape.capacity);
    const uint32_t recent = std::min(shape.recent, shape.capacity - sinks);
    return { std::min(sinks, n), std::max(n, recent) - recent };
}

void keep_top(const lane_shape & shape, uint32_t n, const float * score, std::vector<uint32_t> & victims) {
    if (n <= shape.capacity) {
        return;
    }
    const contest c = contest_of(shape, n);
    std::vector<uint32_t> entries(c.last - c.first);
    std::iota(entries.begin(), entries.end(), c.first);
    const auto leaves_first = [score](uint32_t a, uint32_t b) {
        const float sa = score ? score[a] : NAN, sb = score ? score[b] : NAN;
        if (std::isnan(sa) != std::isnan(sb)) {
            return std::isnan(sb);
        }
        return sa < sb || (!(sb < sa) && a < b);
    };
    const auto end = entries.begin() + (n - shape.capacity);
    if (end != entries.end()) {
        std::nth_element(entries.begin(), end, entries.end(), leaves_first);
    }
    std::sort(entries.begin(), end);
    victims.insert(victims.end(), entries.begin(), end);
}

} // namespace bonsai
