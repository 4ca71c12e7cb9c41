// KVzip's importance of an entry (arXiv 2505.23416, section 3.2): the largest attention weight that any query gives it, here
// while the model repeats a text that lies in the cache. Gathered on the device for every query of one sequence, because
// flash attention exposes no weights. Costs a second Q K^T, so it is on only while a text is measured.
#pragma once

#include "device_tensors.h"

#include "llama-graph.h"

#include <cstdint>
#include <vector>

namespace bonsai {

class memory;
struct cache_layer;

class peak_weights {
public:
    explicit peak_weights(memory & mem) : mem(mem) {}

    // From nothing, for the queries of one sequence from now on. Throws std::runtime_error without room on the device; off then.
    void start(uint32_t sequence);
    void stop();
    bool on(uint32_t sequence) const { return !largest.empty() && watched == sequence; }

    // Adds the attention of one layer's queries to the graph.
    // q [n_embd_head, n_head, n_tokens], k [n_embd_head, n_head_kv, n_kv], mask [n_kv, n_tokens]
    void gather(const llm_graph_context & graph, const cache_layer & layer, ggml_tensor * q, ggml_tensor * k, ggml_tensor * mask,
                ggml_tensor * sinks, float kq_scale) const;

    // Of the cache rows [first, first + n) of the nth layer, row-major [n_head_kv, n]: 0 to 1; empty: the layer has a sliding
    // window, or not so many rows. Waits for nothing.
    std::vector<float> of(size_t nth, uint32_t first, uint32_t n) const;

private:
    memory & mem;
    uint32_t watched = 0;
    std::vector<ggml_tensor *> largest; // per layer with a cache: F32 [S + C, n_head_kv], null with a sliding window
    device_tensors room;                // what they lie in
};

} // namespace bonsai
