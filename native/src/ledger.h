// Which token of a sequence lies in which row of which layer, and what a compaction has to move. Pure bookkeeping
// without ggml, so that it can be tested without a model.
//
// Every layer's K and V have S + C rows per KV head: [staging 0 .. S) [resident S .. S + C). Tokens are appended to
// staging; when it is full a compaction merges it into the resident part and the policy names what leaves, so decoding
// reuses one graph for S tokens. While nothing has been evicted yet, all S + C rows are one staging area: the rows lie as
// in llama.cpp's own cache, results are the same to the bit, and no compaction is paid.
//
// Layers with a sliding window hold the window and no more, whatever the policy and the budgets: the oldest leaves. Their
// rows are a ring over which staging wraps, so that a window shorter than a budget costs no compaction of its own.
#pragma once

#include "merging.h"
#include "policy/policy.h"
#include "score/score.h"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace bonsai {

struct entry {
    int32_t  pos; // logical position of the token; -1: removed (staging only)
    int32_t  row; // [0, S) staging, [S, S + C) resident
    int32_t  rot; // position its key is rotated to
    float    prior  = 1.0f; // the caller's weight
    uint32_t pinned = 0;
    // attention received so far, as of the last compaction (score.h)
    float    sum  = 0.0f;
    uint32_t seen = 0;
    float    last = 0.0f;
    float    norm = 0.0f; // L2 norm of the key, where a score looks at keys
    uint32_t mass = 1; // tokens it stands for: itself and what was merged into it
};

// The caller's opinion of a token that is still to come.
struct hint {
    float prior  = 1.0f;
    bool  pinned = false;
};

// What the device gathered about one group since its last compaction: [n_lanes][n_rows], by row; empty: not gathered.
struct group_signals {
    size_t n_rows = 0;
    std::vector<float> sum, last, novelty, norm;
    std::vector<float> anchor; // [n_lanes][n_embd_head] of novelty, with the keys of staging; for signals::taken
};

// One eviction set: a KV head, or all heads of a layer where they evict alike.
struct lane {
    std::vector<entry> order; // resident entries by time
    lane_state         state;
};

// Layers that evict alike share a group, groups of equal capacity share an attention mask.
struct group_layout {
    lane_shape shape;
    uint32_t   n_lanes = 1;
    uint32_t   mask    = 0;
    uint32_t   weight  = 0; // KV heads, over all its layers, that one lane stands for; 0 for windows: what leaves is not missed
    uint32_t   window  = 0; // tokens a sliding window sees, itself included; 0: full attention, under the policy
};

struct ledger_layout {
    const policy *            evict = nullptr;
    const score *             rank_by = nullptr; // what the policy's scores are
    uint32_t                  min_seen = 1;
    uint32_t                  staging = 0;
    std::vector<group_layout> groups;
    uint32_t                  n_masks = 0;
    uint32_t                  least_capacity = 0; // of the groups with full attention
    uint32_t                  window_rows = 0;    // S + C of the layers with a sliding window; 0: there are none
    bool                      merge = false; // who leaves is merged into the heir the policy names
    bool                      stagger = true; // lanes start at different places of the tree, so together they hold more

    // C of every mask.
    std::vector<uint32_t> mask_capacities() const {
        std::vector<uint32_t> capacities(n_masks, 0);
        for (const auto & g : groups) {
            capacities[g.mask] = g.shape.capacity;
        }
        return capacities;
    }
    uint32_t rows(size_t group) const { return staging + groups[group].shape.capacity; }
    // Whether the layers of a mask have a sliding window.
    bool is_window(uint32_t mask) const {
        for (const auto & g : groups) {
            if (g.mask == mask) {
                return g.window > 0;
            }
        }
        return false;
    }
};

// What a compaction moves within one group. Rows are numbered row * n_lanes + lane.
struct group_moves {
    merging merged;             // first: the rows of victims still hold them then
    std::vector<int32_t> from;
    std::vector<int64_t> to;
    std::vector<int32_t> delta; // [n_resident * n_lanes] extra rotation of every resident key; empty: none
};

class ledger {
public:
    explicit ledger(std::shared_ptr<const ledger_layout> layout);

    void clear();

    // Appends n tokens to staging; the caller has made room. Returns the first staging row.
    // `pos` are logical positions; `rot` is what the graph must rotate by (logical, or rank: see `ranked`).
    // Throws std::length_error, and appends nothing, where there is no room.
    uint32_t append(const int32_t * pos, int32_t * rot, uint32_t n);
    // The appended tokens have been computed.
    void settle() { n_inflight = 0; }
    bool unsettled() const { return n_inflight > 0; }

    bool must_compact(uint32_t n_new) const { return dirty || staged.size() + n_new > n_staging(); }
    // Whether n_new more tokens fit although the policy never evicts.
    bool fits(const std::vector<uint32_t> & ubatches) const;
    // Merges staging into the residents, evicts, closes holes, and says per group what must be moved. `gathered` has one
    // element per group, or none where no score needs any.
    std::vector<group_moves> compact(const std::vector<group_signals> & gathered);

    // The caller's hints for tokens that will be appended at positions first, first + 1, ... They are this sequence's: a
    // copy has none, and none outlives the removal of the tail it was meant for.
    void expect(int32_t first, const std::vector<hint> & hints);
    // The tokens that were announced will not come.
    void expect_nothing() { hints.clear(); }
    // Of the n tokens appended last, every stride-th counted from the newest, n_samples of them, had its attention
    // gathered: whatever they saw has been seen that much more often.
    void sampled(uint32_t n, uint32_t n_samples, uint32_t stride);
    // After `staged` was read from a state.
    void recount_holes();
    // Capacities changed; every lane must be compacted before the next token. Of a ledger that holds tokens.
    void adopt(std::shared_ptr<const ledger_layout> layout);

    // Removes positions [p0, p1); -1 stands for the start and the end. Exact from exact_tail() on; further back what
    // was evicted stays evicted.
    void remove(int32_t p0, int32_t p1);
    // Adds delta to the positions [p0, p1). What would come to lie before 0 is removed, as llama.cpp's own cache does.
    void shift(int32_t p0, int32_t p1, int32_t delta);
    // Keys keep being rotated by logical position (false) or from the next compaction on by rank in the cache.
    void set_ranked(bool value);

    // First position from which a tail can be removed exactly.
    int32_t exact_tail() const;
    // Rows of a mask's layers that attention has to look at: what is staged and the residents, padded to 256.
    uint32_t n_kv(uint32_t mask) const;
    uint32_t n_resident(uint32_t mask) const;
    // Entries of a group's lane: residents and the living part of staging.
    uint32_t n_kept(uint32_t group) const;
    // Pinned entries, averaged over all lanes.
    uint32_t n_pinned() const;
    // Adds to held[i] the share of tokens in [starts[i], starts[i + 1]) the group still holds, averaged over its lanes.
    void held(uint32_t group, const int32_t * starts, uint32_t n, float * out) const;

    bool staging_alive(uint32_t row) const { return staged[row].pos >= 0; }
    // Staging rows before this one are gone from the group's layers: a window has moved past them.
    uint32_t first_staged(uint32_t group) const { return layout->groups[group].window ? slid : 0; }
    int32_t last() const { return p_max; }
    bool is_ranked() const { return ranked; }
    // entries of a layer's KV head, summed over layers and KV heads
    uint64_t n_evicted() const { return evicted; }
    uint64_t n_compactions() const { return compactions; }
    // Rank of the first staging row: every group's residents end just before it.
    int32_t rank_base() const;

    // Rows that can be appended to before a compaction
    uint32_t n_staging() const { return layout->staging + (rank_base() == 0 ? layout->least_capacity : 0); }

    std::vector<entry>             staged; // staging rows 0 .. size - 1; `seen` counts queries since they were appended
    std::vector<std::vector<lane>> lanes;  // [group][lane]
    int32_t  p_max       = -1;             // logical: independent of which entries survived
    bool     ranked      = false;
    uint64_t evicted     = 0;
    uint64_t compactions = 0;
    bool     dirty       = false;          // a removal left holes, or keys are rotated to stale positions
    uint64_t holes       = 0;              // names the set of removed staging rows, for who keeps a mask over them; 0: none
    uint32_t resident_seen = 0;            // sampled queries since the last compaction: all residents have seen them
    uint32_t slid        = 0;              // staging rows that the windows' rings have overwritten
    bool     lost        = false;          // rows and ledger may disagree: a compaction or a restoration broke off. Until clear()

private:
    size_t n_resident_full() const; // of the groups with full attention
    void agree(std::vector<size_t> & common, std::vector<std::vector<std::vector<bequest>>> & left);
    group_moves place(size_t group, int32_t base);

    std::shared_ptr<const ledger_layout> layout;
    std::unordered_map<int32_t, hint>    hints; // by position
    uint32_t n_inflight    = 0;            // appended tokens whose graph has not finished
    int32_t  p_max_settled = -1;           // p_max before they were appended
};

} // namespace bonsai
