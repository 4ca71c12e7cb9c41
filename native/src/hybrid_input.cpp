// Graph inputs of models with recurrent layers: those of the bounded cache and upstream's for the states, under upstream's
// class for both, so that its model code needs no change.
#include "attention.h"
#include "hooks.h"
#include "hybrid.h"

namespace bonsai {

namespace {

std::unique_ptr<llm_graph_input_rs> make_state_input(const llm_graph_context & graph, const llama_memory_recurrent_context * states) {
    auto input = std::make_unique<llm_graph_input_rs>(states);
    const int64_t n_states = states->get_n_rs();
    const int64_t n_seqs   = graph.ubatch.n_seqs;
    input->s_copy = ggml_new_tensor_1d(graph.ctx0, GGML_TYPE_I32, n_states); // where each state comes from
    ggml_set_input(input->s_copy);
    ggml_set_name(input->s_copy, "bonsai_states");
    // [n_seqs], [n_states - n_seqs]
    input->s_copy_main  = ggml_view_1d(graph.ctx0, input->s_copy, n_seqs, 0);
    input->s_copy_extra = ggml_view_1d(graph.ctx0, input->s_copy, n_states - n_seqs, n_seqs * input->s_copy->nb[0]);
    input->head = states->get_head();
    input->rs_z = states->get_rs_z();
    return input;
}

template <typename upstream, typename upstream_attn> class hybrid_input final : public upstream {
public:
    hybrid_input(const llm_graph_context & graph, const hybrid_context * context)
        : upstream(graph.cparams, std::make_unique<input_instead_of<upstream_attn>>(graph, context->get_attn()),
                   make_state_input(graph, context->get_recr()), nullptr) {}

    void set_input(const llama_ubatch * ubatch) override {
        this->inp_attn->set_input(ubatch);
        this->inp_rs->set_input(ubatch);
    }

    bool can_reuse(const llm_graph_params & params) override {
        const auto * next = dynamic_cast<const hybrid_context *>(params.mctx);
        if (!next) {
            return false;
        }
        auto & states = *this->inp_rs;
        states.mctx = next->get_recr();
        const int64_t n_states = states.mctx->get_n_rs();
        return static_cast<input_instead_of<upstream_attn> &>(*this->inp_attn).attention_input::can_reuse(params, next->get_attn()) &&
               states.s_copy->ne[0] == n_states && states.s_copy_main->ne[0] == int64_t(params.ubatch.n_seqs) &&
               states.head == states.mctx->get_head() && states.rs_z == states.mctx->get_rs_z();
    }
};

template <typename upstream, typename upstream_attn> upstream * build_input(const llm_graph_context & graph) {
    const auto * context = dynamic_cast<const hybrid_context *>(graph.mctx);
    if (!context) {
        return nullptr;
    }
    auto input = std::make_unique<hybrid_input<upstream, upstream_attn>>(graph, context);
    auto * borrowed = input.get();
    graph.res->add_input(std::move(input));
    return borrowed;
}

} // namespace

llm_graph_input_mem_hybrid * build_inp_mem_hybrid(const llm_graph_context & graph) {
    return build_input<llm_graph_input_mem_hybrid, llm_graph_input_attn_kv>(graph);
}

llm_graph_input_mem_hybrid_k * build_inp_mem_hybrid_k(const llm_graph_context & graph) {
    return build_input<llm_graph_input_mem_hybrid_k, llm_graph_input_attn_k>(graph);
}

} // namespace bonsai
