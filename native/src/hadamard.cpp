#include "hadamard.h"
#include "memory.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace bonsai {

namespace {

// The Walsh-Hadamard matrix of a power of two: the sign is the parity of the bits the two indices share.
std::vector<float> matrix(size_t n) {
    std::vector<float> m(n * n);
    for (size_t i = 0; i < n * n; ++i) {
        bool odd = false;
        for (size_t both = (i / n) & (i % n); both; both >>= 1) {
            odd ^= both & 1;
        }
        m[i] = (odd ? -1.0f : 1.0f) / std::sqrt(float(n));
    }
    return m;
}

} // namespace

// As upstream: only where all heads are alike and a multiple of 64; K by the largest power of two that divides a head, V by 64.
void hadamard_rotation::allocate(const memory & mem) {
    if (mem.layers.empty()) {
        return;
    }
    const auto & hp = mem.hparams;
    const auto & first = mem.layers[0];
    const uint32_t n_k = hp.n_embd_head_k(first.il), n_v = hp.n_embd_head_v(first.il);
    auto all = [&](auto && alike) { return std::all_of(mem.layers.begin(), mem.layers.end(), alike); };
    const bool rotate_k = ggml_is_quantized(mem.type_k) && n_k % 64 == 0 &&
                          all([&](const cache_layer & l) { return hp.n_embd_head_k(l.il) == n_k; });
    const bool rotate_v = ggml_is_quantized(mem.type_v) && n_v % 64 == 0 &&
                          all([&](const cache_layer & l) { return hp.n_embd_head_v(l.il) == n_v; });
    if (!rotate_k && !rotate_v) {
        return;
    }
    const int64_t power = int64_t(largest_power(n_k));
    ctx.reset(ggml_init({ 2 * ggml_tensor_overhead(), nullptr, true }));
    k = rotate_k ? ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, power, power) : nullptr;
    v = rotate_v ? ggml_new_tensor_2d(ctx.get(), GGML_TYPE_F32, 64, 64) : nullptr;
    buffer.reset(ggml_backend_alloc_ctx_tensors_from_buft(ctx.get(), first.buft));
    if (!buffer) {
        throw std::runtime_error("bonsai: no room on the device for a rotation of keys and values");
    }
    for (ggml_tensor * t : { k, v }) {
        if (t) {
            const std::vector<float> values = matrix(size_t(t->ne[0]));
            ggml_backend_tensor_set(t, values.data(), 0, ggml_nbytes(t));
        }
    }
}

} // namespace bonsai
