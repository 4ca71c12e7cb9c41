// Who leaves one lane: turns what was gathered into scores, keeps what the caller pinned, and lets the policy choose among
// the rest. Pure, like the policies.
#pragma once

#include "ledger.h"

namespace bonsai {

// Pins never take more than this share of a lane, or nothing would be left to remember with; later pins then count as
// ordinary tokens.
constexpr uint32_t max_pinned(uint32_t capacity) { return capacity / 4; }

// Evicts from a lane of `group` until shape.capacity entries remain; the last n_new of lane.order have arrived since the last eviction.
// novelty [n_rows] by row, or null. left: who left and whom the policy named as heir is appended, or null.
// Returns how many left.
uint32_t evict(lane & lane, const ledger_layout & layout, const group_layout & group, const lane_shape & shape, uint32_t n_new,
               const float * novelty, std::vector<bequest> * left);

} // namespace bonsai
