// A score says how much an entry matters, from what was gathered about it. Higher stays. Pure, like the policies.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace bonsai {

// What can be gathered about an entry; a score names what it needs, and only that is gathered.
enum signal : uint32_t {
    signal_sum     = 1, // attention received from sampled queries, summed: S(i) of TreeKV
    signal_last    = 2, // attention received from the newest sampled queries, averaged
    signal_novelty = 4, // (1 - cosine of the key with the mean direction of all keys) / 2: KeyDiff, arXiv 2504.15364
    signal_norm    = 8, // L2 norm of the key
};

struct entry_signals {
    float    sum     = 0.0f;
    uint32_t seen    = 0; // queries behind `sum`: N(i) of TreeKV
    float    last    = 0.0f;
    float    novelty = 0.0f;
    float    norm    = 0.0f;
};

struct score {
    virtual ~score() = default;
    virtual const char * name() const = 0;
    virtual uint32_t signals() const = 0;
    // >= 0; NaN: not known yet, because fewer than min_seen sampled queries have seen the entry.
    virtual float of(const entry_signals & s, uint32_t min_seen) const = 0;
};

// The table: a new score is one file and one line here (score.cpp). nullptr for an unknown name.
const score * find_score(std::string_view name);
// all names, separated by ", "
const char * score_names();

} // namespace bonsai
