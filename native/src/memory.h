// The bounded cache as llama.cpp sees it: one llama_memory_i whose K and V never grow. Sequences are independent banks
// of the same shape; a fork copies a bank. Threads: decode mutates the ledgers under `mutex`, statistics read them there.
//
// Failures: every change of a sequence either leaves it as it was or marks it lost (ledger::lost). A lost sequence takes no
// token, is not saved, and a copy of it is lost, too, until it is cleared. Exceptions end in this file's callers: the graph
// sees false (memory_context.cpp), Node a message (api.cpp).
#pragma once

#include "config.h"
#include "ledger.h"
#include "hadamard.h"
#include "measure.h"
#include "peaks.h"
#include "rope.h"
#include "side_scheduler.h"
#include "signals.h"

#include "llama-hparams.h"
#include "llama-memory.h"
#include "ggml-cpp.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

struct llama_context;
struct llama_cparams;
struct llama_model;

namespace bonsai {

class compactor;

struct cache_layer {
    uint32_t il    = 0; // index in the model
    uint32_t group = 0;
    std::vector<ggml_tensor *> k; // per sequence [n_embd_k_gqa, S + C]
    std::vector<ggml_tensor *> v; // per sequence [n_embd_v_gqa, S + C]; empty: V is the head of K's rows (latent attention)
    captured_rope rope;
    ggml_backend_buffer_type_t buft = nullptr;
    ggml_context_ptr           ctx;    // of k and v: a layer can be given another budget by itself
    ggml_backend_buffer_ptr    buffer;

    std::vector<ggml_tensor *> tensors(size_t sequence) const {
        return v.empty() ? std::vector<ggml_tensor *>{ k[sequence] } : std::vector<ggml_tensor *>{ k[sequence], v[sequence] };
    }
};

class memory final : public llama_memory_i {
public:
    // Holds the layers that `filter` names, or all. Throws std::runtime_error when K and V cannot be allocated.
    memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams, const config & cfg,
           const layer_filter_cb & filter = nullptr);
    ~memory() override;

    llama_memory_context_ptr init_batch(llama_batch_allocr & balloc, uint32_t n_ubatch, bool embd_all) override;
    llama_memory_context_ptr init_full() override;
    llama_memory_context_ptr init_update(llama_context * lctx, bool optimize) override;

    // Not where rotated keys are processed further, so that they cannot be rotated on.
    bool get_can_shift() const override;
    void clear(bool data) override;
    bool seq_rm  (llama_seq_id seq, llama_pos p0, llama_pos p1) override;
    void seq_cp  (llama_seq_id from, llama_seq_id to, llama_pos p0, llama_pos p1) override;
    void seq_keep(llama_seq_id seq) override;
    void seq_add (llama_seq_id seq, llama_pos p0, llama_pos p1, llama_pos shift) override;
    void seq_div (llama_seq_id seq, llama_pos p0, llama_pos p1, int d) override;
    // 0 for a sequence with tokens: node-llama-cpp drops everything when an erased range starts at or below it
    llama_pos seq_pos_min(llama_seq_id seq) const override;
    // a logical counter, not the last surviving entry: llama_batch_allocr checks that a batch continues it
    llama_pos seq_pos_max(llama_seq_id seq) const override;
    std::map<ggml_backend_buffer_type_t, size_t> memory_breakdown() const override;

    void state_write(llama_io_write_i & io, llama_seq_id seq, llama_state_seq_flags flags) const override;
    void state_read (llama_io_read_i  & io, llama_seq_id seq, llama_state_seq_flags flags) override;

    // Splits a batch into ubatches that each fit staging and belong to one sequence. False: it cannot be held.
    bool split(llama_batch_allocr & balloc, uint32_t n_ubatch, std::vector<llama_ubatch> & ubatches);
    // Makes room for n tokens of a sequence whose last one has position `last`. False: the device failed.
    bool make_room(uint32_t seq, uint32_t n, llama_pos last);
    // Waits for the device; needed before a bank is copied or written out.
    void synchronize() const;
    // New budgets for the layers, everything that fits stays (rebudget.cpp). Empty: done; otherwise why not. A sequence that
    // could not be brought along is lost, the others have their new budgets; before that point all are as they were.
    std::string rebudget(const std::vector<uint32_t> & budgets);
    // Switches the gathering of layer_measure on or off; on starts from nothing.
    void measure_layers(bool on);
    // From now on, or no longer, gathers the peak weights of this sequence's queries; on starts from nothing. Throws
    // std::runtime_error without room.
    void watch_peaks(uint32_t sequence, bool on);

    const llama_hparams & hparams;
    config        cfg;
    ggml_type     type_k, type_v;
    uint32_t      n_ctx_train, n_ubatch;
    std::shared_ptr<const ledger_layout> layout;
    std::vector<cache_layer> layers;
    std::vector<int32_t>     layer_of; // model layer -> index in layers, -1: none
    std::vector<uint32_t>    mask_capacity; // C of every mask
    std::vector<ledger>      sequences;
    mutable std::mutex       mutex;
    llama_context *          lctx = nullptr;
    std::atomic<bool>        stop{ false }; // abort the running graph
    std::atomic<bool>        stoppable{ true }; // false: an abort of the running graph could not be undone
    llama_memory_i *         whole = this;  // what llama.cpp holds: this, or the hybrid memory it is part of
    int64_t                  handle = 0;
    bool                     regrouped = false; // layers share masks in another way than when graphs were last reserved
    uint64_t                 generation = 0; // raised when tensors are replaced: graphs over the old ones are void
    side_scheduler           side;
    signals                  gathered;
    cosines                  residual;
    peak_weights             peaks;
    hadamard_rotation        rotated;

private:
    // K and V of every sequence for one layer with this many rows, beside those there are. Throws std::runtime_error without room.
    void allocate(cache_layer & layer, uint32_t n_rows);
    bool compact(uint32_t seq);
    // The compaction of a sequence that was marked lost for it: ledger, then rows. False: it stays lost.
    bool carry_out(uint32_t seq, const std::vector<group_signals> & fresh);
    bool resize(size_t layer, uint32_t n_rows);
    bool grow(const ledger_layout & next);
    void shrink();
    bool valid(llama_seq_id seq) const { return seq >= 0 && size_t(seq) < sequences.size(); }

    compactor * mover();
    std::unique_ptr<compactor> the_mover;
    bool no_alloc = false; // node-llama-cpp makes such a context first, only to ask how large it would be
};

} // namespace bonsai
