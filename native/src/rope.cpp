#include "rope.h"

#include "ggml.h"
#include "llama-impl.h"

#include <cmath>
#include <cstring>

namespace bonsai {

namespace {

constexpr int max_hops = 8;

// The rotation that these channels come from, seen through operations it commutes with; adds to `offset` the channels
// that stand before the rotated ones.
const ggml_tensor * find(const ggml_tensor * t, int hops, int32_t & offset) {
    if (!t || hops == 0) {
        return nullptr;
    }
    switch (t->op) {
        case GGML_OP_ROPE:
            return t;
        case GGML_OP_RMS_NORM:
        case GGML_OP_L2_NORM:
        case GGML_OP_SCALE:
        case GGML_OP_RESHAPE:
        case GGML_OP_CONT:
        case GGML_OP_REPEAT: // one rotated part for all heads
            return find(t->src[0], hops - 1, offset);
        case GGML_OP_CONCAT: { // some channels are rotated and some are not
            const ggml_tensor * first  = find(t->src[0], hops - 1, offset);
            int32_t behind = int32_t(t->src[0]->ne[0]);
            const ggml_tensor * second = find(t->src[1], hops - 1, behind);
            if (t->op_params[0] != 0 || (first && second)) {
                return nullptr;
            }
            offset = second ? offset + behind : offset;
            return first ? first : second;
        }
        default:
            return nullptr;
    }
}

// Whether a rotation happens anywhere between the projections and here.
bool rotated(const ggml_tensor * t, int hops) {
    if (!t || hops == 0 || t->op == GGML_OP_NONE || t->op == GGML_OP_MUL_MAT) {
        return false;
    }
    return t->op == GGML_OP_ROPE || rotated(t->src[0], hops - 1) || rotated(t->src[1], hops - 1);
}

} // namespace

void captured_rope::read(const ggml_tensor * k) {
    if (kind != rotation::none) {
        return;
    }
    int32_t before = 0;
    const ggml_tensor * rope = find(k, max_hops, before);
    if (rope) {
        kind   = rotation::known;
        offset = before;
        memcpy(params, rope->op_params, sizeof params);
        freq_factors = rope->src[2];
        if (params[2] & GGML_ROPE_TYPE_MROPE) { // of text all positions are the same (create.cpp sees to it)
            params[2] = GGML_ROPE_TYPE_NEOX;
        }
    } else if (rotated(k, max_hops)) {
        kind = rotation::unreadable;
        LLAMA_LOG_WARN("bonsai: this model changes keys after rotating them; they keep their original positions\n");
    }
}

ggml_tensor * captured_rope::turn(ggml_context * ctx, ggml_tensor * keys, ggml_tensor * delta) const {
    const int32_t * p = params;
    float f[16];
    memcpy(f, p, sizeof f);
    // YaRN scales magnitudes when it rotates; rotating by a difference must not scale once more
    const float attn_factor = f[7] != 0.0f ? 1.0f / (1.0f + 0.1f * logf(1.0f / f[6])) : 1.0f;
    // channels before the offset are not rotated
    ggml_tensor * part = ggml_view_3d(ctx, keys, keys->ne[0] - offset, keys->ne[1], keys->ne[2], // [n_embd_head - offset, n_head, n]
            keys->nb[1], keys->nb[2], ggml_row_size(keys->type, size_t(offset)));
    return ggml_rope_ext_inplace(ctx, part, delta, freq_factors, p[1], p[2], p[4], f[5], f[6], f[7], attn_factor, f[9], f[10]);
}

} // namespace bonsai
