#include "memory.h"
#include "compactor.h"
#include "layout.h"
#include "memory_context.h"
#include "registry.h"

#include "llama-batch.h"
#include "llama-context.h"
#include "llama-cparams.h"
#include "llama-impl.h"
#include "llama-model.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace bonsai {

memory::memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams, const config & cfg,
               const layer_filter_cb & filter)
        : hparams(model.hparams), cfg(cfg), type_k(params.type_k), type_v(params.type_v), n_ctx_train(model.hparams.n_ctx_train),
          n_ubatch(cparams.n_ubatch), side(*this), gathered(*this, side), residual(*this), peaks(*this), no_alloc(model.hparams.no_alloc) {
    layer_of.assign(hparams.n_layer_all, -1);
    for (uint32_t il = 0; il < hparams.n_layer_all; ++il) {
        // layers beyond n_layer() only predict further tokens
        if (il < hparams.n_layer() && hparams.has_kv(il) && (!filter || filter(int32_t(il)))) {
            layer_of[il] = int32_t(layers.size());
            layers.emplace_back();
            layers.back().il = il;
        } else if (il < hparams.n_layer() && !hparams.has_kv(il)) {
            layer_of[il] = layer_of[size_t(shared_layer(hparams, il))];
        }
    }
    for (auto & l : layers) {
        l.buft = cparams.offload_kqv ? ggml_backend_dev_buffer_type(model.dev_layer(l.il)) : ggml_backend_cpu_buffer_type();
    }
    layout        = make_layout(hparams, cfg, n_ubatch, layers);
    mask_capacity = layout->mask_capacities();
    for (uint32_t s = 0; s < cparams.n_seq_max; ++s) {
        sequences.emplace_back(layout);
    }
    for (auto & l : layers) {
        allocate(l, layout->rows(l.group));
    }
    if (!no_alloc) {
        rotated.allocate(*this);
        gathered.allocate(cfg.signals());
        handle = registry::add(this);
        if (creation * now = creation::current()) {
            now->handle = handle;
        }
    }
}

memory::~memory() {
    registry::remove(handle);
}

void memory::allocate(cache_layer & layer, uint32_t n_rows) {
    ggml_context_ptr ctx(ggml_init({ sequences.size() * 2 * ggml_tensor_overhead(), nullptr, true }));
    std::vector<ggml_tensor *> k, v;
    for (size_t s = 0; s < sequences.size(); ++s) {
        k.push_back(ggml_new_tensor_2d(ctx.get(), type_k, hparams.n_embd_k_gqa(layer.il), n_rows));
        ggml_format_name(k[s], "bonsai_k_l%u_s%zu", layer.il, s);
        if (!hparams.is_mla()) {
            v.push_back(ggml_new_tensor_2d(ctx.get(), type_v, hparams.n_embd_v_gqa(layer.il), n_rows));
            ggml_format_name(v[s], "bonsai_v_l%u_s%zu", layer.il, s);
        }
    }
    ggml_backend_buffer_ptr buffer;
    if (no_alloc) {
        buffer.reset(ggml_backend_buft_alloc_buffer(layer.buft, 0));
        for (auto * t = ggml_get_first_tensor(ctx.get()); t; t = ggml_get_next_tensor(ctx.get(), t)) {
            t->buffer = buffer.get();
        }
    } else {
        buffer.reset(ggml_backend_alloc_ctx_tensors_from_buft(ctx.get(), layer.buft));
    }
    if (!buffer) {
        throw std::runtime_error(std::string("bonsai: no room for K and V in ") + ggml_backend_buft_name(layer.buft) +
                                 "; ask for a smaller budget");
    }
    if (!no_alloc) {
        ggml_backend_buffer_clear(buffer.get(), 0);
    }
    layer.k      = std::move(k);
    layer.v      = std::move(v);
    layer.ctx    = std::move(ctx);
    layer.buffer = std::move(buffer);
}

bool memory::split(llama_batch_allocr & balloc, uint32_t n_ubatch, std::vector<llama_ubatch> & ubatches) {
    // one sequence a ubatch: each has its own bank
    std::vector<std::vector<uint32_t>> sizes(sequences.size());
    balloc.split_reset();
    while (true) {
        auto ubatch = balloc.split_seq(std::min(n_ubatch, cfg.staging));
        if (ubatch.n_tokens == 0) {
            break;
        }
        if (ubatch.n_seqs_unq != 1 || (ubatch.n_pos > 1 && !ubatch.token)) { // of text all positions are the same
            LLAMA_LOG_ERROR("bonsai: a token of several sequences, or of several positions, is not supported\n");
            return false;
        }
        sizes[ubatch.seq_id_unq[0]].push_back(ubatch.n_tokens);
        ubatches.push_back(std::move(ubatch));
    }
    bool ok = !ubatches.empty() && balloc.get_n_used() == balloc.get_n_tokens();
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (!sizes[s].empty() && sequences[s].lost) {
            LLAMA_LOG_ERROR("bonsai: what sequence %zu held was lost in a failure before; clear it and read it again\n", s);
            ok = false;
        }
        ok = ok && sequences[s].fits(sizes[s]);
    }
    return ok;
}

llama_memory_context_ptr memory::init_batch(llama_batch_allocr & balloc, uint32_t n_ubatch, bool) {
    std::vector<llama_ubatch> ubatches;
    return split(balloc, n_ubatch, ubatches) ? batch_context(this, std::move(ubatches)) : failed_context(this);
}

bool memory::get_can_shift() const {
    return std::all_of(layers.begin(), layers.end(), [](const cache_layer & l) { return l.rope.kind != rotation::unreadable; });
}

llama_memory_context_ptr memory::init_full() {
    return full_context(this);
}

llama_memory_context_ptr memory::init_update(llama_context * context, bool) {
    if (lctx != context) {
        lctx = context;
        lctx->set_abort_callback([](void * data) {
            const auto * mem = static_cast<const memory *>(data);
            return mem->stop.load(std::memory_order_relaxed) && mem->stoppable.load(std::memory_order_relaxed);
        }, this);
    }
    // The allocator compares a graph with the one before by counts and by each node's sources, not by its leaves. Layers
    // that share their masks in another way make the same counts with leaves in another order, and a mask would get the
    // place of a smaller one, or none. After an update llama.cpp reserves its graphs again.
    return std::exchange(regrouped, false) ? full_context(this) : idle_context(this);
}

bool memory::make_room(uint32_t seq, uint32_t n, llama_pos last) {
    auto & ledger = sequences[seq];
    {
        const std::lock_guard<std::mutex> lock(mutex);
        const bool beyond = last >= llama_pos(n_ctx_train);
        if (cfg.positions == position_mode::rank || (cfg.positions == position_mode::automatic && beyond)) {
            ledger.set_ranked(get_can_shift());
        }
        if (!ledger.must_compact(n)) {
            return true;
        }
    }
    return compact(seq);
}

bool memory::compact(uint32_t seq) {
    std::vector<group_signals> fresh;
    if (!gathered.collect(seq, fresh)) {
        return false;
    }
    mover(); // made before anything is changed
    {
        const std::lock_guard<std::mutex> lock(mutex);
        sequences[seq].lost = true; // until rows and ledger agree again, whatever is thrown
        gathered.taken(seq, fresh);
    }
    return carry_out(seq, fresh);
}

bool memory::carry_out(uint32_t seq, const std::vector<group_signals> & fresh) {
    std::vector<group_moves> moves;
    {
        const std::lock_guard<std::mutex> lock(mutex);
        moves = sequences[seq].compact(fresh);
    }
    if (!mover()->run(seq, moves)) {
        return false;
    }
    const std::lock_guard<std::mutex> lock(mutex);
    sequences[seq].lost = false;
    return true;
}

compactor * memory::mover() {
    if (!the_mover) {
        the_mover = std::make_unique<compactor>(*this, side);
    }
    return the_mover.get();
}

void memory::measure_layers(bool on) {
    synchronize();
    const uint32_t wanted = cfg.signals() | (on ? uint32_t(signal_sum) : 0u);
    if (wanted != gathered.gathered()) {
        gathered.allocate(wanted);
    }
    if (on) {
        residual.start();
    } else {
        residual.stop();
    }
    generation++;
}

void memory::watch_peaks(uint32_t sequence, bool on) {
    synchronize();
    generation++; // graphs over these tensors are void, also when starting fails
    if (on) {
        peaks.start(sequence);
    } else {
        peaks.stop();
    }
}

void memory::synchronize() const {
    if (lctx) {
        ggml_backend_sched_synchronize(lctx->get_sched());
    }
}

void memory::clear(bool data) {
    const std::lock_guard<std::mutex> lock(mutex);
    for (auto & s : sequences) {
        s.clear();
    }
    for (size_t s = 0; s < sequences.size(); ++s) {
        gathered.forget(uint32_t(s), 0);
    }
    for (auto & l : layers) {
        if (data) {
            ggml_backend_buffer_clear(l.buffer.get(), 0);
        }
    }
}

bool memory::seq_rm(llama_seq_id seq, llama_pos p0, llama_pos p1) {
    const std::lock_guard<std::mutex> lock(mutex);
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (seq < 0 || size_t(seq) == s) {
            sequences[s].remove(p0, p1);
            gathered.forget(uint32_t(s), uint32_t(sequences[s].staged.size()));
        }
    }
    return true;
}

void memory::seq_cp(llama_seq_id from, llama_seq_id to, llama_pos p0, llama_pos p1) {
    if (from == to || !valid(from) || !valid(to)) {
        return;
    }
    synchronize();
    std::unique_lock<std::mutex> lock(mutex);
    ledger copy = sequences[size_t(from)];
    copy.expect_nothing(); // what was announced will be read there, not here
    sequences[size_t(to)].lost = true;
    lock.unlock();
    for (auto & l : layers) {
        const auto source = l.tensors(size_t(from)), target = l.tensors(size_t(to));
        for (size_t i = 0; i < source.size(); ++i) {
            ggml_backend_tensor_copy(source[i], target[i]);
        }
    }
    gathered.copy(uint32_t(from), uint32_t(to));
    lock.lock();
    sequences[size_t(to)] = std::move(copy);
    if (p0 > 0) {
        sequences[size_t(to)].remove(0, p0);
    }
    if (p1 >= 0 && p1 <= sequences[size_t(to)].last()) {
        sequences[size_t(to)].remove(p1, -1);
    }
}

void memory::seq_keep(llama_seq_id seq) {
    const std::lock_guard<std::mutex> lock(mutex);
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (size_t(seq) != s) {
            sequences[s].clear();
            gathered.forget(uint32_t(s), 0);
        }
    }
}

void memory::seq_add(llama_seq_id seq, llama_pos p0, llama_pos p1, llama_pos shift) {
    const std::lock_guard<std::mutex> lock(mutex);
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (seq < 0 || size_t(seq) == s) {
            sequences[s].shift(p0, p1, shift);
        }
    }
}

void memory::seq_div(llama_seq_id, llama_pos, llama_pos, int) {
    // Self-Extend groups positions; upstream calls it only when a person asks for that, and it has no failure path.
    LLAMA_LOG_ERROR("bonsai: dividing positions (group attention) is not supported by the bounded cache; nothing was changed\n");
}

llama_pos memory::seq_pos_min(llama_seq_id seq) const {
    return seq_pos_max(seq) < 0 ? -1 : 0;
}

llama_pos memory::seq_pos_max(llama_seq_id seq) const {
    const std::lock_guard<std::mutex> lock(mutex);
    return valid(seq) ? sequences[seq].last() : -1;
}

std::map<ggml_backend_buffer_type_t, size_t> memory::memory_breakdown() const {
    std::map<ggml_backend_buffer_type_t, size_t> sizes;
    for (const auto & l : layers) {
        sizes[l.buft] += no_alloc ? ggml_backend_alloc_ctx_tensors_from_buft_size(l.ctx.get(), l.buft)
                                  : ggml_backend_buffer_get_size(l.buffer.get());
    }
    return sizes;
}

} // namespace bonsai
