// SqueezeAttention's layer importance (arXiv 2404.04793, section 3.1): the mean over tokens of the cosine between the
// residual stream before a layer's attention and after its output was added back, summed up on the device while a prompt
// is read. High: attention changed little, the layer matters less.
#pragma once

#include "device_tensors.h"

#include "llama-graph.h"

#include <cstdint>
#include <vector>

namespace bonsai {

class memory;

class cosines {
public:
    explicit cosines(memory & mem) : mem(mem) {}

    // From nothing. Throws std::runtime_error without room on the device.
    void start();
    void stop();
    bool on() const { return !sums.empty(); }

    // Where a layer's attention output enters the graph: tells it from the residual in the sum that follows.
    void attention_output(int il, const ggml_tensor * output);
    // `cur` [n_embd, n_tokens] is the sum of both, upstream's "ffn_inp" or "sa_out". Adds this ubatch's cosines to the graph.
    void observe(const llm_graph_context & graph, ggml_tensor * cur, int il);
    // A ubatch of n tokens was computed.
    void computed(uint32_t n) { n_tokens += on() ? n : 0; }

    uint64_t tokens() const { return n_tokens; }
    // Per layer with a cache; NaN: nothing measured (a model whose graph does not name the sum).
    std::vector<float> means() const;

private:
    memory & mem;
    uint64_t n_tokens = 0;
    std::vector<ggml_tensor *>       sums;    // per layer with a cache: F32 [1]
    std::vector<const ggml_tensor *> outputs; // per layer with a cache, of the graph being built
    std::vector<uint8_t>             seen;    // per layer with a cache
    device_tensors room;                      // what the sums lie in
};

} // namespace bonsai
