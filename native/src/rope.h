// The rotation a layer applies to its keys, read off the graph so that no architecture needs code of its own.
#pragma once

#include <cstdint>

struct ggml_context;
struct ggml_tensor;

namespace bonsai {

enum class rotation : uint8_t {
    none,      // positions do not enter the keys
    known,
    unreadable // keys are rotated, but processed further in a way that a rotation does not commute with
};

struct captured_rope {
    rotation      kind   = rotation::none;
    int32_t       offset = 0;             // channel of a head where the rotated ones begin
    int32_t       params[16] = {};        // ggml_tensor::op_params of GGML_OP_ROPE
    ggml_tensor * freq_factors = nullptr; // F32 [n_rot / 2] or none

    // Reads it off the keys that a graph stores, k [n_embd_head, n_head_kv, n_tokens].
    void read(const ggml_tensor * k);
    // Of a known rotation: keys [n_embd_head, n_head, n], F32 or F16, rotated on in place by delta I32 [n] positions.
    ggml_tensor * turn(ggml_context * ctx, ggml_tensor * keys, ggml_tensor * delta) const;
};

} // namespace bonsai
