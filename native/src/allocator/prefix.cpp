// PrefixKV (arXiv 2412.03409): every layer keeps as many of its most attended tokens as it takes to hold the same share of
// its attention; that share is searched so that the counts meet the total.
#include "allocator.h"

#include <algorithm>
#include <functional>

namespace bonsai {

namespace {

// Attention held by the best 1, 2, ... tokens of a layer, as a share of all of it: ascending, ending at 1.
std::vector<double> shares(std::vector<float> attention) {
    std::sort(attention.begin(), attention.end(), std::greater<float>());
    std::vector<double> held;
    double sum = 0.0;
    for (float weight : attention) {
        held.push_back(sum += weight);
    }
    for (double & share : held) {
        share /= sum;
    }
    return held;
}

struct prefix final : allocator {
    const char * name() const override { return "prefix"; }
    bool wants_attention() const override { return true; }

    std::vector<double> weigh(const std::vector<layer_measure> & layers, const budget_request & request) const override {
        std::vector<std::vector<double>> held;
        for (const auto & layer : layers) {
            held.push_back(shares(layer.attention));
        }
        const double most = request.cap > 0 ? request.cap : UINT32_MAX;
        const auto counts = [&](double share) {
            std::vector<double> result;
            for (const auto & h : held) {
                const auto first = std::lower_bound(h.begin(), h.end(), share) - h.begin();
                const double count = double(std::min<size_t>(first + 1, h.size()));
                result.push_back(std::clamp(count, double(request.floor), most));
            }
            return result;
        };
        const double total = double(request.mean) * double(layers.size());
        double low = 0.0, high = 1.0;
        for (int i = 0; i < 64; ++i) { // more halvings than a double has bits
            const double middle = (low + high) / 2.0;
            double sum = 0.0;
            for (double count : counts(middle)) {
                sum += count;
            }
            (sum <= total ? low : high) = middle;
        }
        return counts(low);
    }
} instance;

} // namespace

extern const allocator & allocator_prefix;
const allocator & allocator_prefix = instance;

} // namespace bonsai
