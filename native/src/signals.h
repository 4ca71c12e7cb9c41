// What the device gathers for the scores. Attention: an extra softmax(Q K^T) for a few sampled queries of a chunk, because
// flash attention exposes no weights; it adds up on the device and is read at the next compaction, so no token waits for
// the host. Keys: their novelty and norm, computed from the cache at a compaction.
#pragma once

#include "device_tensors.h"
#include "ledger.h"
#include "side_scheduler.h"

#include "llama-graph.h"

#include <vector>

namespace bonsai {

class memory;
struct cache_layer;

// Which queries of a ubatch are sampled: the newest, the one `stride` before it, and so on.
struct sampling {
    uint32_t n = 0; // 0: none
    uint32_t stride = 1;
    bool operator==(const sampling & o) const { return n == o.n && stride == o.stride; }
};

class signals {
public:
    signals(memory & mem, side_scheduler & side) : mem(mem), side(side) {}

    // Tensors for every layer and sequence, in place of those there were; anchors are kept. Throws std::runtime_error without
    // room; all is as it was then.
    void allocate(uint32_t wanted);
    uint32_t gathered() const { return wanted; }

    // For a ubatch of n tokens whose first goes to staging row `first`.
    sampling plan(uint32_t first, uint32_t n) const;

    // Adds the sampled queries' attention of one layer to the graph.
    // q [n_embd_head, n_head, n_tokens], k [n_embd_head, n_head_kv, n_kv], mask [n_kv, >= n_samples] contiguous, of the sampled queries
    void gather(const llm_graph_context & graph, const cache_layer & layer, uint32_t sequence, const sampling & sample,
                ggml_tensor * q, ggml_tensor * k, ggml_tensor * mask, ggml_tensor * sinks, float kq_scale) const;

    // Everything gathered since the last compaction, per group; changes nothing. False: the device failed.
    bool collect(uint32_t sequence, std::vector<group_signals> & out);
    // A compaction has taken what was collected: attention starts from zero again, the anchors go on with the keys that left staging.
    void taken(uint32_t sequence, const std::vector<group_signals> & collected) noexcept;
    // Sums without resetting them: [layer][row], averaged over KV heads.
    std::vector<std::vector<float>> peek(uint32_t sequence) const;
    // Staging rows from `first` on are taken back: what they had received goes with them, what residents had received stays;
    // of an empty sequence, everything.
    void forget(uint32_t sequence, size_t first);
    void copy(uint32_t from, uint32_t to);

    struct tensors {
        ggml_tensor * sum = nullptr;  // F32 [S + C, n_head_kv]
        ggml_tensor * last = nullptr; // F32 [S + C, n_head_kv]
        ggml_tensor * anchor = nullptr; // F32 [n_embd_head, n_head_kv] sum of all normalised keys so far
        std::vector<ggml_tensor *> all() const;
    };
    std::vector<std::vector<tensors>> of; // [layer][sequence]

private:
    // What the graph over one layer's keys gives.
    struct key_graph {
        size_t n_rows = 0;
        ggml_tensor * norm = nullptr; // F32 [1, n_head_kv, n_staged]
        ggml_tensor * dots = nullptr; // F32 [n_rows, 1, n_head_kv] products with the anchor's direction
        ggml_tensor * anchor = nullptr; // F32 [n_embd_head, n_head_kv] with the staged keys; null: there are none
    };
    bool collect_keys(uint32_t sequence, std::vector<group_signals> & out);
    void read_keys(uint32_t sequence, size_t nth, const key_graph & g, group_signals & to) const;

    memory & mem;
    side_scheduler & side;
    uint32_t wanted = 0;
    device_tensors room; // what `of` lies in
};

} // namespace bonsai
