#include "compactor.h"
#include "memory.h"

#include "llama-impl.h"

#include <algorithm>
#include <cstring>

namespace bonsai {

struct compactor::group_inputs {
    uint32_t n_lanes = 1;
    int64_t  n_resident = 0;
    const merging * merged = nullptr; // null: nothing is merged
    ggml_tensor * heir   = nullptr; // I32 [n_heirs]
    ggml_tensor * heir_to = nullptr; // I64 [n_heirs], the same rows
    ggml_tensor * own    = nullptr; // F32 [1, n_heirs]
    ggml_tensor * victim = nullptr; // I32 [n_victims]
    ggml_tensor * share  = nullptr; // F32 [1, n_victims]
    ggml_tensor * by     = nullptr; // I32 [n_victims] rotation to the heir's position
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

// Rows of t take in those merged into them. Returns a view of t that comes after it.
ggml_tensor * compactor::merge(const cache_layer & layer, ggml_tensor * t, bool keys, const group_inputs & in) {
    const auto & rounds = in.merged->rounds;
    const int64_t n_embd = t->ne[0] / in.n_lanes;
    ggml_tensor * rows    = ggml_reshape_2d(ctx, t, n_embd, t->ne[1] * in.n_lanes); // [n_embd_lane, (S + C) * n_lanes]
    ggml_tensor * victims = ggml_get_rows(ctx, rows, in.victim);                    // F32 [n_embd_lane, n_victims]
    if (keys && layer.rope.kind == rotation::known) {
        const int64_t n_head = mem.hparams.n_embd_head_k(layer.il);
        ggml_tensor * heads = ggml_reshape_3d(ctx, victims, n_head, n_embd / n_head, victims->ne[1]); // [n_embd_head, n_head_lane, n_victims]
        victims = ggml_reshape_2d(ctx, turned(layer, heads, in.by), n_embd, victims->ne[1]);
    }
    ggml_tensor * parts = ggml_mul(ctx, victims, in.share); // [n_embd_lane, n_victims]
    size_t end = size_t(parts->ne[1]);
    const auto part = [&](size_t first, size_t n) { return ggml_view_2d(ctx, parts, n_embd, int64_t(n), parts->nb[1], first * parts->nb[1]); };
    ggml_tensor * sum = nullptr; // [n_embd_lane, n] over this round and those after it, which serve fewer heirs
    for (size_t r = rounds.size(); r-- > 0;) {
        end -= rounds[r];
        const size_t n = sum ? size_t(sum->ne[1]) : 0;
        ggml_tensor * rest = n < rounds[r] ? part(end + n, rounds[r] - n) : nullptr;
        sum = sum ? ggml_add(ctx, part(end, n), sum) : nullptr;
        sum = sum && rest ? ggml_concat(ctx, sum, rest, 1) : sum ? sum : rest;
    }
    ggml_tensor * heirs = ggml_mul(ctx, ggml_get_rows(ctx, rows, in.heir), in.own);           // F32 [n_embd_lane, n_heirs]
    ggml_tensor * done  = ggml_set_rows(ctx, rows, ggml_add(ctx, heirs, sum), in.heir_to); // a view of rows
    ggml_build_forward_expand(side.graph(), done);
    return done;
}

// now: t, or a view of it that comes after a merge. Returns a view of t that comes after the move.
ggml_tensor * compactor::move(ggml_tensor * t, ggml_tensor * now, const group_inputs & in) {
    const int64_t n_rows = t->ne[1] * in.n_lanes; // one row per lane, so that KV heads move independently without a batched set_rows
    const size_t  bytes  = t->nb[1] / in.n_lanes;
    // Whole words of a quantised row are moved as they are, so that nothing is quantised twice. Halves go through F32, which
    // holds each of them: two halves seen as one float may be a denormal, and a device may take that for zero.
    const bool words = ggml_is_quantized(t->type) && bytes % sizeof(float) == 0;
    ggml_tensor * rows = words
        ? reinterpret(ctx, now, GGML_TYPE_F32, int64_t(bytes / sizeof(float)), n_rows, 1, 0) // [words of a lane, (S + C) * n_lanes]
        : ggml_reshape_2d(ctx, now, t->ne[0] / in.n_lanes, n_rows);                          // [n_embd_lane, (S + C) * n_lanes]
    ggml_tensor * moved = ggml_get_rows(ctx, rows, in.from);     // F32 [.., n_moved]
    ggml_tensor * done  = ggml_set_rows(ctx, rows, moved, in.to); // a view of rows
    ggml_build_forward_expand(side.graph(), done);
    return done;
}

// F32 keys out of a quantised cache, rotated on as in llama_kv_cache::build_rope_shift: the Hadamard rotation, its own inverse,
// has to be taken off in between.
ggml_tensor * compactor::turned(const cache_layer & layer, ggml_tensor * keys, ggml_tensor * delta) {
    ggml_tensor * hadamard = mem.rotated.k;
    ggml_tensor * t = hadamard ? llama_mul_mat_hadamard(ctx, keys, hadamard) : keys; // [n_embd_head, n_head_lane, n]
    ggml_build_forward_expand(side.graph(), layer.rope.turn(ctx, t, delta));
    return hadamard ? llama_mul_mat_hadamard(ctx, t, hadamard) : t;
}

void compactor::rotate(const cache_layer & layer, ggml_tensor * k, const group_inputs & in) {
    const int64_t n_head = mem.hparams.n_head_kv(layer.il);
    const int64_t n_embd = mem.hparams.n_embd_head_k(layer.il);
    const size_t  n_row  = ggml_row_size(mem.type_k, n_embd) * n_head;
    // [n_embd_head, n_head_lane, n_resident * n_lanes]
    ggml_tensor * resident = reinterpret(ctx, k, mem.type_k, n_embd, n_head / in.n_lanes, in.n_resident * in.n_lanes, n_row * mem.cfg.staging);
    if (!ggml_is_quantized(mem.type_k)) {
        ggml_build_forward_expand(side.graph(), layer.rope.turn(ctx, resident, in.delta));
        return;
    }
    ggml_tensor * t = turned(layer, ggml_cast(ctx, resident, GGML_TYPE_F32), in.delta); // [n_embd_head, n_head_lane, n_resident * n_lanes]
    ggml_build_forward_expand(side.graph(), ggml_cpy(ctx, t, resident));
}

void compactor::build_layer(const cache_layer & layer, uint32_t sequence, const group_inputs & in) {
    ggml_tensor * k = layer.k[sequence]; // [n_embd_k_gqa, S + C]
    // keys that cannot be rotated cannot be merged either, nor values under keys that are not
    const bool merges = in.merged && layer.rope.kind != rotation::unreadable;
    for (ggml_tensor * t : layer.tensors(sequence)) {
        const bool keys = t == layer.k[sequence];
        ggml_tensor * now = merges ? merge(layer, t, keys, in) : t;
        now = in.from ? move(t, now, in) : now;
        k = keys ? now : k;
    }
    if (in.delta && layer.rope.kind == rotation::known) {
        rotate(layer, k, in);
    }
}

bool compactor::run(uint32_t sequence, const std::vector<group_moves> & moves) {
    const bool any = std::any_of(moves.begin(), moves.end(), [](const group_moves & m) { return !m.merged.empty() || !m.from.empty() || !m.delta.empty(); });
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
        if (!m.merged.empty()) {
            const int64_t n_heirs = int64_t(m.merged.heir.size()), n_victims = int64_t(m.merged.victim.size());
            in.merged = &m.merged;
            ggml_set_input(in.heir    = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, n_heirs));
            ggml_set_input(in.heir_to = ggml_new_tensor_1d(ctx, GGML_TYPE_I64, n_heirs));
            ggml_set_input(in.own     = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, 1, n_heirs));
            ggml_set_input(in.victim  = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, n_victims));
            ggml_set_input(in.share   = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, 1, n_victims));
            ggml_set_input(in.by      = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, n_victims));
        }
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
        if (t && t->buffer) { // what no layer used was not allocated
            ggml_backend_tensor_set(t, data, 0, ggml_nbytes(t));
        }
    };
    return side.run([&] {
        for (size_t g = 0; g < moves.size(); ++g) {
            const auto & merged = moves[g].merged;
            const std::vector<int64_t> heir_to(merged.heir.begin(), merged.heir.end());
            upload(inputs[g].heir, merged.heir.data());
            upload(inputs[g].heir_to, heir_to.data());
            upload(inputs[g].own, merged.own.data());
            upload(inputs[g].victim, merged.victim.data());
            upload(inputs[g].share, merged.share.data());
            upload(inputs[g].by, merged.turn.data());
            upload(inputs[g].from, moves[g].from.data());
            upload(inputs[g].to, moves[g].to.data());
            upload(inputs[g].delta, moves[g].delta.data());
        }
    });
}

} // namespace bonsai
