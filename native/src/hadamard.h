// The orthonormal rotation by which llama.cpp spreads outliers of quantised keys and values over a head before they are
// rounded (llama_kv_cache::attn_rot_k, attn_rot_v). It is its own inverse.
#pragma once

#include "ggml-cpp.h"

#include <cstddef>

namespace bonsai {

// The largest power of two that n channels are a multiple of.
constexpr size_t largest_power(size_t n) {
    return n & (~n + 1);
}

class memory;

struct hadamard_rotation {
    // F32 [n, n]; nullptr: this model or this precision needs none
    ggml_tensor * k = nullptr;
    ggml_tensor * v = nullptr;

    // Throws std::runtime_error without room on the device.
    void allocate(const memory & mem);

private:
    ggml_context_ptr        ctx;
    ggml_backend_buffer_ptr buffer;
};

} // namespace bonsai
