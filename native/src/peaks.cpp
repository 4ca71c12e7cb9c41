#include "peaks.h"
#include "memory.h"
#include "weights.h"

namespace bonsai {

void peak_weights::start(uint32_t sequence) {
    stop();
    device_tensors theirs(mem.layers.size());
    std::vector<ggml_tensor *> made;
    for (const auto & layer : mem.layers) {
        made.push_back(mem.layout->groups[layer.group].window ? nullptr
            : ggml_new_tensor_2d(theirs.on(layer.buft), GGML_TYPE_F32, layer.k[sequence]->ne[1], mem.hparams.n_head_kv(layer.il)));
    }
    theirs.allocate("to watch a text being repeated");
    std::swap(room, theirs);
    largest.swap(made);
    watched = sequence;
}

void peak_weights::stop() {
    largest.clear();
    device_tensors none;
    std::swap(room, none);
}

void peak_weights::gather(const llm_graph_context & graph, const cache_layer & layer, ggml_tensor * q, ggml_tensor * k, ggml_tensor * mask,
                   ggml_tensor * sinks, float kq_scale) const {
    ggml_tensor * to = largest[size_t(&layer - mem.layers.data())];
    ggml_context * ctx = graph.ctx0;
    const int64_t n_kv = k->ne[2], n_head_kv = k->ne[1], n_group = q->ne[1] / n_head_kv, n_tokens = q->ne[2];
    ggml_tensor * by_query = flip(ctx, attention_weights(graph, q, k, mask, sinks, kq_scale)); // [n_tokens, n_kv, n_head]
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
