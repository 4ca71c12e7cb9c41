// Attention weight summed over all queries, the score of H2O (arXiv 2306.14048). It favours what has been there for long.
#include "score.h"

namespace bonsai {

namespace {
struct attention_sum final : score {
    const char * name() const override { return "attention-sum"; }
    uint32_t signals() const override { return signal_sum; }
    float of(const entry_signals & s, uint32_t min_seen) const override { return s.seen == 0 || s.seen < min_seen ? NAN : s.sum; }
} instance;
} // namespace

extern const score & score_attention_sum;
const score & score_attention_sum = instance;

} // namespace bonsai
