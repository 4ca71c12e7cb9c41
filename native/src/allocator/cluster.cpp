// See cluster.h. Dynamic programming over the sorted distinct values: the best partition of the first j values into c
// classes is the best of the first i into c - 1 and one class of the values from i to j - 1.
#include "cluster.h"

#include <algorithm>

namespace bonsai {

std::vector<uint32_t> cluster(const std::vector<double> & values, uint32_t k) {
    std::vector<double> distinct = values;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    const auto rank = [&](double value) { return size_t(std::lower_bound(distinct.begin(), distinct.end(), value) - distinct.begin()); };
    const size_t n = distinct.size();
    k = uint32_t(std::min<size_t>(k, n));

    std::vector<double> weight(n, 0.0);
    for (double value : values) {
        weight[rank(value)] += 1.0;
    }

    // cost[j]: of the first j values in the classes so far; cut[c][j]: where the last of c + 1 classes begins
    std::vector<double> cost(n + 1, 0.0);
    std::vector<std::vector<size_t>> cut(k, std::vector<size_t>(n + 1, 0));
    for (uint32_t c = 0; c < k; ++c) {
        std::vector<double> best(n + 1, 0.0);
        for (size_t j = c + 1; j <= n; ++j) {
            double sum = 0.0, mean = 0.0, squares = 0.0; // of the values from i to j - 1 (Welford's update)
            bool found = false;
            for (size_t i = j; i-- > c;) {
                const double off = distinct[i] - mean;
                sum     += weight[i];
                mean    += off * weight[i] / sum;
                squares += off * (distinct[i] - mean) * weight[i];
                // the first class begins with the first value
                if (c == 0 && i > 0) {
                    continue;
                }
                const double total = cost[i] + squares;
                if (!found || total < best[j] * (1.0 - 1e-12)) { // a tie is a tie whatever the rounding: the smaller class stays
                    found = true;
                    best[j] = total;
                    cut[c][j] = i;
                }
            }
        }
        cost = best;
    }

    std::vector<uint32_t> class_of(n, 0);
    size_t end = n;
    for (uint32_t c = k; c-- > 0;) {
        std::fill(class_of.begin() + cut[c][end], class_of.begin() + end, c);
        end = cut[c][end];
    }
    std::vector<uint32_t> classes;
    for (double value : values) {
        classes.push_back(class_of[rank(value)]);
    }
    return classes;
}

} // namespace bonsai
