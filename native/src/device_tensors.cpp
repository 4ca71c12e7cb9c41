#include "device_tensors.h"

#include "ggml-alloc.h"
#include "ggml-backend.h"

#include <stdexcept>

namespace bonsai {

ggml_context * device_tensors::on(ggml_backend_buffer_type_t buft) {
    auto & ctx = contexts[buft];
    if (!ctx) {
        ctx.reset(ggml_init({ most * ggml_tensor_overhead(), nullptr, true }));
    }
    return ctx.get();
}

void device_tensors::allocate(const std::string & what) {
    for (auto & [buft, ctx] : contexts) {
        if (!ggml_get_first_tensor(ctx.get())) {
            continue;
        }
        ggml_backend_buffer_ptr buffer(ggml_backend_alloc_ctx_tensors_from_buft(ctx.get(), buft));
        if (!buffer) {
            throw std::runtime_error("bonsai: no room " + what + " in " + ggml_backend_buft_name(buft) + "; ask for a smaller budget");
        }
        ggml_backend_buffer_clear(buffer.get(), 0);
        buffers.push_back(std::move(buffer));
    }
}

} // namespace bonsai
