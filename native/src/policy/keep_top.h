// The rule the global policies share (h2o, tova, snapkv, keydiff): sinks and the newest entries stay, and of the others the
// best scored. Given a batch, old and new entries compete at once, and the newest are counted from the end of the batch.
#pragma once

#include "policy.h"

namespace bonsai {

// The entries of a lane that may leave: first .. last - 1.
struct contest {
    uint32_t first = 0;
    uint32_t last  = 0;
};

// The contest among n entries. Sinks and recent window are cut to the capacity, sinks first, so that at least
// n - capacity entries take part.
contest contest_of(const lane_shape & shape, uint32_t n);

// Appends the n - capacity entries of the contest that score lowest, ascending; of equals the older ones. A NaN score is
// not known yet: such an entry leaves only after all others have, the oldest first. score: of entries 0 .. n - 1; null:
// nothing is known.
void keep_top(const lane_shape & shape, uint32_t n, const float * score, std::vector<uint32_t> & victims);

} // namespace bonsai
