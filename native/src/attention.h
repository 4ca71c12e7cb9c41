// The graph side of the bounded cache: its inputs (row numbers and one mask per distinct budget or window) and a layer's
// attention.
#pragma once

#include "memory_context.h"

#include "llama-graph.h"

namespace bonsai {

class attention_input {
public:
    attention_input(const llm_graph_context & graph, const memory_context * context);

    void set_input(const llama_ubatch * ubatch);
    bool can_reuse(const llm_graph_params & params, const memory_context * next);

    // Of the sampled queries, without gaps: F16 or F32 [n_kv, n_samples].
    ggml_tensor * sample_mask(ggml_context * ctx, size_t mask);

    const memory_context * context; // of the ubatch that is computed next
    sampling sample;
    ggml_tensor * rows;                // I64 [n_tokens] staging rows the new keys and values go to
    ggml_tensor * window_rows;         // I64 [n_tokens] the same in layers with a sliding window, or null
    std::vector<ggml_tensor *> masks;  // per mask: F16 or F32 [n_kv, n_tokens]

private:
    // What a mask over full attention shows depends on nothing else, so that it is uploaded only when one of these changes.
    struct shown {
        uint32_t sequence = UINT32_MAX, first_row = 0, n_resident = 0;
        uint64_t holes = 0; // see ledger::holes
        bool operator==(const shown & o) const {
            return sequence == o.sequence && first_row == o.first_row && n_resident == o.n_resident && holes == o.holes;
        }
    };
    template <typename T> void fill_mask(ggml_tensor * mask, uint32_t number, T visible, T hidden) const;

    // What the graph was built for.
    const memory * mem;
    uint32_t sequence;
    uint64_t generation;
    std::vector<shown> uploaded; // per mask
    std::vector<ggml_tensor *> sample_masks; // per mask, built when first asked for
};

// Takes the place of one of upstream's input classes, so that its model code needs no change. Upstream's fields stay null.
template <typename upstream> class input_instead_of final : public upstream, public attention_input {
public:
    input_instead_of(const llm_graph_context & graph, const memory_context * context)
        : upstream(graph.hparams, graph.cparams, nullptr), attention_input(graph, context) {}

    void set_input(const llama_ubatch * ubatch) override { attention_input::set_input(ubatch); }
    bool can_reuse(const llm_graph_params & params) override {
        return attention_input::can_reuse(params, dynamic_cast<const memory_context *>(params.mctx));
    }
};

} // namespace bonsai
