// Decides whether a model can have a bounded cache. A family that is not supported declines loudly and early: at a
// million positions llama.cpp's own cache would take all memory, and a wrong answer would be worse than none.
#include "hooks.h"
#include "hybrid.h"
#include "layout.h"
#include "memory.h"
#include "registry.h"

#include "llama-cparams.h"
#include "llama-impl.h"
#include "llama-model.h"

#include <algorithm>
#include <iterator>

namespace bonsai {

// Whether positions with several dimensions rotate text, where all but the last are equal, as plain ones do: no pair of
// channels may take its angle from the last.
static bool rotates_text_plainly(const llama_hparams & hparams) {
    const auto & sections = hparams.rope_sections;
    if (hparams.rope_type == LLAMA_ROPE_TYPE_MROPE) {
        return sections[3] == 0;
    }
    for (int pair = 0; hparams.rope_type == LLAMA_ROPE_TYPE_IMROPE && pair < int(hparams.n_rot() / 2); ++pair) {
        if (pair >= 3 * sections[pair % 3]) { // ggml_mrope_cache_init
            return false;
        }
    }
    return true;
}

static std::string reason_against(const llama_model & model, const llama_memory_params & params) {
    const auto & hparams = model.hparams;
    if (params.ctx_type != LLAMA_CONTEXT_TYPE_DEFAULT || params.mem_other) {
        return "this kind of context shares another one's cache";
    }
    if (llama_model_has_encoder(&model)) {
        return "models with an encoder are not supported yet";
    }
    if (hparams.swa_type == LLAMA_SWA_TYPE_SYMMETRIC) {
        return "windows that look ahead are not supported";
    }
    if (hparams.use_alibi) {
        return "ALiBi positions are not supported yet";
    }
    if (hparams.rope_type == LLAMA_ROPE_TYPE_VISION || !rotates_text_plainly(hparams)) {
        return "multi-dimensional positions of this kind cannot be shifted";
    }
    for (uint32_t il = 0; il < hparams.n_layer(); ++il) {
        const bool shares = !hparams.has_kv(il);
        if (shares && model.arch != LLM_ARCH_GEMMA3N && model.arch != LLM_ARCH_GEMMA4) {
            return "layers that share another layer's keys and values are not supported in this family";
        }
        if (shares && (shared_layer(hparams, il) < 0 || hparams.is_swa(uint32_t(shared_layer(hparams, il))) != hparams.is_swa(il))) {
            return "a layer shares the keys and values of one with another kind of attention";
        }
    }
    // those that every backend can write rows of
    const ggml_type types[] = {
        GGML_TYPE_F16,  GGML_TYPE_BF16, GGML_TYPE_F32,  GGML_TYPE_Q8_0,
        GGML_TYPE_Q5_1, GGML_TYPE_Q5_0, GGML_TYPE_Q4_1, GGML_TYPE_Q4_0,
    };
    for (ggml_type type : { params.type_k, params.type_v }) {
        if (std::find(std::begin(types), std::end(types), type) == std::end(types)) {
            return std::string("the cache type ") + ggml_type_name(type) + " is not supported; use f16, q8_0, q5_1 or q4_0";
        }
    }
    if (hparams.is_mla() && ggml_is_quantized(params.type_k)) {
        return "quantised latent attention is not supported; use f16";
    }
    return "";
}

static std::string reason_against_hybrid(const llama_model & model, const llama_cparams & cparams) {
    if (model.arch == LLM_ARCH_LFM2 || model.arch == LLM_ARCH_LFM2MOE) {
        return "the short convolutions of LFM2 reach into llama.cpp's own cache";
    }
    if (model.arch == LLM_ARCH_QWEN4EXP) {
        return "sparse attention over an index is not supported";
    }
    if (model.hparams.swa_type != LLAMA_SWA_TYPE_NONE) {
        return "sliding windows beside recurrent layers are not supported";
    }
    if (cparams.n_rs_seq > 0) {
        return "recurrent states that can be rolled back (speculative decoding) are not supported";
    }
    return "";
}

// What was asked of the context being created, if nothing speaks against it.
static std::optional<config> applicable(const std::string & why) {
    creation * now = creation::current();
    if (!now || !now->asked) {
        return std::nullopt;
    }
    if (why.empty()) {
        return now->asked;
    }
    LLAMA_LOG_WARN("bonsai: %s; llama.cpp's own cache is used\n", why.c_str());
    now->notice = why;
    return std::nullopt;
}

llama_memory_i * create_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams) {
    const auto cfg = applicable(reason_against(model, params));
    return cfg ? new memory(model, params, cparams, *cfg) : nullptr;
}

llama_memory_i * create_hybrid_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams,
                                      const llama_memory_i::layer_filter_cb & filter_attn,
                                      const llama_memory_i::layer_filter_cb & filter_recr) {
    const std::string why = reason_against_hybrid(model, cparams);
    const auto cfg = applicable(why.empty() ? reason_against(model, params) : why);
    return cfg ? new hybrid_memory(model, params, cparams, *cfg, filter_attn, filter_recr) : nullptr;
}

} // namespace bonsai
