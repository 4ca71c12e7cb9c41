// Tensors of ours beside K and V, each on the device of its layer.
#pragma once

#include "ggml-cpp.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bonsai {

class device_tensors {
public:
    // most: tensors on one device
    explicit device_tensors(size_t most = 0) : most(most) {}

    // Where a tensor is made that lies on this device.
    ggml_context * on(ggml_backend_buffer_type_t buft);
    // Room for everything that was made, all zero; it lives as long as this. Throws std::runtime_error: no room `what`, in which
    // device.
    void allocate(const std::string & what);

private:
    size_t most;
    std::map<ggml_backend_buffer_type_t, ggml_context_ptr> contexts;
    std::vector<ggml_backend_buffer_ptr> buffers; // freed before the contexts
};

} // namespace bonsai
