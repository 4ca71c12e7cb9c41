#include "compactor.h"
#include "memory.h"

#include "llama-context.h"
#include "llama-cparams.h"
#include "llama-impl.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bonsai {

struct compactor::group_inputs {
    uint32_t n_lanes = 1;
    int64_t  n_resident = 0;
    ggml_tensor * from  = nullptr; // I32 [n_moved]
    ggml_tensor * to    = nullptr; // I64 [n_moved]
    ggml_tensor * delta = nullptr; // I32 [n_resident * n_lanes]
};

bool compactor::make_scheduler() {
    ggml_backend_sched_t theirs = mem.lctx->get_sched();
    std::vector<ggml_backend_t> backends;
    for (int i = 0; i < ggml_backend_sched_get_n_backends(theirs); ++i) {
        ggml_backend_t     backend = ggml_backend_sched_get_backend(theirs, i);
        ggml_backend_dev_t device  = ggml_backend_get_device(backend);
        if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU) {
            cpu.reset(ggml_backend_dev_init(device, nullptr));
            if (!cpu) {
                return false;
            }
            const auto set_n_threads = (ggml_backend_set_n_threads_t) ggml_backend_reg_get_proc_address(
                    ggml_backend_dev_backend_reg(device), "ggml_backend_set_n_threads");
            if (set_n_threads) {
                set_n_threads(cpu.get(), mem.lctx->get_cparams().n_threads_batch);
            }
            backend = cpu.get();
        }
        backends.push_back(backend);
    }
    const size_t n_nodes = 16 * mem.layers.size() + 64;
    sched.reset(ggml_backend_sched_new(backends.data(), nullptr, int(backends.size()), n_nodes, false, false));
    return sched != nullptr;
}

void compactor::build_layer(ggml_context * ctx, ggml_cgraph * graph, const cache_layer & layer, uint32_t sequence, const group_inputs & in) const {
    ggml_tensor * k = layer.k[sequence]; // [n_embd_k_gqa, S + C]
    if (in.from) {
        for (ggml_tensor * t : layer.tensors(sequence)) {
            // one row per lane, so that KV heads move independently without a batched set_rows
            ggml_tensor * rows  = ggml_reshape_2d(ctx, t, t->ne[0] / in.n_lanes, t->ne[1] * in.n_lanes); // [n_embd_lane, (S + C) * n_lanes]
            ggml_tensor * moved = ggml_get_rows(ctx, rows, in.from);                                     // F32 [n_embd_lane, n_moved]
            ggml_tensor * done  = ggml_set_rows(ctx, rows, moved, in.to);                                // a view of rows
            ggml_build_forward_expand(graph, done);
            if (t == layer.k[sequence]) {
                k = done;
            }
        }
    }
    if (in.delta && layer.rope.kind == rotation::known) {
        const int64_t n_head  = mem.hparams.n_head_kv(layer.il);
        const int64_t n_embd  = mem.hparams.n_embd_head_k(layer.il);
        const size_t  n_bytes = ggml_row_size(mem.type_k, n_embd);
        const int64_t offset  = layer.rope.offset; // channels before it are not rotated
        ggml_tensor * resident = ggml_view_3d(ctx, k, n_embd - offset, n_head / in.n_lanes, in.n_resident * in.n_lanes, // [n_embd_head - offset, n_head_lane, n_resident * n_lanes]
                n_bytes, n_bytes * (n_head / in.n_lanes), n_bytes * n_head * mem.cfg.staging + ggml_row_size(mem.type_k, offset));
        const int32_t * p = layer.rope.params;
        float f[16];
        memcpy(f, p, sizeof f);
        // YaRN scales magnitudes when it rotates; rotating by a difference must not scale once more
        const float attn_factor = f[7] != 0.0f ? 1.0f / (1.0f + 0.1f * logf(1.0f / f[6])) : 1.0f;
        ggml_build_forward_expand(graph, ggml_rope_ext_inplace(ctx, resident, in.delta, layer.rope.freq_factors,
                p[1], p[2], p[4], f[5], f[6], f[7], attn_factor, f[9], f[10]));
    }
}

bool compactor::run(uint32_t sequence, const std::vector<group_moves> & moves) {
    bool any = false;
    for (const auto & m : moves) {
        any = any || !m.from.empty() || !m.delta.empty();
    }
    if (!any) {
        return true;
    }
    mem.synchronize();
    if (!sched && !make_scheduler()) {
        LLAMA_LOG_ERROR("bonsai: cannot make a scheduler for compactions\n");
        return false;
    }

    const size_t n_nodes = 16 * mem.layers.size() + 64;
    meta.resize(ggml_tensor_overhead() * n_nodes + ggml_graph_overhead_custom(n_nodes, false));
    const ggml_context_ptr ctx(ggml_init({ meta.size(), meta.data(), true }));
    ggml_cgraph * graph = ggml_new_graph_custom(ctx.get(), n_nodes, false);

    std::vector<group_inputs> inputs(moves.size());
    for (size_t g = 0; g < moves.size(); ++g) {
        const auto & m = moves[g];
        auto & in = inputs[g];
        in.n_lanes = mem.layout->groups[g].n_lanes;
        in.n_resident = int64_t(m.delta.size()) / in.n_lanes;
        if (!m.from.empty()) {
            ggml_set_input(in.from = ggml_new_tensor_1d(ctx.get(), GGML_TYPE_I32, int64_t(m.from.size())));
            ggml_set_input(in.to   = ggml_new_tensor_1d(ctx.get(), GGML_TYPE_I64, int64_t(m.to.size())));
        }
        if (!m.delta.empty()) {
            ggml_set_input(in.delta = ggml_new_tensor_1d(ctx.get(), GGML_TYPE_I32, int64_t(m.delta.size())));
        }
    }
    for (const auto & layer : mem.layers) {
        build_layer(ctx.get(), graph, layer, sequence, inputs[layer.group]);
    }

    ggml_backend_sched_reset(sched.get());
    if (!ggml_backend_sched_alloc_graph(sched.get(), graph)) {
        LLAMA_LOG_ERROR("bonsai: no room on the device for a compaction\n");
        return false;
    }
    auto upload = [](ggml_tensor * t, const void * data) {
        if (t && t->buffer) { // a delta that no layer used was not allocated
            ggml_backend_tensor_set(t, data, 0, ggml_nbytes(t));
        }
    };
    for (size_t g = 0; g < moves.size(); ++g) {
        upload(inputs[g].from, moves[g].from.data());
        upload(inputs[g].to, moves[g].to.data());
        upload(inputs[g].delta, moves[g].delta.data());
    }
    return ggml_backend_sched_graph_compute(sched.get(), graph) == GGML_STATUS_SUCCESS;
}

} // namespace bonsai
