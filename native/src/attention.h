// The graph side of the bounded cache: its inputs (row numbers and one mask per distinct budget) and a layer's attention.
#pragma once

#include "memory_context.h"

#include "llama-graph.h"

namespace bonsai {

// Takes the place of llm_graph_input_attn_kv, so that upstream's model code needs no change. Upstream's fields stay null.
class attention_input final : public llm_graph_input_attn_kv {
public:
    attention_input(const llm_graph_context & graph, const memory_context * context);

    void set_input(const llama_ubatch * ubatch) override;
    bool can_reuse(const llm_graph_params & params) override;

    const memory_context * context;
    ggml_tensor * rows;                // I64 [n_tokens] staging rows the new keys and values go to
    std::vector<ggml_tensor *> masks;  // per mask: F16 or F32 [n_kv, n_tokens]

private:
    template <typename T> void fill_mask(ggml_tensor * mask, uint32_t n_resident, T visible, T hidden) const;
};

} // namespace bonsai
