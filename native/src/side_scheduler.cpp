#include "side_scheduler.h"
#include "memory.h"

#include "llama-context.h"
#include "llama-cparams.h"
#include "llama-impl.h"

namespace bonsai {

size_t side_scheduler::n_nodes() const {
    const size_t merging = mem.cfg.merge ? 48 + 8 * max_merge_rounds : 0; // two tensors a layer, up to four nodes a round
    return (48 + merging) * mem.layers.size() + 64;
}

bool side_scheduler::make() {
    if (!mem.lctx) { // nothing was decoded yet
        return false;
    }
    ggml_backend_sched_t theirs = mem.lctx->get_sched();
    std::vector<ggml_backend_t> backends;
    for (int i = 0; i < ggml_backend_sched_get_n_backends(theirs); ++i) {
        ggml_backend_t     backend = ggml_backend_sched_get_backend(theirs, i);
        ggml_backend_dev_t device  = ggml_backend_get_device(backend);
        if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU) {
            cpu.reset(ggml_backend_dev_init(device, nullptr));
            if (!cpu) {
                return false;
            }
            const auto set_n_threads = (ggml_backend_set_n_threads_t) ggml_backend_reg_get_proc_address(
                    ggml_backend_dev_backend_reg(device), "ggml_backend_set_n_threads");
            if (set_n_threads) {
                set_n_threads(cpu.get(), mem.lctx->get_cparams().n_threads_batch);
            }
            backend = cpu.get();
        }
        backends.push_back(backend);
    }
    sched.reset(ggml_backend_sched_new(backends.data(), nullptr, int(backends.size()), n_nodes(), false, false));
    return sched != nullptr;
}

ggml_context * side_scheduler::begin() {
    ctx.reset();
    meta.resize(ggml_tensor_overhead() * n_nodes() + ggml_graph_overhead_custom(n_nodes(), false));
    ctx.reset(ggml_init({ meta.size(), meta.data(), true }));
    cgraph = ggml_new_graph_custom(ctx.get(), n_nodes(), false);
    return ctx.get();
}

bool side_scheduler::run(const std::function<void()> & upload) {
    bool ok = false;
    try {
        ok = compute(upload);
    } catch (...) {
        (void) sched.release(); // an exception out of ggml's allocator leaves it with buffers that cannot be freed
        throw;
    }
    if (!ok) {
        sched.reset(); // ggml does not say what state a failure leaves it in
    }
    return ok;
}

bool side_scheduler::compute(const std::function<void()> & upload) {
    mem.synchronize();
    if (!sched && !make()) {
        LLAMA_LOG_ERROR("bonsai: cannot make a scheduler for compactions\n");
        return false;
    }
    ggml_backend_sched_reset(sched.get());
    if (!ggml_backend_sched_alloc_graph(sched.get(), cgraph)) {
        LLAMA_LOG_ERROR("bonsai: no room on the device for a compaction\n");
        return false;
    }
    upload();
    return ggml_backend_sched_graph_compute(sched.get(), cgraph) == GGML_STATUS_SUCCESS;
}

} // namespace bonsai
