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

    // Of the sampled queries, without gaps: F16 or F32 [n_kv, n_samples].
    ggml_tensor * sample_mask(ggml_context * ctx, size_t mask);

    const memory_context * context;
    sampling sample;
    ggml_tensor * rows;                // I64 [n_tokens] staging rows the new keys and values go to
    std::vector<ggml_tensor *> masks;  // per mask: F16 or F32 [n_kv, n_tokens]

private:
    // What a mask shows depends on nothing else, so that it is uploaded only when one of these changes.
    struct shown {
        uint32_t sequence = UINT32_MAX, first_row = 0, n_resident = 0;
        uint64_t holes = 0; // see ledger::holes
        bool operator==(const shown & o) const {
            return sequence == o.sequence && first_row == o.first_row && n_resident == o.n_resident && holes == o.holes;
        }
    };
    template <typename T> void fill_mask(ggml_tensor * mask, uint32_t n_resident, T visible, T hidden) const;

    uint64_t generation;
    std::vector<shown> uploaded; // per mask
    std::vector<ggml_tensor *> sample_masks; // per mask, built when first asked for
};

} // namespace bonsai
