#include "measure.h"
#include "hooks.h"
#include "hybrid.h"
#include "memory_context.h"

#include <cmath>
#include <cstring>

namespace bonsai {

namespace {

// Whether `t` was made from `origin` by at most a few operations on one input (a norm, a scale, a choice of rows).
bool made_from(const ggml_tensor * t, const ggml_tensor * origin) {
    for (int hop = 0; t && hop < 6; ++hop, t = t->src[0]) {
        if (t == origin) {
            return true;
        }
    }
    return false;
}

// `t` for all tokens, where rows were chosen on its way from `origin`; null: they were not, or what came after is unknown.
ggml_tensor * of_all_rows(ggml_context * ctx, ggml_tensor * t, const ggml_tensor * origin) {
    if (t == origin || t->op == GGML_OP_GET_ROWS) {
        return t == origin ? nullptr : t->src[0];
    }
    ggml_tensor * all = of_all_rows(ctx, t->src[0], origin);
    float params[2];
    memcpy(params, t->op_params, sizeof params);
    switch (all ? t->op : GGML_OP_NONE) {
        case GGML_OP_RMS_NORM: return ggml_rms_norm(ctx, all, params[0]);
        case GGML_OP_MUL:      return ggml_mul(ctx, all, t->src[1]);
        case GGML_OP_SCALE:    return ggml_scale_bias(ctx, all, params[0], params[1]);
        default:               return nullptr;
    }
}

} // namespace

void cosines::start() {
    stop();
    device_tensors theirs(mem.layers.size());
    std::vector<ggml_tensor *> made;
    for (const auto & layer : mem.layers) {
        made.push_back(ggml_new_tensor_1d(theirs.on(layer.buft), GGML_TYPE_F32, 1));
    }
    theirs.allocate("to measure layers");
    std::swap(room, theirs);
    sums = std::move(made);
    outputs.assign(sums.size(), nullptr);
    seen.assign(sums.size(), 0);
}

void cosines::stop() {
    sums.clear();
    device_tensors none;
    std::swap(room, none);
    n_tokens = 0;
}

void cosines::attention_output(int il, const ggml_tensor * output) {
    if (on()) {
        outputs[size_t(mem.layer_of[size_t(il)])] = output;
    }
}

void cosines::observe(const llm_graph_context & graph, ggml_tensor * cur, int il) {
    const int32_t nth = on() && size_t(il) < mem.layer_of.size() ? mem.layer_of[size_t(il)] : -1;
    if (nth < 0 || cur->op != GGML_OP_ADD || !outputs[size_t(nth)]) {
        return;
    }
    const bool first = made_from(cur->src[0], outputs[size_t(nth)]);
    ggml_tensor * attention = cur->src[first ? 0 : 1];
    ggml_tensor * before    = cur->src[first ? 1 : 0]; // [n_embd, n_tokens]
    if (!made_from(attention, outputs[size_t(nth)])) {
        return;
    }
    ggml_context * ctx = graph.ctx0;
    ggml_tensor * after = cur;
    // the last layer goes on with the rows whose output was asked for; all were computed
    ggml_tensor * all = of_all_rows(ctx, attention, outputs[size_t(nth)]); // [n_embd, n_tokens]
    if (all && before->op == GGML_OP_GET_ROWS) {
        before = before->src[0];
        after  = ggml_add(ctx, all, before);
    }
    if (before->ne[1] != graph.n_tokens) {
        return;
    }
    auto dot = [&](ggml_tensor * a, ggml_tensor * b) { return ggml_sum_rows(ctx, ggml_mul(ctx, a, b)); }; // [1, n_tokens]
    ggml_tensor * lengths = ggml_sqrt(ctx, ggml_scale_bias(ctx, ggml_mul(ctx, dot(before, before), dot(after, after)), 1.0f, 1e-20f));
    ggml_tensor * cosine  = ggml_div(ctx, dot(before, after), lengths); // [1, n_tokens]
    ggml_tensor * sum     = ggml_sum_rows(ctx, ggml_reshape_1d(ctx, cosine, graph.n_tokens)); // [1]
    ggml_build_forward_expand(graph.gf, ggml_add_inplace(ctx, sums[size_t(nth)], sum));
    seen[size_t(nth)] = 1;
}

std::vector<float> cosines::means() const {
    std::vector<float> out(mem.layers.size(), NAN);
    for (size_t i = 0; i < sums.size(); ++i) {
        if (seen[i] && n_tokens > 0) {
            float sum = 0.0f;
            ggml_backend_tensor_get(sums[i], &sum, 0, sizeof sum);
            out[i] = sum / float(n_tokens);
        }
    }
    return out;
}

void observe(const llm_graph_context & graph, ggml_tensor * cur, const char * name, int il) {
    // what upstream calls the sum; "sa_out" in Gemma 1 to 3
    if (il < 0 || (strcmp(name, "ffn_inp") != 0 && strcmp(name, "sa_out") != 0)) {
        return;
    }
    const auto * context = dynamic_cast<const memory_context *>(graph.mctx);
    if (const auto * hybrid = dynamic_cast<const hybrid_context *>(graph.mctx)) {
        context = hybrid->get_attn();
    }
    if (context) {
        context->mem->residual.observe(graph, cur, il);
    }
}

} // namespace bonsai
