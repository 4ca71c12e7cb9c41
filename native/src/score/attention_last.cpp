// Attention weight under the newest queries, the score of TOVA (arXiv 2401.06104) and SnapKV (arXiv 2404.14469). They see
// every entry, so it is always known, however few queries have seen the entry before.
#include "score.h"

namespace bonsai {

namespace {
struct attention_last final : score {
    const char * name() const override { return "attention-last"; }
    uint32_t signals() const override { return signal_last; }
    float of(const entry_signals & s, uint32_t) const override { return s.last; }
} instance;
} // namespace

extern const score & score_attention_last;
const score & score_attention_last = instance;

} // namespace bonsai
