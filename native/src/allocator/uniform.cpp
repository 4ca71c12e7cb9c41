// Every layer keeps the same.
#include "allocator.h"

namespace bonsai {

namespace {
struct uniform final : allocator {
    const char * name() const override { return "uniform"; }

    std::vector<double> weigh(const std::vector<layer_measure> & layers, const budget_request &) const override {
        return std::vector<double>(layers.size(), 1.0);
    }
} instance;
} // namespace

extern const allocator & allocator_uniform;
const allocator & allocator_uniform = instance;

} // namespace bonsai
