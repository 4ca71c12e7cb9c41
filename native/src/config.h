// What a person or the sidecar asks of the next context's cache, and whether that makes sense.
#pragma once

#include "policy/policy.h"

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

    // Empty: valid; otherwise what is wrong and what would be right.
    std::string complaint() const;

    // of the nth layer with full attention
    uint32_t budget(size_t nth_layer) const { return budgets.size() == 1 ? budgets[0] : budgets[nth_layer]; }
    lane_shape shape(size_t nth_layer) const;
};

// The least resident rows a layer needs: sinks, and as many again for a tree and a window worth the name.
constexpr uint32_t min_resident = 32;

} // namespace bonsai
