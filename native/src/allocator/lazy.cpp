// LightTransfer / SimLayerKV (arXiv 2410.13846): a layer whose attention falls almost all on sinks and recent window is
// lazy and keeps no more than these; the others share what that frees.
#include "allocator.h"

#include <algorithm>
#include <numeric>

namespace bonsai {

namespace {
struct lazy final : allocator {
    const char * name() const override { return "lazy"; }
    bool wants_attention() const override { return true; }

    std::vector<double> weigh(const std::vector<layer_measure> & layers, const budget_request & request) const override {
        const double window = std::min<double>(double(request.sinks) + request.recent, request.mean);
        std::vector<bool> streams;
        for (const auto & layer : layers) {
            const auto & a = layer.attention;
            const size_t first = std::min<size_t>(request.sinks, a.size());
            const size_t last  = std::max<size_t>(first, a.size() - std::min<size_t>(request.recent, a.size()));
            const double all    = std::accumulate(a.begin(), a.end(), 0.0);
            const double middle = std::accumulate(a.begin() + first, a.begin() + last, 0.0);
            streams.push_back((all - middle) / all > request.lazy);
        }
        const double n = double(layers.size()), n_lazy = double(std::count(streams.begin(), streams.end(), true));
        std::vector<double> weights(layers.size(), 1.0);
        for (size_t i = 0; n_lazy < n && i < layers.size(); ++i) {
            weights[i] = streams[i] ? window : (n * request.mean - n_lazy * window) / (n - n_lazy);
        }
        return weights;
    }
} instance;
} // namespace

extern const allocator & allocator_lazy;
const allocator & allocator_lazy = instance;

} // namespace bonsai
