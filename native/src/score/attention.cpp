// Mean attention weight S/N, the score of TreeKV (arXiv 2501.04987) and of the Cascading KV cache.
#include "score.h"

namespace bonsai {

namespace {
struct attention final : score {
    const char * name() const override { return "attention"; }
    uint32_t signals() const override { return signal_sum; }
    float of(const entry_signals & s, uint32_t min_seen) const override {
        return s.seen == 0 || s.seen < min_seen ? NAN : s.sum / float(s.seen);
    }
} instance;
} // namespace

extern const score & score_attention;
const score & score_attention = instance;

} // namespace bonsai
