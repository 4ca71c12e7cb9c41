// Who leaves need not be lost: under `merge` the loser of a pair is averaged into the winner (the idea of EMS,
// arXiv 2412.08521, and KVMerger, arXiv 2407.08454; by tokens, where they weigh by similarity). Pure: it turns what the
// policy said during one compaction into a list of rows and shares that the compactor carries out.
#pragma once

#include <cstdint>
#include <vector>

namespace bonsai {

struct lane;

// An heir takes in at most this many victims at one compaction, the heaviest; the others are lost, though they still count
// in its mass. Only a tree much smaller than staging makes more.
constexpr uint32_t max_merge_rounds = 16;

// What one evicted entry leaves, and to whom.
struct bequest {
    int32_t  row;
    int32_t  heir; // row of an entry that outlived it, perhaps evicted later; -1: nobody
    int32_t  rot;  // position its key is rotated to
    uint32_t mass;
};

// Rows merged within one group: row[heir] = own * row[heir] + the sum of share * row[victim]. Rows are numbered
// row * n_lanes + lane. A round gives one victim to each of the first heirs, so that a round is one addition.
struct merging {
    std::vector<int32_t>  heir;   // [n_heirs] those with most victims first
    std::vector<float>    own;    // [n_heirs]
    std::vector<int32_t>  victim; // [n_victims] round by round
    std::vector<float>    share;  // [n_victims]
    std::vector<int32_t>  turn;   // [n_victims] rotation from the victim's position to the heir's
    std::vector<uint32_t> rounds; // victims of every round, not ascending, rounds[0] = n_heirs

    bool empty() const { return heir.empty(); }
};

// left [n_lanes]: all who left since rows last moved. What goes to somebody who left as well goes on to that one's heir.
// Raises the masses of those who inherit.
merging merge_lanes(std::vector<lane> & lanes, const std::vector<std::vector<bequest>> & left);

} // namespace bonsai
