// What a person or the sidecar asks of a context's cache, and whether that makes sense.
#pragma once

#include "policy/policy.h"
#include "score/score.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bonsai {

enum class position_mode : uint32_t {
    original, // keys keep the rotation of their logical position
    rank,     // keys are rotated by rank in the cache, as StreamingLLM and TreeKV do
    automatic // original inside the trained window, rank beyond it
};

struct config {
    const policy *        evict = nullptr;
    position_mode         positions = position_mode::automatic;
    std::vector<uint32_t> budgets;          // KV entries per KV head, staging included: one, or one per layer with full attention
    uint32_t              staging = 256;    // rows appended to before a compaction
    uint32_t              sinks = 4;
    float                 recent_share = 0.5f; // of the resident rows under `tree`; the paper's 512 of 1024
    uint32_t              block = 1;           // tokens that stay or leave together under `tree`
    bool                  stagger = true;
    const score *         rank_by = nullptr;     // what decides a pair under `tree` and `hybrid`; other policies bring their own
    float                 outlier_share = 0.5f;  // of what lies between sinks and recent window, under `hybrid`
    uint32_t              samples = 8;           // queries of a chunk whose attention is gathered
    uint32_t              min_seen = 1;          // sampled queries that must have seen an entry before its score counts
    bool                  gqa_max = false;       // query heads of one KV head: the largest weight instead of the mean
    bool                  merge = false;         // who leaves is merged into the heir the policy names, if it names one

    // Empty: valid; otherwise what is wrong and what would be right.
    std::string complaint() const;
    // The same for a model with this many layers of full attention.
    std::string mismatch(size_t n_layers) const;

    // What the device has to gather, as bits of score.h's `signal`.
    uint32_t signals() const;

    // of the nth layer with full attention
    uint32_t budget(size_t nth_layer) const { return budgets.size() == 1 ? budgets[0] : budgets[nth_layer]; }
    lane_shape shape(size_t nth_layer) const;
};

// The least resident rows a layer needs: sinks, and as many again for a tree and a window worth the name.
constexpr uint32_t min_resident = 32;

} // namespace bonsai
