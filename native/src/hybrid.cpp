#include "hybrid.h"

#include "llama-batch.h"
#include "llama-cparams.h"
#include "llama-impl.h"
#include "llama-model.h"

#include <algorithm>
#include <stdexcept>

namespace bonsai {

static llama_memory_i::layer_filter_cb or_default(const llama_memory_i::layer_filter_cb & filter, const llama_hparams & hparams,
                                                  bool recurrent) {
    return filter ? filter : [&hparams, recurrent](int32_t il) { return hparams.is_recr(uint32_t(il)) == recurrent; };
}

hybrid_memory::hybrid_memory(const llama_model & model, const llama_memory_params & params, const llama_cparams & cparams,
                             const config & cfg, const layer_filter_cb & filter_attn, const layer_filter_cb & filter_recr)
        : attn(model, params, cparams, cfg, or_default(filter_attn, model.hparams, false)),
          recr(model, GGML_TYPE_F32, GGML_TYPE_F32, cparams.offload_kqv, 2 * cparams.n_seq_max, 2 * cparams.n_seq_max, 0,
               or_default(filter_recr, model.hparams, true)),
          states(cparams.n_seq_max, standing::plain) {
    attn.whole = this;
}

llama_memory_context_ptr hybrid_memory::init_batch(llama_batch_allocr & balloc, uint32_t n_ubatch, bool) {
    std::vector<llama_ubatch> ubatches;
    if (!attn.split(balloc, n_ubatch, ubatches) || !recr.prepare(ubatches)) {
        return failed_context(&attn);
    }
    for (const auto & ubatch : ubatches) {
        if (states[ubatch.seq_id_unq[0]] == standing::lost) {
            LLAMA_LOG_ERROR("bonsai: the recurrent state of sequence %d was lost when a decode failed; "
                            "clear the sequence and read it again\n", ubatch.seq_id_unq[0]);
            return failed_context(&attn);
        }
    }
    auto recr_context = std::make_unique<llama_memory_recurrent_context>(&recr, ubatches);
    return std::make_unique<hybrid_context>(this, batch_context(&attn, std::move(ubatches)), std::move(recr_context));
}

llama_memory_context_ptr hybrid_memory::init_full() {
    return std::make_unique<hybrid_context>(this, attn.init_full(), recr.init_full());
}

llama_memory_context_ptr hybrid_memory::init_update(llama_context * lctx, bool optimize) {
    return attn.init_update(lctx, optimize); // the recurrent side never has one
}

void hybrid_memory::keep_aside(llama_seq_id seq, uint32_t n) {
    if (n > 1) {
        recr.seq_cp(seq, shadow(seq), -1, -1);
    }
    states[seq] = n > 1 ? standing::kept_aside : standing::plain;
    attn.stoppable = n > 1;
}

void hybrid_memory::take_back(llama_seq_id seq) {
    if (states[seq] == standing::kept_aside) {
        recr.seq_cp(shadow(seq), seq, -1, -1);
    } else {
        states[seq] = standing::lost;
    }
}

void hybrid_memory::clear(bool data) {
    attn.clear(data);
    recr.clear(data);
    std::fill(states.begin(), states.end(), standing::plain);
}

bool hybrid_memory::rm_one(llama_seq_id seq, llama_pos p0, llama_pos p1) {
    if (attn.sequences[seq].unsettled() && p1 < 0) { // a failed ubatch, see ledger::remove
        attn.seq_rm(seq, p0, p1);
        take_back(seq);
        return true;
    }
    if (!recr.seq_rm(seq, p0, p1)) {
        return false;
    }
    attn.seq_rm(seq, p0, p1);
    if (attn.seq_pos_max(seq) < 0) {
        recr.seq_rm(seq, -1, -1);
        recr.seq_rm(shadow(seq), -1, -1);
        states[seq] = standing::plain;
    }
    return true;
}

bool hybrid_memory::seq_rm(llama_seq_id seq, llama_pos p0, llama_pos p1) {
    bool ok = seq < llama_seq_id(states.size());
    for (llama_seq_id s = 0; s < llama_seq_id(states.size()); ++s) {
        ok = (seq >= 0 && seq != s) || rm_one(s, p0, p1) ? ok : false;
    }
    return ok;
}

void hybrid_memory::seq_cp(llama_seq_id from, llama_seq_id to, llama_pos p0, llama_pos p1) {
    const llama_seq_id n = llama_seq_id(states.size());
    if (from == to || from < 0 || to < 0 || from >= n || to >= n) {
        return;
    }
    attn.seq_cp(from, to, p0, p1);
    recr.seq_cp(from, to, p0, p1);
    // the state was copied as it is: with a tail that the range may have left out
    const bool whole = attn.seq_pos_max(to) == attn.seq_pos_max(from) && states[from] != standing::lost;
    states[to] = whole ? standing::plain : standing::lost;
}

void hybrid_memory::seq_keep(llama_seq_id seq) {
    for (llama_seq_id s = 0; s < llama_seq_id(states.size()); ++s) {
        if (s != seq) {
            rm_one(s, -1, -1);
        }
    }
}

void hybrid_memory::seq_add(llama_seq_id seq, llama_pos p0, llama_pos p1, llama_pos shift) {
    attn.seq_add(seq, p0, p1, shift);
    recr.seq_add(seq, p0, p1, shift);
}

void hybrid_memory::seq_div(llama_seq_id seq, llama_pos p0, llama_pos p1, int d) {
    attn.seq_div(seq, p0, p1, d); // says that it is not supported
}

llama_pos hybrid_memory::seq_pos_min(llama_seq_id seq) const {
    return attn.seq_pos_max(seq);
}

llama_pos hybrid_memory::seq_pos_max(llama_seq_id seq) const {
    return attn.seq_pos_max(seq);
}

std::map<ggml_backend_buffer_type_t, size_t> hybrid_memory::memory_breakdown() const {
    auto sizes = attn.memory_breakdown();
    for (const auto & [buft, size] : recr.memory_breakdown()) {
        sizes[buft] += size;
    }
    return sizes;
}

void hybrid_memory::state_write(llama_io_write_i & io, llama_seq_id seq, llama_state_seq_flags flags) const {
    for (llama_seq_id s = 0; s < llama_seq_id(states.size()); ++s) {
        if ((seq < 0 || seq == s) && states[s] == standing::lost) {
            throw std::runtime_error("bonsai: the recurrent state was lost when a decode failed; clear the sequence and read it again");
        }
    }
    if ((flags & LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY) == 0) {
        attn.state_write(io, seq, flags);
    }
    recr.state_write(io, seq, flags);
}

void hybrid_memory::state_read(llama_io_read_i & io, llama_seq_id seq, llama_state_seq_flags flags) {
    if ((flags & LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY) == 0) {
        attn.state_read(io, seq, flags);
    }
    try {
        recr.state_read(io, seq, flags);
    } catch (...) { // upstream cleared its side
        attn.seq_rm(seq, -1, -1);
        throw;
    }
    for (llama_seq_id s = 0; s < llama_seq_id(states.size()); ++s) {
        states[s] = seq < 0 || seq == s ? standing::plain : states[s];
    }
}

hybrid_context::hybrid_context(hybrid_memory * mem, llama_memory_context_ptr attn, llama_memory_context_ptr recr)
    : mem(mem), attn(std::move(attn)), recr(std::move(recr)) {}

bool hybrid_context::next() {
    recr->next();
    return attn->next();
}

bool hybrid_context::apply() {
    const auto & ubatch = get_ubatch();
    const llama_seq_id seq = ubatch.seq_id_unq[0];
    mem->keep_aside(seq, ubatch.n_tokens);
    if (recr->apply() && attn->apply()) {
        return true;
    }
    mem->take_back(seq);
    return false;
}

} // namespace bonsai
