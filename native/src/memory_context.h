// The ubatches of one decode over a bounded cache, in the shape llama.cpp walks them.
#pragma once

#include "memory.h"

#include "llama-batch.h"

namespace bonsai {

class memory_context final : public llama_memory_context_i {
public:
    memory_context(bonsai::memory * mem, llama_memory_status status, std::vector<llama_ubatch> ubatches = {})
        : mem(mem), status(status), ubatches(std::move(ubatches)) {}

    bool next() override;
    // False: nothing was appended, or llama.cpp takes it back; no exception leaves.
    bool apply() override;
    const llama_ubatch & get_ubatch() const override { return ubatches[current]; }
    llama_memory_status get_status() const override { return status; }

    bonsai::memory * mem;
    // of the current ubatch:
    uint32_t sequence  = 0;
    uint32_t first_row = 0;           // its first staging row
    std::vector<uint32_t> n_kv;       // per mask: rows attention looks at
    std::vector<uint32_t> n_resident; // per mask: of these, rows in use behind staging
    sampling sample;                  // queries whose attention is gathered

private:
    bool admit(); // apply() without its net

    llama_memory_status status;
    std::vector<llama_ubatch> ubatches;
    size_t current = 0;
};

llama_memory_context_ptr batch_context (memory * mem, std::vector<llama_ubatch> ubatches);
llama_memory_context_ptr failed_context(memory * mem);
// As large as it can get, for reserving compute buffers.
llama_memory_context_ptr full_context  (memory * mem);
llama_memory_context_ptr idle_context  (memory * mem);

} // namespace bonsai
