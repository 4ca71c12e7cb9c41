// No score: the structure of the policy alone decides, and nothing has to be gathered.
#include "score.h"

namespace bonsai {

namespace {
struct none final : score {
    const char * name() const override { return "none"; }
    uint32_t signals() const override { return 0; }
    float of(const entry_signals &, uint32_t) const override { return 0.0f; }
} instance;
} // namespace

extern const score & score_none;
const score & score_none = instance;

} // namespace bonsai
