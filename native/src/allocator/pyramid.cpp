// PyramidKV (arXiv 2406.02069): lower layers gather from everywhere, upper ones from few places, so what a layer keeps
// beside the recent window falls linearly with its number, to 1 / beta of the mean in the last layer. Nothing is measured.
#include "allocator.h"

#include <algorithm>

namespace bonsai {

namespace {
struct pyramid final : allocator {
    const char * name() const override { return "pyramid"; }

    std::vector<double> weigh(const std::vector<layer_measure> & layers, const budget_request & request) const override {
        const double recent = std::min(request.recent, request.mean);
        const double mean   = request.mean - recent;
        const double least  = mean / request.beta;
        const double most   = 2.0 * mean - least;
        std::vector<double> weights(layers.size(), request.mean);
        for (size_t i = 0; layers.size() > 1 && i < layers.size(); ++i) {
            weights[i] = recent + most - (most - least) * double(i) / double(layers.size() - 1);
        }
        return weights;
    }
} instance;
} // namespace

extern const allocator & allocator_pyramid;
const allocator & allocator_pyramid = instance;

} // namespace bonsai
