// A policy names the entries that leave when a lane holds more than it may. Pure: it knows counts, scores and its own
// state, nothing of ggml, layers or files, so it is tested on golden vectors without a model.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bonsai {

// What one lane (the eviction set of a KV head, or of all heads that evict alike) remembers between evictions. Plain
// data: it is written to state files as it is.
struct lane_state {
    uint32_t cursor = 0;                   // tree: victims taken in this round
    uint32_t left_loses = 0;               // tree: of the pair whose block is leaving token by token
    std::array<uint32_t, 8> counters = {}; // cascade: tokens that fell into each sub-cache
};

// How a lane's `capacity` entries are shared out: [sinks | outliers and tree | recent], oldest first.
struct lane_shape {
    uint32_t capacity = 0;
    uint32_t sinks    = 0;
    uint32_t recent   = 0;
    uint32_t block    = 1; // neighbouring tokens that stay or leave together in the tree region
    uint32_t outliers = 0; // hybrid: entries kept for their novelty wherever they stand

    // entries between sinks and the recent window of a full lane
    uint32_t middle() const { return capacity > sinks + recent ? capacity - sinks - recent : 0; }
};

// A lane at the moment of an eviction: entries 0 .. n_before + n_new - 1 in time order, the last n_new having arrived one
// by one after the others. Scores are of all of them: higher stays; NaN: not known yet (too few queries have seen it).
struct lane_view {
    uint32_t      n_before = 0;
    uint32_t      n_new    = 0;
    const float * score    = nullptr; // null: the score is `none`
    const float * novelty  = nullptr; // of the key among all keys, 0 .. 1, priors applied; only where the policy asks

    uint32_t size() const { return n_before + n_new; }
};

// In a list of heirs: this entry has none.
constexpr uint32_t no_heir = UINT32_MAX;

struct policy {
    virtual ~policy() = default;
    virtual const char * name() const = 0;
    // whether entries may ever leave; a policy that says no makes a decode beyond the capacity fail instead
    virtual bool evicts() const { return true; }
    // The score it is defined by, of score.h's table; nullptr: whichever the person asks for.
    virtual const char * score() const { return "none"; }
    virtual bool wants_novelty() const { return false; }
    // Newest queries of a chunk it looks at by definition; 0: as many as the person asks for, spread over the chunk.
    virtual uint32_t samples() const { return 0; }
    // Whether lanes without scores should start at different places, so that together they hold more (ours).
    virtual bool staggers() const { return false; }

    // Appends the numbers of the entries that leave, ascending, so that shape.capacity remain. Without scores the result
    // is the same whether arrivals are given one at a time or many at once.
    virtual void choose(lane_state & state, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims) const = 0;
    // The same, and says who may be merged into whom: heir [view.size()] becomes for every victim an entry that outlived it
    // (and may be a later victim), for all others and where nobody inherits no_heir.
    virtual void choose_with_heirs(lane_state & state, const lane_shape & shape, const lane_view & view, std::vector<uint32_t> & victims,
                                   std::vector<uint32_t> & heir) const {
        heir.assign(view.size(), no_heir);
        choose(state, shape, view, victims);
    }
};

// The table: a new policy is one file and one line here (policy.cpp). nullptr for an unknown name.
const policy * find_policy(std::string_view name);
// all names, separated by ", "
const char * policy_names();

} // namespace bonsai
