// Decides whether a model can have a bounded cache. A family that is not supported declines loudly and early: at a
// million positions llama.cpp's own cache would take all memory, and a wrong answer would be worse than none.
#include "hooks.h"
#include "memory.h"
#include "registry.h"

#include "llama-cparams.h"
#include "llama-impl.h"
#include "llama-model.h"

#include <algorithm>
#include <iterator>

namespace bonsai {

static std::string reason_against(const llama_model & model, const llama_memory_params & params) {
    const auto & hparams = model.hparams;
    if (params.ctx_type != LLAMA_CONTEXT_TYPE_DEFAULT || params.mem_other) {
        return "this kind of context shares another one's cache";
    }
    if (llama_model_has_encoder(&model)) {
        return "models with an encoder are not supported yet";
    }
    if (hparams.is_mla()) {
        return "multi-head latent attention (DeepSeek family) is not supported yet";
    }
    if (hparams.swa_type == LLAMA_SWA_TYPE_SYMMETRIC) {
        return "windows that look ahead are not supported";
    }
    if (hparams.use_alibi) {
        return "ALiBi positions are not supported yet";
    }
    if (hparams.rope_type == LLAMA_ROPE_TYPE_MROPE || hparams.rope_type == LLAMA_ROPE_TYPE_IMROPE || hparams.rope_type == LLAMA_ROPE_TYPE_VISION) {
        return "multi-dimensional positions (vision models) cannot be shifted";
    }
    for (uint32_t il = 0; il < hparams.n_layer(); ++il) {
        if (!hparams.has_kv(il)) {
            return "layers that share another layer's keys and values are not supported yet";
        }
    }
    // those that every backend can write rows of
    const ggml_type types[] = { GGML_TYPE_F16, GGML_TYPE_BF16, GGML_TYPE_F32, GGML_TYPE_Q8_0, GGML_TYPE_Q5_1, GGML_TYPE_Q5_0, GGML_TYPE_Q4_1, GGML_TYPE_Q4_0 };
    for (ggml_type type : { params.type_k, params.type_v }) {
        if (std::find(std::begin(types), std::end(types), type) == std::end(types)) {
            return std::string("the cache type ") + ggml_type_name(type) + " is not supported; use f16, q8_0, q5_1 or q4_0";
        }
    }
    return "";
}

llama_memory_i * create_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams) {
    const auto cfg = registry::configured();
    if (!cfg) {
        return nullptr;
    }
    const std::string why = reason_against(model, params);
    if (!why.empty()) {
        LLAMA_LOG_WARN("bonsai: %s; llama.cpp's own cache is used\n", why.c_str());
        registry::decline(why);
        return nullptr;
    }
    return new memory(model, params, cparams, *cfg);
}

} // namespace bonsai
