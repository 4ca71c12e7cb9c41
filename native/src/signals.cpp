#include "signals.h"
#include "memory.h"

#include "llama-impl.h"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace bonsai {

namespace {

constexpr uint32_t decode_stride = 16; // one decoded token in so many is sampled: the graph changes shape for it

// [n, ..] -> the same without gaps, its first two dimensions swapped
ggml_tensor * flip(ggml_context * ctx, ggml_tensor * t) {
    return ggml_cont(ctx, ggml_permute(ctx, t, 1, 0, 2, 3));
}

} // namespace

void signals::allocate(uint32_t signals_wanted) {
    wanted = signals_wanted;
    of.assign(mem.layers.size(), std::vector<tensors>(mem.sequences.size()));
    buffers.clear();
    if (!(wanted & (signal_sum | signal_last))) {
        return;
    }
    std::map<ggml_backend_buffer_type_t, ggml_context_ptr> contexts;
    for (size_t i = 0; i < mem.layers.size(); ++i) {
        const auto & layer = mem.layers[i];
        if (mem.layout->groups[layer.group].window) {
            continue;
        }
        auto & ctx = contexts[layer.buft];
        if (!ctx) {
            ctx.reset(ggml_init({ mem.layers.size() * mem.sequences.size() * 2 * ggml_tensor_overhead(), nullptr, true }));
        }
        for (auto & t : of[i]) {
            const int64_t n_rows = layer.k[0]->ne[1], n_head = mem.hparams.n_head_kv(layer.il);
            t.sum  = wanted & signal_sum  ? ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, n_rows, n_head) : nullptr;
            t.last = wanted & signal_last ? ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, n_rows, n_head) : nullptr;
        }
    }
    for (auto & [buft, ctx] : contexts) {
        ggml_backend_buffer_ptr buffer(ggml_backend_alloc_ctx_tensors_from_buft(ctx.get(), buft));
        if (!buffer) {
            throw std::runtime_error(std::string("bonsai: no room for scores in ") + ggml_backend_buft_name(buft) +
                                     "; ask for a smaller budget");
        }
        ggml_backend_buffer_clear(buffer.get(), 0);
        buffers.emplace_back(std::move(ctx), std::move(buffer));
    }
}

sampling signals::plan(uint32_t first, uint32_t n) const {
    if (!(wanted & (signal_sum | signal_last))) {
        return {};
    }
    const uint32_t by_definition = mem.cfg.evict->samples();
    if (n < decode_stride) {
        return { (first + n) / decode_stride > first / decode_stride ? 1u : 0u, 1 };
    }
    const uint32_t k = std::min(by_definition ? by_definition : mem.cfg.samples, n);
    return { k, by_definition || (wanted & signal_last) ? 1 : n / k };
}

void signals::gather(const llm_graph_context & graph, const cache_layer & layer, uint32_t sequence, const sampling & sample,
                     ggml_tensor * q, ggml_tensor * k, ggml_tensor * mask, ggml_tensor * sinks, float kq_scale) const {
    ggml_context * ctx = graph.ctx0;
    const auto & hp = graph.hparams;
    const int64_t n_kv = k->ne[2], n_head_kv = k->ne[1], n_head = q->ne[1], n_group = n_head / n_head_kv;
    const int64_t n = sample.n, n_tokens = q->ne[2];
    const size_t  first = size_t(n_tokens - 1 - (n - 1) * sample.stride);
    // [n_embd_head, n_head, n]
    ggml_tensor * picked = ggml_view_3d(ctx, q, q->ne[0], n_head, n, q->nb[1], q->nb[2] * sample.stride, first * q->nb[2]);
    ggml_tensor * kq = ggml_mul_mat(ctx, ggml_permute(ctx, k, 0, 2, 1, 3), ggml_permute(ctx, picked, 0, 2, 1, 3)); // [n_kv, n, n_head]
    ggml_prec_set_acc(kq, GGML_PREC_F32);
    if (hp.attn_soft_cap) {
        kq = ggml_scale(ctx, ggml_tanh(ctx, ggml_scale(ctx, kq, 1.0f / hp.f_attn_logit_softcapping)), hp.f_attn_logit_softcapping);
    }
    kq = ggml_soft_max_ext(ctx, kq, mask, kq_scale, 0.0f); // [n_kv, n, n_head]
    ggml_soft_max_add_sinks(kq, sinks);
    // summed over the sampled queries, then put together over the query heads of a KV head
    ggml_tensor * w = ggml_sum_rows(ctx, flip(ctx, kq));        // [1, n_kv, n_head]
    w = ggml_reshape_3d(ctx, w, n_kv, n_group, n_head_kv);      // [n_kv, n_group, n_head_kv]
    auto head = [&](int64_t j) { return ggml_view_3d(ctx, w, n_kv, 1, n_head_kv, w->nb[1], w->nb[2], j * w->nb[1]); };
    ggml_tensor * total = head(0); // [n_kv, 1, n_head_kv]
    for (int64_t j = 1; j < n_group; ++j) {
        // no backend has a maximum of two tensors: a + relu(b - a)
        total = ggml_add(ctx, total, mem.cfg.gqa_max ? ggml_relu(ctx, ggml_sub(ctx, head(j), total)) : head(j));
    }
    total = ggml_reshape_2d(ctx, ggml_cont(ctx, total), n_kv, n_head_kv); // [n_kv, n_head_kv]
    if (!mem.cfg.gqa_max) {
        total = ggml_scale(ctx, total, 1.0f / float(n_group));
    }
    const tensors & to = of[size_t(&layer - mem.layers.data())][sequence];
    auto used = [&](ggml_tensor * t) { return ggml_view_2d(ctx, t, n_kv, n_head_kv, t->nb[1], 0); }; // [n_kv, n_head_kv]
    if (to.sum) {
        ggml_build_forward_expand(graph.gf, ggml_add_inplace(ctx, used(to.sum), total));
    }
    if (to.last) {
        ggml_build_forward_expand(graph.gf, ggml_cpy(ctx, ggml_scale(ctx, total, 1.0f / float(n)), used(to.last)));
    }
}

bool signals::collect(uint32_t sequence, std::vector<group_signals> & out) {
    out.clear();
    if (wanted == 0) {
        return true;
    }
    out.resize(mem.layout->groups.size());
    mem.synchronize();
    for (size_t i = 0; i < mem.layers.size(); ++i) {
        auto read = [](ggml_tensor * t, std::vector<float> & values) {
            if (t) {
                values.resize(size_t(ggml_nelements(t)));
                ggml_backend_tensor_get(t, values.data(), 0, ggml_nbytes(t));
                ggml_backend_tensor_memset(t, 0, 0, ggml_nbytes(t));
            }
        };
        auto & to = out[mem.layers[i].group];
        to.n_rows = size_t(mem.layers[i].k[sequence]->ne[1]);
        read(of[i][sequence].sum, to.sum);
        read(of[i][sequence].last, to.last);
    }
    return !(wanted & (signal_novelty | signal_norm)) || collect_keys(sequence, out);
}

// KeyDiff (arXiv 2504.15364, section 3): the anchor is the mean of the normalised keys, as they lie rotated in the cache.
bool signals::collect_keys(uint32_t sequence, std::vector<group_signals> & out) {
    const ledger & ledger = mem.sequences[sequence];
    const size_t S = mem.cfg.staging, n_staged = ledger.staged.size();
    if (n_staged == 0 && ledger.lanes[0][0].order.empty()) {
        return true; // a graph over no rows cannot be built
    }
    ggml_context * ctx = side.begin();
    struct layer_graph {
        int64_t n_rows = 0;
        std::vector<float> weights;
        ggml_tensor * weight = nullptr, * novelty = nullptr, * norm = nullptr;
    };
    std::vector<layer_graph> graphs(mem.layers.size());
    for (size_t i = 0; i < graphs.size(); ++i) {
        const auto & layer = mem.layers[i];
        auto & g = graphs[i];
        if (mem.layout->groups[layer.group].window) {
            continue;
        }
        const size_t n_resident = ledger.lanes[layer.group][0].order.size();
        g.n_rows = int64_t(n_resident ? S + n_resident : n_staged);
        if (g.n_rows == 0) { // everything was removed
            continue;
        }
        g.weights.assign(size_t(g.n_rows), 0.0f);
        const float share = 1.0f / float(n_resident + n_staged);
        std::fill_n(g.weights.begin(), std::min(n_staged, g.weights.size()), share);
        std::fill(g.weights.begin() + int64_t(std::min(n_resident ? S : n_staged, g.weights.size())), g.weights.end(), share);

        ggml_tensor * k = layer.k[sequence]; // [n_embd_k_gqa, S + C]
        const int64_t n_head = mem.hparams.n_head_kv(layer.il), n_embd = mem.hparams.n_embd_head_k(layer.il);
        ggml_tensor * used = ggml_view_3d(ctx, k, n_embd, n_head, g.n_rows, ggml_row_size(k->type, n_embd), k->nb[1], 0);
        ggml_tensor * keys = ggml_cast(ctx, used, GGML_TYPE_F32); // [n_embd_head, n_head, n_rows]
        ggml_set_input(g.weight = ggml_new_tensor_1d(ctx, GGML_TYPE_F32, g.n_rows));
        auto emit = [&](ggml_tensor * t) {
            ggml_set_output(t);
            ggml_build_forward_expand(side.graph(), t);
            return t;
        };
        if (wanted & signal_norm) {
            g.norm = emit(ggml_sqrt(ctx, ggml_sum_rows(ctx, ggml_sqr(ctx, keys)))); // [1, n_head, n_rows]
        }
        if (wanted & signal_novelty) {
            // [n_embd_head, n_rows, n_head], each of length sqrt(n_embd_head)
            ggml_tensor * unit = ggml_permute(ctx, ggml_rms_norm(ctx, keys, 1e-12f), 0, 2, 1, 3);
            ggml_tensor * weights = ggml_repeat_4d(ctx, g.weight, g.n_rows, 1, n_head, 1);
            ggml_tensor * mean = ggml_mul_mat(ctx, flip(ctx, unit), weights);            // [n_embd_head, 1, n_head]
            g.novelty = emit(ggml_mul_mat(ctx, unit, ggml_rms_norm(ctx, mean, 1e-12f))); // [n_rows, 1, n_head]: n_embd_head * cosine
        }
    }
    const bool ok = side.run([&] {
        for (const auto & g : graphs) {
            if (g.weight && g.weight->buffer) {
                ggml_backend_tensor_set(g.weight, g.weights.data(), 0, ggml_nbytes(g.weight));
            }
        }
    });
    if (!ok) {
        return false;
    }
    for (size_t i = 0; i < graphs.size(); ++i) {
        const auto & layer = mem.layers[i];
        const auto & g = graphs[i];
        const size_t  n_all = size_t(layer.k[sequence]->ne[1]), n_head = mem.hparams.n_head_kv(layer.il);
        std::vector<float> raw(size_t(g.n_rows) * n_head);
        auto & to = out[layer.group];
        if (g.norm) {
            ggml_backend_tensor_get(g.norm, raw.data(), 0, raw.size() * sizeof(float));
            to.norm.assign(n_all * n_head, 0.0f);
            for (size_t r = 0; r < size_t(g.n_rows); ++r) {
                for (size_t h = 0; h < n_head; ++h) {
                    to.norm[h * n_all + r] = raw[r * n_head + h];
                }
            }
        }
        if (g.novelty) {
            ggml_backend_tensor_get(g.novelty, raw.data(), 0, raw.size() * sizeof(float));
            to.novelty.assign(n_all * n_head, 0.0f);
            const float n_embd = float(mem.hparams.n_embd_head_k(layer.il));
            for (size_t h = 0; h < n_head; ++h) {
                for (size_t r = 0; r < size_t(g.n_rows); ++r) {
                    to.novelty[h * n_all + r] = 0.5f * (1.0f - raw[h * size_t(g.n_rows) + r] / n_embd);
                }
            }
        }
    }
    return true;
}

std::vector<std::vector<float>> signals::peek(uint32_t sequence) const {
    std::vector<std::vector<float>> out;
    for (const auto & layer : of) {
        const ggml_tensor * t = layer[sequence].sum;
        out.emplace_back();
        if (!t) {
            continue;
        }
        std::vector<float> raw(size_t(ggml_nelements(t)));
        ggml_backend_tensor_get(t, raw.data(), 0, ggml_nbytes(t));
        out.back().assign(size_t(t->ne[0]), 0.0f);
        for (size_t i = 0; i < raw.size(); ++i) {
            out.back()[i % size_t(t->ne[0])] += raw[i] / float(t->ne[1]);
        }
    }
    return out;
}

void signals::forget(uint32_t sequence, uint32_t row) {
    for (const auto & layer : of) {
        for (ggml_tensor * t : { layer[sequence].sum, layer[sequence].last }) {
            for (int64_t h = 0; t && row < t->ne[0] && h < t->ne[1]; ++h) {
                ggml_backend_tensor_memset(t, 0, h * t->nb[1] + row * t->nb[0], size_t(t->ne[0] - row) * t->nb[0]);
            }
        }
    }
}

void signals::copy(uint32_t from, uint32_t to) {
    for (const auto & layer : of) {
        for (auto field : { &tensors::sum, &tensors::last }) {
            if (layer[from].*field) {
                ggml_backend_tensor_copy(layer[from].*field, layer[to].*field);
            }
        }
    }
}

} // namespace bonsai
