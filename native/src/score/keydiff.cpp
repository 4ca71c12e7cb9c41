// How far the key points away from the mean of all keys: KeyDiff (arXiv 2504.15364).
#include "score.h"

namespace bonsai {

namespace {
struct keydiff final : score {
    const char * name() const override { return "keydiff"; }
    uint32_t signals() const override { return signal_novelty; }
    float of(const entry_signals & s, uint32_t) const override { return s.novelty; }
} instance;
} // namespace

extern const score & score_keydiff;
const score & score_keydiff = instance;

} // namespace bonsai
