#include "weights.h"

#include "llama-hparams.h"

namespace bonsai {

ggml_tensor * attention_weights(const llm_graph_context & graph, ggml_tensor * q, ggml_tensor * k, ggml_tensor * mask, ggml_tensor * sinks,
                                float kq_scale) {
    ggml_context * ctx = graph.ctx0;
    const auto & hp = graph.hparams;
    ggml_tensor * kq = ggml_mul_mat(ctx, ggml_permute(ctx, k, 0, 2, 1, 3), ggml_permute(ctx, q, 0, 2, 1, 3)); // [n_kv, n, n_head]
    ggml_prec_set_acc(kq, GGML_PREC_F32);
    if (hp.attn_soft_cap) {
        kq = ggml_scale(ctx, ggml_tanh(ctx, ggml_scale(ctx, kq, 1.0f / hp.f_attn_logit_softcapping)), hp.f_attn_logit_softcapping);
    }
    kq = ggml_soft_max_ext(ctx, kq, mask, kq_scale, 0.0f);
    ggml_soft_max_add_sinks(kq, sinks);
    return kq;
}

ggml_tensor * flip(ggml_context * ctx, ggml_tensor * t) {
    return ggml_cont(ctx, ggml_permute(ctx, t, 1, 0, 2, 3));
}

ggml_tensor * larger(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b) {
    return ggml_add(ctx, a, ggml_relu(ctx, ggml_sub(ctx, b, a)));
}

} // namespace bonsai
