#include "attention.h"
#include "hooks.h"
#include "window.h"

#include "llama-arch.h"
#include "llama-impl.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bonsai {

attention_input::attention_input(const llm_graph_context & graph, const memory_context * context)
        : context(context), sample(context->sample), mem(context->mem), sequence(context->sequence), generation(mem->generation),
          uploaded(context->n_kv.size()), sample_masks(context->n_kv.size()) {
    auto row_numbers = [&](const char * name) {
        ggml_tensor * t = ggml_new_tensor_1d(graph.ctx0, GGML_TYPE_I64, graph.n_tokens);
        ggml_set_input(t);
        ggml_set_name(t, name);
        return t;
    };
    rows        = row_numbers("bonsai_rows");
    window_rows = context->mem->layout->window_rows > 0 ? row_numbers("bonsai_window_rows") : nullptr;
    // flash attention requires an F16 mask
    const ggml_type type = graph.cparams.flash_attn ? GGML_TYPE_F16 : GGML_TYPE_F32;
    for (size_t m = 0; m < context->n_kv.size(); ++m) {
        ggml_tensor * mask = ggml_new_tensor_4d(graph.ctx0, type, context->n_kv[m], graph.n_tokens, 1, 1);
        ggml_set_input(mask);
        ggml_set_output(mask); // nothing else may use its memory: what was uploaded stays for the next ubatch
        ggml_format_name(mask, "bonsai_mask_%zu", m);
        masks.push_back(mask);
    }
}

bool attention_input::can_reuse(const llm_graph_params & params, const memory_context * next) {
    // `context` was of an ubatch before: it may be gone.
    if (!next || next->mem != mem || next->sequence != sequence || next->mem->generation != generation || !(next->sample == sample)) {
        return false;
    }
    context = next;
    bool same = rows->ne[0] == params.ubatch.n_tokens;
    for (size_t m = 0; m < masks.size(); ++m) {
        same = same && masks[m]->ne[0] == next->n_kv[m] && masks[m]->ne[1] == params.ubatch.n_tokens;
    }
    return same;
}

template <typename T>
void attention_input::fill_mask(ggml_tensor * mask, uint32_t number, T visible, T hidden) const {
    const auto & ledger  = context->mem->sequences[context->sequence];
    const size_t n_kv    = size_t(mask->ne[0]);
    const size_t staging = context->mem->cfg.staging;
    const size_t first   = context->first_row;
    std::vector<T> data(n_kv * size_t(mask->ne[1]), hidden);
    const bool windowed = fill_window_mask(*context, number, n_kv, data, visible);
    for (size_t t = 0; !windowed && t < size_t(mask->ne[1]); ++t) {
        T * row = data.data() + t * n_kv;
        // what was staged before, and of this ubatch what came up to and with the token itself
        for (size_t r = 0; r <= first + t; ++r) {
            row[r] = ledger.staging_alive(uint32_t(r)) ? visible : hidden;
        }
        std::fill_n(row + staging, context->n_resident[number], visible);
    }
    ggml_backend_tensor_set(mask, data.data(), 0, ggml_nbytes(mask));
}

void attention_input::set_input(const llama_ubatch * ubatch) {
    std::vector<int64_t> numbers(ubatch->n_tokens);
    for (uint32_t t = 0; t < ubatch->n_tokens; ++t) {
        numbers[t] = context->first_row + t;
    }
    if (rows->buffer) { // no layer used it where all have windows
        ggml_backend_tensor_set(rows, numbers.data(), 0, ggml_nbytes(rows));
    }
    if (window_rows) {
        for (auto & n : numbers) {
            n %= context->mem->layout->window_rows;
        }
        ggml_backend_tensor_set(window_rows, numbers.data(), 0, ggml_nbytes(window_rows));
    }
    const uint64_t holes = context->mem->sequences[context->sequence].holes;
    for (size_t m = 0; m < masks.size(); ++m) {
        const shown now = { context->sequence, context->first_row, context->n_resident[m], holes };
        if (now == uploaded[m] && !context->mem->layout->is_window(uint32_t(m))) { // what a window shows moves with every token
            continue;
        }
        uploaded[m] = now;
        if (masks[m]->type == GGML_TYPE_F16) {
            fill_mask<ggml_fp16_t>(masks[m], uint32_t(m), ggml_fp32_to_fp16(0.0f), ggml_fp32_to_fp16(-INFINITY));
        } else {
            fill_mask<float>(masks[m], uint32_t(m), 0.0f, -INFINITY);
        }
    }
}

ggml_tensor * attention_input::sample_mask(ggml_context * ctx, size_t m) {
    if (!sample_masks[m]) {
        ggml_tensor * mask = masks[m];
        const size_t first = size_t(mask->ne[1] - 1 - int64_t(sample.n - 1) * sample.stride);
        ggml_tensor * picked = ggml_view_2d(ctx, mask, mask->ne[0], sample.n, mask->nb[1] * sample.stride, first * mask->nb[1]);
        sample_masks[m] = ggml_cont(ctx, picked); // [n_kv, n_samples]
    }
    return sample_masks[m];
}

template <typename upstream> static upstream * build_input(const llm_graph_context & graph) {
    const auto * context = dynamic_cast<const memory_context *>(graph.mctx);
    if (!context) {
        return nullptr;
    }
    auto input = std::make_unique<input_instead_of<upstream>>(graph, context);
    auto * borrowed = input.get();
    graph.res->add_input(std::move(input));
    return borrowed;
}

llm_graph_input_attn_kv * build_attn_inp_kv(const llm_graph_context & graph) {
    return build_input<llm_graph_input_attn_kv>(graph);
}

llm_graph_input_attn_kv_iswa * build_attn_inp_kv_iswa(const llm_graph_context & graph) {
    return build_input<llm_graph_input_attn_kv_iswa>(graph);
}

llm_graph_input_attn_k * build_attn_inp_k(const llm_graph_context & graph) {
    return build_input<llm_graph_input_attn_k>(graph);
}

ggml_tensor * build_attn(
        const llm_graph_context & graph, llm_graph_input_i * inp,
        ggml_tensor * wo, ggml_tensor * wo_b, ggml_tensor * wo_s,
        ggml_tensor * q, ggml_tensor * k, ggml_tensor * v,
        ggml_tensor * kq_b, ggml_tensor * sinks, ggml_tensor * v_mla, float kq_scale, int il) {
    auto * input = dynamic_cast<attention_input *>(inp);
    if (!input) {
        return nullptr;
    }
    memory & mem = *input->context->mem;
    auto & layer = mem.layers.at(size_t(mem.layer_of.at(size_t(il))));
    const uint32_t sequence = input->context->sequence;
    ggml_context * ctx = graph.ctx0;
    if (k) { // else the layer reads what another one stored
        layer.rope.read(k);
    }
    if (mem.rotated.k) {
        q = llama_mul_mat_hadamard(ctx, q, mem.rotated.k);
        k = k ? llama_mul_mat_hadamard(ctx, k, mem.rotated.k) : k;
    }
    if (mem.rotated.v && v) {
        v = llama_mul_mat_hadamard(ctx, v, mem.rotated.v);
    }

    // together, so that they are not reordered and the graph splits less; as upstream
    for (ggml_tensor * t : { q, v, k }) {
        if (t) {
            ggml_build_forward_expand(graph.gf, t);
        }
    }

    ggml_tensor * cache_k = layer.k[sequence]; // [n_embd_k_gqa, S + C]
    ggml_tensor * cache_v = layer.v.empty() ? nullptr : layer.v[sequence]; // [n_embd_v_gqa, S + C]
    // heads lie contiguous within a token; tokens may be strided where q, k and v come from one matrix
    auto tokens = [&](ggml_tensor * t, int64_t n_embd) {
        GGML_ASSERT(ggml_row_size(t->type, t->ne[0]) == t->nb[1]);
        return ggml_view_2d(ctx, t, n_embd, graph.n_tokens, t->nb[2], 0); // [n_embd_gqa, n_tokens]
    };
    const group_layout & group = mem.layout->groups[layer.group];
    ggml_tensor * rows = group.window ? input->window_rows : input->rows; // [n_tokens]
    if (k) {
        ggml_build_forward_expand(graph.gf, ggml_set_rows(ctx, cache_k, tokens(k, cache_k->ne[0]), rows));
    }
    if (v && cache_v) {
        ggml_build_forward_expand(graph.gf, ggml_set_rows(ctx, cache_v, tokens(v, cache_v->ne[0]), rows));
    }

    ggml_tensor * mask = input->masks[group.mask]; // [n_kv, n_tokens]
    auto view = [&](ggml_tensor * cache, int64_t n_embd_head) {
        return ggml_view_4d(ctx, cache, n_embd_head, graph.hparams.n_head_kv(layer.il), mask->ne[0], 1, // [n_embd_head, n_head_kv, n_kv, 1]
                ggml_row_size(cache->type, n_embd_head), cache->nb[1], cache->nb[1] * cache->ne[1], 0);
    };
    ggml_tensor * keys   = view(cache_k, graph.hparams.n_embd_head_k(layer.il));
    ggml_tensor * values = cache_v ? view(cache_v, graph.hparams.n_embd_head_v(layer.il))
        : ggml_view_4d(ctx, keys, v->ne[0], keys->ne[1], keys->ne[2], 1, keys->nb[1], keys->nb[2], keys->nb[3], 0); // the head of each key
    if (input->sample.n > 0 && !group.window && k) {
        mem.gathered.gather(graph, layer, sequence, input->sample, q, keys, input->sample_mask(ctx, group.mask), sinks, kq_scale);
    }
    if (mem.peaks.on(sequence) && !group.window) {
        mem.peaks.gather(graph, layer, q, keys, mask, sinks, kq_scale);
    }
    // [n_embd_head_v * n_head, n_tokens]
    ggml_tensor * cur = graph.build_attn_mha(q, keys, values, kq_b, mask, sinks, v_mla, 0, kq_scale, il);
    graph.cb(cur, "kqv_out", il);
    if (mem.rotated.v) {
        cur = llama_mul_mat_hadamard(ctx, cur, mem.rotated.v);
    }

    if (wo) {
        const bool wide = graph.arch == LLM_ARCH_GLM4 || graph.arch == LLM_ARCH_GLM4_MOE || graph.arch == LLM_ARCH_JAIS2;
        cur = graph.build_lora_mm(wo, cur, wide ? nullptr : wo_s);
        if (wide) { // upstream: half-precision accumulators are not enough for these
            ggml_prec_set_acc(cur, GGML_PREC_F32);
            cur = wo_s ? ggml_mul(ctx, cur, wo_s) : cur;
        }
    }
    cur = wo_b ? ggml_add(ctx, cur, wo_b) : cur;
    mem.residual.attention_output(il, cur);
    return cur;
}

} // namespace bonsai
