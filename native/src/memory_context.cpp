#include "memory_context.h"

#include "llama-impl.h"

namespace bonsai {

bool memory_context::next() {
    const uint32_t n = ubatches[current].n_tokens;
    {
        const std::lock_guard<std::mutex> lock(mem->mutex);
        auto & ledger = mem->sequences[sequence];
        ledger.settle();
        if (sample.n > 0) {
            ledger.sampled(n, sample.n, sample.stride);
        }
    }
    mem->residual.computed(n);
    return ++current < ubatches.size();
}

bool memory_context::apply() {
    if (ubatches.empty()) { // an update, which was done before
        return true;
    }
    try {
        return admit();
    } catch (const std::exception & e) { // llama.cpp takes the ubatch back then; what cannot be taken back is lost
        LLAMA_LOG_ERROR("bonsai: no room could be made for %u tokens: %s\n", ubatches[current].n_tokens, e.what());
        return false;
    }
}

bool memory_context::admit() {
    auto & ubatch = ubatches[current];
    sequence = uint32_t(ubatch.seq_id_unq[0]);
    if (!mem->make_room(sequence, ubatch.n_tokens, ubatch.pos[ubatch.n_tokens - 1])) {
        return false;
    }
    const std::lock_guard<std::mutex> lock(mem->mutex);
    auto & ledger = mem->sequences[sequence];
    // The graph rotates by what stands in the ubatch: logical positions, or ranks in their place.
    const std::vector<int32_t> pos(ubatch.pos, ubatch.pos + ubatch.n_tokens);
    first_row = ledger.append(pos.data(), ubatch.pos, ubatch.n_tokens);
    sample = mem->gathered.plan(first_row, ubatch.n_tokens);
    n_kv.clear();
    n_resident.clear();
    for (uint32_t m = 0; m < mem->layout->n_masks; ++m) {
        n_kv.push_back(ledger.n_kv(m));
        n_resident.push_back(ledger.n_resident(m));
    }
    return true;
}

llama_memory_context_ptr batch_context(memory * mem, std::vector<llama_ubatch> ubatches) {
    return std::make_unique<memory_context>(mem, LLAMA_MEMORY_STATUS_SUCCESS, std::move(ubatches));
}

llama_memory_context_ptr failed_context(memory * mem) {
    return std::make_unique<memory_context>(mem, LLAMA_MEMORY_STATUS_FAILED_PREPARE);
}

llama_memory_context_ptr full_context(memory * mem) {
    auto context = std::make_unique<memory_context>(mem, LLAMA_MEMORY_STATUS_SUCCESS);
    for (uint32_t capacity : mem->mask_capacity) {
        context->n_kv.push_back(mem->cfg.staging + capacity);
        context->n_resident.push_back(capacity);
    }
    return context;
}

llama_memory_context_ptr idle_context(memory * mem) {
    return std::make_unique<memory_context>(mem, LLAMA_MEMORY_STATUS_NO_UPDATE);
}

} // namespace bonsai
