// Everything that upstream code needs to know about Bonsai: a few functions, called from hooks.patch. Those that make
// something return nullptr where no bounded cache was asked for or none can be had, and llama.cpp's own code goes on as if it
// were not there.
#pragma once

#include "llama-graph.h"
#include "llama-memory.h"

struct llama_model;
struct llama_cparams;

namespace bonsai {

// A bounded cache for the context being created, or nullptr: none was asked for, or this model cannot have one
// (the reason is kept for bonsai_api::create). Called from llama_model::create_memory.
// Throws std::runtime_error when the device has no room for K and V.
llama_memory_i * create_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams);

// The same for models that have recurrent layers too; the filters name either kind, or are null for what hparams say.
llama_memory_i * create_hybrid_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams,
                                      const llama_memory_i::layer_filter_cb & filter_attn,
                                      const llama_memory_i::layer_filter_cb & filter_recr);

// Graph inputs for a bounded cache; called from the functions of llm_graph_context that are named alike.
llm_graph_input_attn_kv      * build_attn_inp_kv     (const llm_graph_context & graph);
llm_graph_input_attn_kv_iswa * build_attn_inp_kv_iswa(const llm_graph_context & graph);
llm_graph_input_attn_k       * build_attn_inp_k      (const llm_graph_context & graph);
llm_graph_input_mem_hybrid   * build_inp_mem_hybrid  (const llm_graph_context & graph);
llm_graph_input_mem_hybrid_k * build_inp_mem_hybrid_k(const llm_graph_context & graph);

// Attention of one layer over a bounded cache; called from llm_graph_context::build_attn for each of these inputs.
// q [n_embd_head, n_head, n_tokens], k and v [n_embd_head, n_head_kv, n_tokens] -> [n_embd, n_tokens]
// v_mla: for latent attention, where v is the head of k, what makes values of it; else null
ggml_tensor * build_attn(
        const llm_graph_context & graph, llm_graph_input_i * inp,
        ggml_tensor * wo, ggml_tensor * wo_b, ggml_tensor * wo_s,
        ggml_tensor * q, ggml_tensor * k, ggml_tensor * v,
        ggml_tensor * kq_b, ggml_tensor * sinks, ggml_tensor * v_mla, float kq_scale, int il);

// Looks at a tensor that upstream names while it builds a graph; called from llm_graph_context::cb.
void observe(const llm_graph_context & graph, ggml_tensor * cur, const char * name, int il);

} // namespace bonsai
