// Carries out a compaction on the device: survivors move into the rows the policy freed, and keys whose position changed
// are rotated by the difference. It has a scheduler of its own, because llama.cpp's would lose the graph it reuses while
// decoding, and a CPU backend of its own, because the shared one carries the person's abort: a compaction cut short would
// leave rows half moved.
#pragma once

#include "ledger.h"

#include "ggml-cpp.h"

#include <vector>

namespace bonsai {

class memory;
struct cache_layer;

class compactor {
public:
    explicit compactor(memory & mem) : mem(mem) {}

    // False: the device failed; the caller fails the decode.
    bool run(uint32_t sequence, const std::vector<group_moves> & moves);

private:
    struct group_inputs;

    bool make_scheduler();
    void build_layer(ggml_context * ctx, ggml_cgraph * graph, const cache_layer & layer, uint32_t sequence, const group_inputs & in) const;

    memory & mem;
    ggml_backend_ptr       cpu;
    ggml_backend_sched_ptr sched;
    std::vector<uint8_t>   meta; // of the graph being built
};

} // namespace bonsai
