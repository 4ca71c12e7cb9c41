#include "signals.h"
#include "memory.h"
#include "weights.h"

#include "llama-impl.h"

#include <algorithm>
#include <cmath>

namespace bonsai {

namespace {

constexpr uint32_t decode_stride = 16; // one decoded token in so many is sampled: the graph changes shape for it

} // namespace

void signals::allocate(uint32_t signals_wanted) {
    decltype(of)      next(mem.layers.size(), std::vector<tensors>(mem.sequences.size()));
    device_tensors    theirs(mem.layers.size() * mem.sequences.size() * 3);
    const bool any = signals_wanted & (signal_sum | signal_last | signal_novelty);
    for (size_t i = 0; any && i < mem.layers.size(); ++i) {
        const auto & layer = mem.layers[i];
        if (mem.layout->groups[layer.group].window) {
            continue;
        }
        ggml_context * ctx = theirs.on(layer.buft);
        for (auto & t : next[i]) {
            const int64_t n_rows = layer.k[0]->ne[1], n_head = mem.hparams.n_head_kv(layer.il);
            t.sum  = signals_wanted & signal_sum  ? ggml_new_tensor_2d(ctx, GGML_TYPE_F32, n_rows, n_head) : nullptr;
            t.last = signals_wanted & signal_last ? ggml_new_tensor_2d(ctx, GGML_TYPE_F32, n_rows, n_head) : nullptr;
            t.anchor = signals_wanted & signal_novelty ? ggml_new_tensor_2d(ctx, GGML_TYPE_F32, mem.hparams.n_embd_head_k(layer.il), n_head) : nullptr;
        }
    }
    theirs.allocate("for scores");
    // what is gathered by row starts again, the anchor goes on
    for (size_t i = 0; i < of.size(); ++i) {
        for (size_t seq = 0; seq < of[i].size(); ++seq) {
            if (of[i][seq].anchor && next[i][seq].anchor) {
                ggml_backend_tensor_copy(of[i][seq].anchor, next[i][seq].anchor);
            }
        }
    }
    wanted = signals_wanted;
    of.swap(next);
    std::swap(room, theirs);
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
    const int64_t n_kv = k->ne[2], n_head_kv = k->ne[1], n_head = q->ne[1], n_group = n_head / n_head_kv;
    const int64_t n = sample.n, n_tokens = q->ne[2];
    const size_t  first = size_t(n_tokens - 1 - (n - 1) * sample.stride);
    // [n_embd_head, n_head, n]
    ggml_tensor * picked = ggml_view_3d(ctx, q, q->ne[0], n_head, n, q->nb[1], q->nb[2] * sample.stride, first * q->nb[2]);
    ggml_tensor * kq = attention_weights(graph, picked, k, mask, sinks, kq_scale); // [n_kv, n, n_head]
    // summed over the sampled queries, then put together over the query heads of a KV head
    ggml_tensor * w = ggml_sum_rows(ctx, flip(ctx, kq));        // [1, n_kv, n_head]
    w = ggml_reshape_3d(ctx, w, n_kv, n_group, n_head_kv);      // [n_kv, n_group, n_head_kv]
    auto head = [&](int64_t j) { return ggml_view_3d(ctx, w, n_kv, 1, n_head_kv, w->nb[1], w->nb[2], j * w->nb[1]); };
    ggml_tensor * total = head(0); // [n_kv, 1, n_head_kv]
    for (int64_t j = 1; j < n_group; ++j) {
        total = mem.cfg.gqa_max ? larger(ctx, total, head(j)) : ggml_add(ctx, total, head(j));
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
            }
        };
        const tensors & from = of[i][sequence];
        const ggml_tensor * by_row = from.sum ? from.sum : from.last;
        auto & to = out[mem.layers[i].group];
        // the layer may have been given more rows than its scores (rebudget.cpp)
        to.n_rows = size_t(by_row ? by_row->ne[0] : mem.layers[i].k[sequence]->ne[1]);
        read(from.sum, to.sum);
        read(from.last, to.last);
    }
    return !(wanted & (signal_novelty | signal_norm)) || collect_keys(sequence, out);
}

void signals::taken(uint32_t sequence, const std::vector<group_signals> & collected) noexcept {
    for (size_t i = 0; i < of.size(); ++i) {
        const tensors & t = of[i][sequence];
        for (ggml_tensor * by_row : { t.sum, t.last }) {
            if (by_row) {
                ggml_backend_tensor_memset(by_row, 0, 0, ggml_nbytes(by_row));
            }
        }
        const group_signals * fresh = collected.empty() ? nullptr : &collected[mem.layers[i].group];
        if (t.anchor && fresh && !fresh->anchor.empty()) {
            ggml_backend_tensor_set(t.anchor, fresh->anchor.data(), 0, ggml_nbytes(t.anchor));
        }
    }
}

// KeyDiff (arXiv 2504.15364, section 3) with a running anchor: the mean of all normalised keys so far, as they were rotated
// when they came. So only new keys are normalised, and old ones cost one product with the anchor.
bool signals::collect_keys(uint32_t sequence, std::vector<group_signals> & out) {
    const ledger & ledger = mem.sequences[sequence];
    const size_t n_staged = ledger.staged.size();
    if (n_staged == 0 && ledger.lanes[0][0].order.empty()) {
        return true; // a graph over no rows cannot be built
    }
    ggml_context * ctx = side.begin();
    auto emit = [&](ggml_tensor * t) {
        ggml_set_output(t);
        ggml_build_forward_expand(side.graph(), t);
        return t;
    };
    std::vector<key_graph> graphs(mem.layers.size());
    std::vector<float> alive(n_staged);
    std::transform(ledger.staged.begin(), ledger.staged.end(), alive.begin(), [](const entry & e) { return e.pos >= 0 ? 1.0f : 0.0f; });
    ggml_tensor * weight = n_staged > 0 ? ggml_new_tensor_1d(ctx, GGML_TYPE_F32, int64_t(n_staged)) : nullptr; // [n_staged]
    for (size_t i = 0; i < graphs.size(); ++i) {
        const auto & layer = mem.layers[i];
        auto & g = graphs[i];
        const size_t n_resident = ledger.lanes[layer.group][0].order.size();
        g.n_rows = n_resident ? mem.cfg.staging + n_resident : n_staged;
        if (g.n_rows == 0 || mem.layout->groups[layer.group].window) {
            g.n_rows = 0; // everything was removed, or nothing is chosen
            continue;
        }
        ggml_tensor * k = layer.k[sequence]; // [n_embd_k_gqa, S + C]
        const int64_t n_head = mem.hparams.n_head_kv(layer.il), n_embd = mem.hparams.n_embd_head_k(layer.il);
        auto keys = [&](size_t n) { return ggml_view_3d(ctx, k, n_embd, n_head, int64_t(n), ggml_row_size(k->type, n_embd), k->nb[1], 0); };
        ggml_tensor * anchor = of[i][sequence].anchor;
        if (n_staged > 0) {
            ggml_tensor * fresh = ggml_cast(ctx, keys(n_staged), GGML_TYPE_F32);              // [n_embd_head, n_head, n_staged]
            g.norm = emit(ggml_sqrt(ctx, ggml_sum_rows(ctx, ggml_sqr(ctx, fresh))));          // [1, n_head, n_staged]
            if (anchor) {
                ggml_tensor * unit = ggml_permute(ctx, ggml_rms_norm(ctx, fresh, 1e-12f), 0, 2, 1, 3); // [n_embd_head, n_staged, n_head]
                ggml_tensor * ones = ggml_repeat_4d(ctx, weight, int64_t(n_staged), 1, n_head, 1);     // [n_staged, 1, n_head]
                ggml_tensor * sum  = ggml_reshape_2d(ctx, ggml_mul_mat(ctx, flip(ctx, unit), ones), n_embd, n_head); // [n_embd_head, n_head]
                anchor = g.anchor = emit(ggml_add(ctx, anchor, sum));
            }
        }
        if (anchor) {
            ggml_tensor * direction = ggml_rms_norm(ctx, anchor, 1e-12f); // [n_embd_head, n_head], each of length sqrt(n_embd_head)
            g.dots = emit(ggml_mul_mat(ctx, ggml_permute(ctx, keys(g.n_rows), 0, 2, 1, 3),
                    ggml_reshape_3d(ctx, direction, n_embd, 1, n_head))); // [n_rows, 1, n_head]
        }
    }
    const bool ok = side.run([&] {
        if (weight && weight->buffer) {
            ggml_backend_tensor_set(weight, alive.data(), 0, ggml_nbytes(weight));
        }
    });
    for (size_t i = 0; ok && i < graphs.size(); ++i) {
        if (graphs[i].n_rows > 0) {
            read_keys(sequence, i, graphs[i], out[mem.layers[i].group]);
        }
    }
    return ok;
}

void signals::read_keys(uint32_t sequence, size_t nth, const key_graph & g, group_signals & to) const {
    const auto & layer = mem.layers[nth];
    const auto & ledger = mem.sequences[sequence];
    const size_t n_head = mem.hparams.n_head_kv(layer.il), n_staged = ledger.staged.size();
    to.norm.assign(to.n_rows * n_head, 0.0f);
    std::vector<float> raw(n_staged * n_head);
    if (g.norm) {
        ggml_backend_tensor_get(g.norm, raw.data(), 0, raw.size() * sizeof(float));
    }
    const auto & lanes = ledger.lanes[layer.group];
    for (size_t h = 0; h < n_head; ++h) {
        float * norm = to.norm.data() + h * to.n_rows;
        for (size_t r = 0; r < n_staged; ++r) {
            norm[r] = raw[r * n_head + h];
        }
        for (const auto & e : lanes[lanes.size() > 1 ? h : 0].order) {
            norm[e.row] = e.norm; // a rotation does not change it
        }
    }
    if (g.anchor) {
        to.anchor.resize(size_t(ggml_nelements(g.anchor)));
        ggml_backend_tensor_get(g.anchor, to.anchor.data(), 0, ggml_nbytes(g.anchor));
    }
    if (!g.dots) {
        return;
    }
    to.novelty.assign(to.n_rows * n_head, 0.0f);
    raw.resize(g.n_rows * n_head);
    ggml_backend_tensor_get(g.dots, raw.data(), 0, raw.size() * sizeof(float));
    const float length = std::sqrt(float(mem.hparams.n_embd_head_k(layer.il))); // of the anchor's direction
    for (size_t h = 0; h < n_head; ++h) {
        for (size_t r = 0; r < g.n_rows; ++r) {
            const float norm = to.norm[h * to.n_rows + r];
            to.novelty[h * to.n_rows + r] = norm > 0.0f ? 0.5f * (1.0f - raw[h * g.n_rows + r] / (length * norm)) : 0.0f;
        }
    }
}

std::vector<ggml_tensor *> signals::tensors::all() const {
    std::vector<ggml_tensor *> present{ sum, last, anchor };
    present.erase(std::remove(present.begin(), present.end(), nullptr), present.end());
    return present;
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

void signals::forget(uint32_t sequence, size_t first) {
    const auto & ledger = mem.sequences[sequence];
    const bool empty = ledger.last() < 0;
    const int64_t row = empty ? 0 : int64_t(first);
    for (const auto & layer : of) {
        const tensors & t = layer[sequence];
        if (t.anchor && empty) {
            ggml_backend_tensor_memset(t.anchor, 0, 0, ggml_nbytes(t.anchor));
        }
        for (ggml_tensor * by_row : { t.sum, t.last }) {
            const int64_t end = by_row ? empty ? by_row->ne[0] : std::min(int64_t(ledger.n_staging()), by_row->ne[0]) : 0;
            for (int64_t h = 0; row < end && h < by_row->ne[1]; ++h) {
                ggml_backend_tensor_memset(by_row, 0, h * by_row->nb[1] + row * by_row->nb[0], size_t(end - row) * by_row->nb[0]);
            }
        }
    }
}

void signals::copy(uint32_t from, uint32_t to) {
    for (const auto & layer : of) {
        const auto source = layer[from].all(), target = layer[to].all();
        for (size_t i = 0; i < source.size(); ++i) {
            ggml_backend_tensor_copy(source[i], target[i]);
        }
    }
}

} // namespace bonsai
