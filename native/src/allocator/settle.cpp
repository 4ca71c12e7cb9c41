// Makes budgets of weights: whole numbers of steps within floor and cap, the total conserved to the entry (allocator.h).
#include "allocator.h"

#include <algorithm>
#include <numeric>

namespace bonsai {

namespace {

// sum of clamp(level * weight, least, most) over all layers; grows with the level
double poured(const std::vector<double> & weights, double level, double least, double most) {
    double sum = 0.0;
    for (double w : weights) {
        sum += std::clamp(level * w, least, most);
    }
    return sum;
}

// The level at which the layers hold `total` (water filling), solved exactly between two of the levels at which a layer
// leaves the floor or reaches the cap. weights > 0, n * least <= total <= n * most.
double level_for(const std::vector<double> & weights, double total, double least, double most) {
    std::vector<double> turns = { 0.0 };
    for (double w : weights) {
        turns.push_back(least / w);
        turns.push_back(most / w);
    }
    std::sort(turns.begin(), turns.end());
    // first turn at which the layers hold the total or more; the last one is such, as all layers are at the cap there
    const auto next = std::partition_point(turns.begin(), turns.end() - 1,
                                           [&](double level) { return poured(weights, level, least, most) < total; });
    if (next == turns.begin()) {
        return *next;
    }
    const double below = *(next - 1), above = *next;
    const double held = poured(weights, below, least, most), rise = poured(weights, above, least, most) - held;
    return rise > 0.0 ? below + (above - below) * (total - held) / rise : above;
}

} // namespace

std::vector<uint32_t> settle(const std::vector<double> & given, const budget_request & request) {
    // counted in steps from here on
    const int64_t n     = int64_t(given.size());
    const int64_t total = n * (request.mean / request.step);
    const int64_t least = (int64_t(request.floor) + request.step - 1) / request.step;
    const int64_t most  = std::min<int64_t>(total, (request.cap > 0 ? request.cap : UINT32_MAX) / request.step);

    // a layer of no weight is served last, but it is served: others may all be at their cap
    const double largest = n > 0 ? *std::max_element(given.begin(), given.end()) : 0.0;
    std::vector<double> weights;
    for (double w : given) {
        weights.push_back(largest > 0.0 ? std::max(w / largest, 1e-12) : 1.0);
    }
    const double level = level_for(weights, double(total), double(least), double(most));

    std::vector<int64_t> steps;
    std::vector<double>  remainders;
    for (double w : weights) {
        const double exact = std::clamp(level * w, double(least), double(most));
        steps.push_back(int64_t(exact));
        remainders.push_back(exact - double(steps.back()));
    }
    std::vector<size_t> order(weights.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
    int64_t rest = total - std::accumulate(steps.begin(), steps.end(), int64_t(0));
    while (rest > 0) {
        for (size_t i = 0; i < order.size() && rest > 0; ++i) {
            if (steps[order[i]] < most) {
                ++steps[order[i]];
                --rest;
            }
        }
    }
    while (rest < 0) { // only rounding errors of the level lead here
        for (size_t i = order.size(); i-- > 0 && rest < 0;) {
            if (steps[order[i]] > least) {
                --steps[order[i]];
                ++rest;
            }
        }
    }
    std::vector<uint32_t> budgets;
    for (int64_t s : steps) {
        budgets.push_back(uint32_t(s * request.step));
    }
    return budgets;
}

} // namespace bonsai
