// Models with recurrent layers beside attention: the attention layers get the bounded cache, the recurrent ones keep
// llama.cpp's own states, which do not grow. Both see the same ubatches.
//
// A recurrent state moves on with every token and cannot step back. Two things follow. A tail cannot be removed (seq_rm
// says so), and a ubatch that is cut short would leave a state of neither before nor after. So before a ubatch of several
// tokens the state is kept aside under a shadow sequence, which costs a second state per sequence and no copy of its own:
// llama.cpp writes on into a new one. Single tokens run on in place and are not cut short, so decoding reuses its graph.
#pragma once

#include "memory.h"
#include "memory_context.h"

#include "llama-memory-recurrent.h"

namespace bonsai {

class hybrid_memory final : public llama_memory_i {
public:
    // Throws std::runtime_error when the device has no room.
    hybrid_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams, const config & cfg,
                  const layer_filter_cb & filter_attn, const layer_filter_cb & filter_recr);

    llama_memory_context_ptr init_batch(llama_batch_allocr & balloc, uint32_t n_ubatch, bool embd_all) override;
    llama_memory_context_ptr init_full() override;
    llama_memory_context_ptr init_update(llama_context * lctx, bool optimize) override;

    bool get_can_shift() const override { return attn.get_can_shift(); }
    void clear(bool data) override;
    // False: the sequence has gone beyond the range's start, and a recurrent state cannot step back. Nothing was changed.
    bool seq_rm  (llama_seq_id seq, llama_pos p0, llama_pos p1) override;
    void seq_cp  (llama_seq_id from, llama_seq_id to, llama_pos p0, llama_pos p1) override;
    void seq_keep(llama_seq_id seq) override;
    void seq_add (llama_seq_id seq, llama_pos p0, llama_pos p1, llama_pos shift) override;
    void seq_div (llama_seq_id seq, llama_pos p0, llama_pos p1, int d) override;
    // the last position: from there on nothing can be removed but everything
    llama_pos seq_pos_min(llama_seq_id seq) const override;
    llama_pos seq_pos_max(llama_seq_id seq) const override;
    std::map<ggml_backend_buffer_type_t, size_t> memory_breakdown() const override;

    void state_write(llama_io_write_i & io, llama_seq_id seq, llama_state_seq_flags flags) const override;
    void state_read (llama_io_read_i  & io, llama_seq_id seq, llama_state_seq_flags flags) override;

    // Before the graph of n tokens runs: keeps the sequence's state aside.
    void keep_aside(llama_seq_id seq, uint32_t n);
    // The graph failed: the state is again what it was before, or the sequence is lost until it is cleared.
    void take_back(llama_seq_id seq);

    memory                 attn;
    llama_memory_recurrent recr; // states of the sequences, and behind them of their shadows

private:
    enum class standing : uint8_t { plain, kept_aside, lost };

    llama_seq_id shadow(llama_seq_id seq) const { return seq + llama_seq_id(states.size()); }
    bool rm_one(llama_seq_id seq, llama_pos p0, llama_pos p1);

    std::vector<standing> states; // per sequence
};

// The ubatches of one decode: the recurrent side first, because the attention side puts ranks in the place of positions.
class hybrid_context final : public llama_memory_context_i {
public:
    hybrid_context(hybrid_memory * mem, llama_memory_context_ptr attn, llama_memory_context_ptr recr);

    bool next() override;
    bool apply() override;
    const llama_ubatch & get_ubatch() const override { return attn->get_ubatch(); }
    llama_memory_status get_status() const override { return attn->get_status(); }

    const memory_context * get_attn() const { return static_cast<const memory_context *>(attn.get()); }
    const llama_memory_recurrent_context * get_recr() const { return static_cast<const llama_memory_recurrent_context *>(recr.get()); }

private:
    hybrid_memory * mem;
    llama_memory_context_ptr attn;
    llama_memory_context_ptr recr;
};

} // namespace bonsai
