// The tournament of TreeKV, which the policies tree, tree-keep-right and hybrid play.
#pragma once

#include "policy.h"

namespace bonsai {

// Appends the n - capacity entries that leave, ascending. score: of entries 0 .. n - 1, or null. keep_left: who stays of
// a pair where scores cannot tell, because there are none or one of the pair is not known yet (NaN). The result is the
// same for arrivals one at a time and many at once, as long as no score changes in between. heir [n] or null: of every
// victim, the token that holds the same place in the block that won; written for victims only.
void play_tree(lane_state & state, const lane_shape & shape, uint32_t n, const float * score, bool keep_left,
               std::vector<uint32_t> & victims, uint32_t * heir);

} // namespace bonsai
