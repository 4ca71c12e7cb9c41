// SqueezeAttention (arXiv 2404.04793): a layer whose attention hardly turns the residual stream (a high cosine between
// before and after) is unimportant. The cosines are clustered into three; the class of the highest keeps p of the mean
// and the other two share what that frees. Clustering is exact, where the paper's starts at random, and with fewer than
// three distinct cosines there are fewer classes: layers that are all alike keep the same, of two kinds the higher is
// squeezed (ours).
#include "allocator.h"
#include "cluster.h"

#include <algorithm>

namespace bonsai {

namespace {
struct squeeze final : allocator {
    const char * name() const override { return "squeeze"; }
    bool wants_cosine() const override { return true; }

    std::vector<double> weigh(const std::vector<layer_measure> & layers, const budget_request & request) const override {
        std::vector<double> cosines;
        for (const auto & layer : layers) {
            cosines.push_back(layer.cosine);
        }
        const auto classes = cluster(cosines, 3);
        const uint32_t highest = *std::max_element(classes.begin(), classes.end());
        if (highest == 0) {
            return std::vector<double>(layers.size(), 1.0);
        }
        const double squeezed = double(std::count(classes.begin(), classes.end(), highest));
        const double p = request.p, n = double(layers.size());
        std::vector<double> weights;
        for (uint32_t c : classes) {
            weights.push_back(c == highest ? p : (n - squeezed * p) / (n - squeezed));
        }
        return weights;
    }
} instance;
} // namespace

extern const allocator & allocator_squeeze;
const allocator & allocator_squeeze = instance;

} // namespace bonsai
