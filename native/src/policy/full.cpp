// Keeps everything: the cache is as large as what is read, and a decode beyond it fails.
#include "policy.h"

namespace bonsai {

namespace {
struct full final : policy {
    const char * name() const override { return "full"; }
    bool evicts() const override { return false; }
    void choose(lane_state &, const lane_shape &, const lane_view &, std::vector<uint32_t> &) const override {}
} instance;
} // namespace

extern const policy & policy_full;
const policy & policy_full = instance;

} // namespace bonsai
