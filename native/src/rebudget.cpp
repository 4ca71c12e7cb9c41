// New budgets while the cache lives: SqueezeAttention measures the first chunks of a prompt and only then shares the
// budget out. Layers that grow get their room first, then every sequence is compacted to the new shape, then the others
// give theirs back; at most one layer exists twice at any moment.
#include "compactor.h"
#include "memory.h"

#include "llama-impl.h"

#include <algorithm>
#include <stdexcept>

namespace bonsai {

// Copies what both sizes have room for. False: no room on the device; the layer is as it was.
bool memory::resize(size_t nth, uint32_t n_rows) {
    cache_layer & layer = layers[nth];
    if (layer.k[0]->ne[1] == int64_t(n_rows)) {
        return true;
    }
    cache_layer next;
    next.il   = layer.il;
    next.buft = layer.buft;
    try {
        allocate(next, n_rows);
    } catch (const std::runtime_error & e) {
        LLAMA_LOG_WARN("%s\n", e.what());
        return false;
    }
    const ggml_context_ptr views(ggml_init({ sequences.size() * 4 * ggml_tensor_overhead(), nullptr, true }));
    auto copy = [&](ggml_tensor * from, ggml_tensor * to) {
        const int64_t n = std::min(from->ne[1], to->ne[1]);
        ggml_tensor * a = ggml_view_2d(views.get(), from, from->ne[0], n, from->nb[1], 0);
        ggml_tensor * b = ggml_view_2d(views.get(), to, to->ne[0], n, to->nb[1], 0);
        ggml_backend_view_init(a);
        ggml_backend_view_init(b);
        ggml_backend_tensor_copy(a, b);
    };
    for (size_t s = 0; s < sequences.size(); ++s) {
        const auto from = layer.tensors(s), to = next.tensors(s);
        for (size_t i = 0; i < from.size(); ++i) {
            copy(from[i], to[i]);
        }
    }
    layer.k      = std::move(next.k);
    layer.v      = std::move(next.v);
    layer.ctx    = std::move(next.ctx);
    layer.buffer = std::move(next.buffer);
    return true;
}

std::string memory::rebudget(const std::vector<uint32_t> & budgets) {
    config next = cfg;
    next.budgets = budgets;
    std::string why = next.complaint();
    const auto n_full = std::count_if(layout->groups.begin(), layout->groups.end(), [](const group_layout & g) { return g.window == 0; });
    why = why.empty() ? next.mismatch(size_t(n_full)) : why;
    if (!why.empty()) {
        return why;
    }
    synchronize();
    std::vector<std::vector<group_signals>> fresh(sequences.size());
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (!gathered.collect(uint32_t(s), fresh[s])) {
            return "the device failed";
        }
    }
    const config now = cfg;
    set_layout(next);
    for (size_t i = 0; i < layers.size(); ++i) {
        const uint32_t rows = layout->rows(i);
        if (rows > layers[i].k[0]->ne[1] && !resize(i, rows)) {
            set_layout(now);
            return "no room on the device for a budget of " + std::to_string(rows) + "; ask for a smaller one";
        }
    }
    generation++;
    regrouped = true;
    for (size_t s = 0; s < sequences.size(); ++s) {
        std::vector<group_moves> moves;
        {
            const std::lock_guard<std::mutex> lock(mutex);
            sequences[s].adopt(layout);
            if (!sequences[s].dirty) {
                continue;
            }
            moves = sequences[s].compact(fresh[s]);
        }
        if (!mover()->run(uint32_t(s), moves)) {
            return "the device failed";
        }
    }
    for (size_t i = 0; i < layers.size(); ++i) {
        resize(i, layout->rows(i)); // without room for the smaller one the larger stays: no harm
    }
    gathered.allocate(gathered.gathered());
    return "";
}

} // namespace bonsai
