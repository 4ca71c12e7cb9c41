#include "compactor.h"
#include "memory.h"

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

namespace {

// The same bytes seen as another type. ggml has no operation for it: a view whose description is replaced.
ggml_tensor * reinterpret(ggml_context * ctx, ggml_tensor * t, ggml_type type, int64_t ne0, int64_t ne1, int64_t ne2, size_t offset) {
    ggml_tensor * view = ggml_view_1d(ctx, t, 0, offset);
    view->type = type;
    const int64_t ne[GGML_MAX_DIMS] = { ne0, ne1, ne2, 1 };
    std::copy_n(ne, GGML_MAX_DIMS, view->ne);
    view->nb[0] = ggml_type_size(type);
    view->nb[1] = ggml_row_size(type, ne0);
    view->nb[2] = view->nb[1] * ne1;
    view->nb[3] = view->nb[2] * ne2;
    return view;
}

} // namespace

// Returns a view of t that comes after the move.
ggml_tensor * compactor::move(ggml_tensor * t, const group_inputs & in) {
    const int64_t n_rows = t->ne[1] * in.n_lanes; // one row per lane, so that KV heads move independently without a batched set_rows
    const size_t  bytes  = t->nb[1] / in.n_lanes;
    // Whole words are moved as they are: no precision is lost, whatever the type.
    const bool words = bytes % sizeof(float) == 0;
    ggml_tensor * rows = words
        ? reinterpret(ctx, t, GGML_TYPE_F32, int64_t(bytes / sizeof(float)), n_rows, 1, 0) // [words of a lane, (S + C) * n_lanes]
        : ggml_reshape_2d(ctx, t, t->ne[0] / in.n_lanes, n_rows);                          // [n_embd_lane, (S + C) * n_lanes]
    ggml_tensor * moved = ggml_get_rows(ctx, rows, in.from);     // F32 [.., n_moved]
    ggml_tensor * done  = ggml_set_rows(ctx, rows, moved, in.to); // a view of rows
    ggml_build_forward_expand(side.graph(), done);
    return done;
}

void compactor::rotate(const cache_layer & layer, ggml_tensor * k, const group_inputs & in) {
    const int64_t n_head = mem.hparams.n_head_kv(layer.il);
    const int64_t n_embd = mem.hparams.n_embd_head_k(layer.il);
    const size_t  n_row  = ggml_row_size(mem.type_k, n_embd) * n_head;
    // [n_embd_head, n_head_lane, n_resident * n_lanes]
    ggml_tensor * resident = reinterpret(ctx, k, mem.type_k, n_embd, n_head / in.n_lanes, in.n_resident * in.n_lanes, n_row * mem.cfg.staging);
    const int32_t * p = layer.rope.params;
    float f[16];
    memcpy(f, p, sizeof f);
    // YaRN scales magnitudes when it rotates; rotating by a difference must not scale once more
    const float attn_factor = f[7] != 0.0f ? 1.0f / (1.0f + 0.1f * logf(1.0f / f[6])) : 1.0f;
    auto rotate_in_place = [&](ggml_tensor * keys) {
        const int64_t offset = layer.rope.offset; // channels before it are not rotated
        ggml_tensor * part = ggml_view_3d(ctx, keys, n_embd - offset, keys->ne[1], keys->ne[2], // [n_embd_head - offset, n_head_lane, n_resident * n_lanes]
                keys->nb[1], keys->nb[2], ggml_row_size(keys->type, offset));
        ggml_build_forward_expand(side.graph(), ggml_rope_ext_inplace(ctx, part, in.delta, layer.rope.freq_factors,
                p[1], p[2], p[4], f[5], f[6], f[7], attn_factor, f[9], f[10]));
    };
    if (!ggml_is_quantized(mem.type_k)) {
        rotate_in_place(resident);
        return;
    }
    // as llama_kv_cache::build_rope_shift: the Hadamard rotation, its own inverse, has to be taken off in between
    ggml_tensor * hadamard = mem.rotated.k;
    ggml_tensor * t = ggml_cast(ctx, resident, GGML_TYPE_F32); // [n_embd_head, n_head_lane, n_resident * n_lanes]
    t = hadamard ? llama_mul_mat_hadamard(ctx, t, hadamard) : t;
    rotate_in_place(t);
    t = hadamard ? llama_mul_mat_hadamard(ctx, t, hadamard) : t;
    ggml_build_forward_expand(side.graph(), ggml_cpy(ctx, t, resident));
}

void compactor::build_layer(const cache_layer & layer, uint32_t sequence, const group_inputs & in) {
    ggml_tensor * k = layer.k[sequence]; // [n_embd_k_gqa, S + C]
    if (in.from) {
        for (ggml_tensor * t : layer.tensors(sequence)) {
            ggml_tensor * moved = move(t, in);
            k = t == layer.k[sequence] ? moved : k;
        }
    }
    if (in.delta && layer.rope.kind == rotation::known) {
        rotate(layer, k, in);
    }
}

bool compactor::run(uint32_t sequence, const std::vector<group_moves> & moves) {
    const bool any = std::any_of(moves.begin(), moves.end(), [](const group_moves & m) { return !m.from.empty() || !m.delta.empty(); });
    if (!any) {
        return true;
    }
    ctx = side.begin();
    std::vector<group_inputs> inputs(moves.size());
    for (size_t g = 0; g < moves.size(); ++g) {
        const auto & m = moves[g];
        auto & in = inputs[g];
        in.n_lanes = mem.layout->groups[g].n_lanes;
        in.n_resident = int64_t(m.delta.size()) / in.n_lanes;
        if (!m.from.empty()) {
            ggml_set_input(in.from = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, int64_t(m.from.size())));
            ggml_set_input(in.to   = ggml_new_tensor_1d(ctx, GGML_TYPE_I64, int64_t(m.to.size())));
        }
        if (!m.delta.empty()) {
            ggml_set_input(in.delta = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, int64_t(m.delta.size())));
        }
    }
    for (const auto & layer : mem.layers) {
        build_layer(layer, sequence, inputs[layer.group]);
    }
    auto upload = [](ggml_tensor * t, const void * data) {
        if (t && t->buffer) { // a delta that no layer used was not allocated
            ggml_backend_tensor_set(t, data, 0, ggml_nbytes(t));
        }
    };
    return side.run([&] {
        for (size_t g = 0; g < moves.size(); ++g) {
            upload(inputs[g].from, moves[g].from.data());
            upload(inputs[g].to, moves[g].to.data());
            upload(inputs[g].delta, moves[g].delta.data());
        }
    });
}

} // namespace bonsai
