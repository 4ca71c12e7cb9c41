#include "peaks.h"
#include "memory.h"

#include "llama-impl.h"

#include <map>
#include <stdexcept>

namespace bonsai {

namespace {

// No backend has a maximum of two tensors: a + relu(b - a).
ggml_tensor * larger(ggml_context * ctx, ggml_tensor * a, ggml_tensor * b) {
    return ggml_add(ctx, a, ggml_relu(ctx, ggml_sub(ctx, b, a)));
}

} // namespace

void peak_weights::start(uint32_t sequence) {
    stop();
    std::map<ggml_backend_buffer_type_t, ggml_context_ptr> contexts;
    std::vector<ggml_tensor *> made;
    for (const auto & layer : mem.layers) {
        auto & ctx = contexts[layer.buft];
        if (!ctx) {
            ctx.reset(ggml_init({ mem.layers.size() * ggml_tensor_overhead(), nullptr, true }));
        }
        made.push_back(mem.layout->groups[layer.group].window ? nullptr
            : ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, layer.k[sequence]->ne[1], mem.hparams.n_head_kv(layer.il)));
    }
    decltype(buffers) theirs;
    for (auto & [buft, ctx] : contexts) {
        if (!ggml_get_first_tensor(ctx.get())) { // windows only
            continue;
        }
        ggml_backend_buffer_ptr buffer(ggml_backend_alloc_ctx_tensors_from_buft(ctx.get(), buft));
        if (!buffer) {
            throw std::runtime_error("bonsai: no room on the device to watch a text being repeated");
        }
        ggml_backend_buffer_clear(buffer.get(), 0);
        theirs.emplace_back(std::move(ctx), std::move(buffer));
    }
    buffers.swap(theirs);
    largest.swap(made);
    watched = sequence;
}

void peak_weights::stop() {
    largest.clear();
    buffers.clear();
}

void peak_weights::gather(const llm_graph_context & graph, const cache_layer & layer, ggml_tensor * q, ggml_tensor * k, ggml_tensor * mask,
                   ggml_tensor * sinks, float kq_scale) const {
    ggml_tensor * to = largest[size_t(&layer - mem.layers.data())];
    ggml_context * ctx = graph.ctx0;
    const auto & hp = graph.hparams;
    const int64_t n_kv = k->ne[2], n_head_kv = k->ne[1], n_head = q->ne[1], n_group = n_head / n_head_kv, n_tokens = q->ne[2];
    ggml_tensor * kq = ggml_mul_mat(ctx, ggml_permute(ctx, k, 0, 2, 1, 3), ggml_permute(ctx, q, 0, 2, 1, 3)); // [n_kv, n_tokens, n_head]
    ggml_prec_set_acc(kq, GGML_PREC_F32);
    if (hp.attn_soft_cap) {
        kq = ggml_scale(ctx, ggml_tanh(ctx, ggml_scale(ctx, kq, 1.0f / hp.f_attn_logit_softcapping)), hp.f_attn_logit_softcapping);
    }
    kq = ggml_soft_max_ext(ctx, kq, mask, kq_scale, 0.0f); // [n_kv, n_tokens, n_head]
    ggml_soft_max_add_sinks(kq, sinks);
    ggml_tensor * by_query = ggml_cont(ctx, ggml_permute(ctx, kq, 1, 0, 2, 3)); // [n_tokens, n_kv, n_head]
    // the largest of each row of queries; every backend has the pool over two dimensions
    ggml_tensor * w = ggml_pool_2d(ctx, by_query, GGML_OP_POOL_MAX, int(n_tokens), 1, int(n_tokens), 1, 0, 0); // [1, n_kv, n_head]
    w = ggml_reshape_3d(ctx, w, n_kv, n_group, n_head_kv); // [n_kv, n_group, n_head_kv]
    auto head = [&](int64_t j) { return ggml_view_3d(ctx, w, n_kv, 1, n_head_kv, w->nb[1], w->nb[2], j * w->nb[1]); };
    ggml_tensor * most = head(0); // [n_kv, 1, n_head_kv]
    for (int64_t j = 1; j < n_group; ++j) {
        most = larger(ctx, most, head(j));
    }
    most = ggml_reshape_2d(ctx, ggml_cont(ctx, most), n_kv, n_head_kv); // [n_kv, n_head_kv]
    ggml_tensor * before = ggml_view_2d(ctx, to, n_kv, n_head_kv, to->nb[1], 0); // [n_kv, n_head_kv]
    ggml_build_forward_expand(graph.gf, ggml_cpy(ctx, larger(ctx, before, most), before));
}

std::vector<float> peak_weights::of(size_t nth, uint32_t first, uint32_t n) const {
    const ggml_tensor * t = nth < largest.size() ? largest[nth] : nullptr;
    if (!t || n == 0 || int64_t(first) + n > t->ne[0]) {
        return {};
    }
    std::vector<float> out(size_t(n) * size_t(t->ne[1]));
    for (int64_t h = 0; h < t->ne[1]; ++h) {
        ggml_backend_tensor_get(t, out.data() + size_t(h) * n, size_t(h) * t->nb[1] + size_t(first) * t->nb[0], size_t(n) * sizeof(float));
    }
    return out;
}

} // namespace bonsai
