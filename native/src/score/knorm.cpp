// Keys of small L2 norm matter more (arXiv 2406.11430). The order is that of minus the norm, without negative numbers.
#include "score.h"

namespace bonsai {

namespace {
struct knorm final : score {
    const char * name() const override { return "knorm"; }
    uint32_t signals() const override { return signal_norm; }
    float of(const entry_signals & s, uint32_t) const override { return 1.0f / (1.0f + s.norm); }
} instance;
} // namespace

extern const score & score_knorm;
const score & score_knorm = instance;

} // namespace bonsai
