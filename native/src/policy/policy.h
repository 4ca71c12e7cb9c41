// A policy names the entries that leave when a lane holds more than it may. Pure: it knows counts and its own cursor,
// nothing of ggml, layers or files, so it is tested on golden vectors without a model.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace bonsai {

// What one lane (the eviction set of a KV head, or of all heads that evict alike) remembers between evictions.
struct lane_state {
    uint32_t cursor = 0; // victims taken in this round of the tree region
};

// How a lane's `capacity` entries are shared out: [sinks | tree region | recent], oldest first.
struct lane_shape {
    uint32_t capacity = 0;
    uint32_t sinks    = 0;
    uint32_t recent   = 0;
    uint32_t block    = 1; // neighbouring tokens that stay or leave together in the tree region

    // entries in the tree region of a full lane
    uint32_t tree() const { return capacity > sinks + recent ? capacity - sinks - recent : 0; }
};

struct policy {
    virtual ~policy() = default;
    virtual const char * name() const = 0;
    // whether entries may ever leave; a policy that says no makes a decode beyond the capacity fail instead
    virtual bool evicts() const { return true; }

    // A lane's entries are numbered 0 .. n_before + n_new - 1 in time order, the last n_new having arrived one by one
    // after the others. Appends the numbers of those that leave, ascending, so that shape.capacity remain.
    // The result is the same whether arrivals are given one at a time or many at once.
    virtual void choose(lane_state & state, const lane_shape & shape, uint32_t n_before, uint32_t n_new,
                        std::vector<uint32_t> & victims) const = 0;
};

// The table: a new policy is one file and one line here. nullptr for an unknown name.
const policy * find_policy(std::string_view name);

extern const policy & policy_full;
extern const policy & policy_streaming;
extern const policy & policy_tree;
extern const policy & policy_tree_keep_right;

} // namespace bonsai
