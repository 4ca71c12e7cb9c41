// New budgets while the cache lives: SqueezeAttention measures the first chunks of a prompt and only then shares the
// budget out. Layers that grow get their room first, then every sequence is compacted to the new shape, then the others
// give theirs back; at most one layer exists twice at any moment.
//
// A layer may have more rows than the layout says: what grew before another one found no room, what could not shrink. The
// layout's rows are the first of them, and what is gathered has a stride of its own (signals.cpp).
#include "compactor.h"
#include "layout.h"
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
    generation++;
    return true;
}

// Layers with more rows than the layout says give them back. Without room for the smaller one the larger stays: no harm.
void memory::shrink() {
    for (size_t i = 0; i < layers.size(); ++i) {
        resize(i, layout->rows(i));
    }
}

// Room for the rows of `next` in every layer. False: no room on the device; what grew has given its room back.
bool memory::grow(const ledger_layout & next) {
    for (size_t i = 0; i < layers.size(); ++i) {
        if (next.rows(i) > layers[i].k[0]->ne[1] && !resize(i, next.rows(i))) {
            shrink();
            return false;
        }
    }
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
    const bool any = std::any_of(sequences.begin(), sequences.end(), [](const ledger & l) { return l.last() >= 0; });
    if (any && !lctx) { // llama.cpp shows its context, whose devices a compaction needs, with the first tokens
        return "the cache was restored and has read nothing since; let it read a token first";
    }
    synchronize();
    peaks.stop(); // they have as many rows as the layers had
    const auto shape = make_layout(hparams, next, n_ubatch, layers);
    if (!grow(*shape)) {
        const auto most = std::max_element(budgets.begin(), budgets.end());
        return "no room on the device for a budget of " + std::to_string(*most) + "; ask for a smaller one";
    }
    mover();
    auto capacities = shape->mask_capacities();
    std::vector<ledger> empty(sequences.size(), ledger(shape));
    std::vector<uint32_t> held; // sequences with tokens that can be brought along
    std::vector<std::vector<group_signals>> fresh;
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (sequences[s].last() >= 0 && !sequences[s].lost) {
            held.push_back(uint32_t(s));
            if (!gathered.collect(held.back(), fresh.emplace_back())) {
                shrink();
                return "the device failed";
            }
        }
    }
    gathered.allocate(gathered.gathered()); // the last thing that can fail without a loss
    for (size_t i = 0; i < held.size(); ++i) {
        gathered.taken(held[i], fresh[i]);
    }
    cfg           = std::move(next);
    layout        = shape;
    mask_capacity = std::move(capacities);
    generation++;
    regrouped = true;
    {
        const std::lock_guard<std::mutex> lock(mutex);
        for (size_t s = 0; s < sequences.size(); ++s) {
            if (sequences[s].last() < 0) {
                sequences[s] = std::move(empty[s]); // cursors start where they would in a new context of these budgets
            } else {
                sequences[s].adopt(shape);
                sequences[s].lost = true; // until it has been brought along
            }
        }
    }
    size_t n_lost = 0;
    for (size_t i = 0; i < held.size(); ++i) {
        try {
            n_lost += !carry_out(held[i], fresh[i]);
        } catch (const std::exception & e) {
            LLAMA_LOG_ERROR("bonsai: sequence %u was lost: %s\n", held[i], e.what());
            n_lost++;
        }
    }
    shrink();
    try {
        gathered.allocate(gathered.gathered());
    } catch (const std::exception &) { // those with more rows stay
    }
    return n_lost == 0 ? "" : "the device failed, and what " + std::to_string(n_lost) + " sequences held was lost; read them again";
}

} // namespace bonsai
