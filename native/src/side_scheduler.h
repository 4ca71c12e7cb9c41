// Runs small graphs beside llama.cpp's own: compactions, and what scores need from keys. It has a scheduler of its own,
// because llama.cpp's would lose the graph it reuses while decoding, and a CPU backend of its own, because the shared one
// carries the person's abort: a compaction cut short would leave rows half moved.
#pragma once

#include "ggml-cpp.h"

#include <functional>
#include <vector>

namespace bonsai {

class memory;

class side_scheduler {
public:
    explicit side_scheduler(memory & mem) : mem(mem) {}

    // Room for a graph over all layers; what it returned before is gone.
    ggml_context * begin();
    ggml_cgraph *  graph() { return cgraph; }
    // Waits for llama.cpp, places the graph, uploads its inputs, computes it. False: the device failed (logged).
    bool run(const std::function<void()> & upload);

private:
    bool   make();
    bool   compute(const std::function<void()> & upload);
    size_t n_nodes() const;

    memory & mem;
    ggml_backend_ptr       cpu;
    ggml_backend_sched_ptr sched;
    std::vector<uint8_t>   meta; // of the graph being built
    ggml_context_ptr       ctx;
    ggml_cgraph *          cgraph = nullptr;
};

} // namespace bonsai
