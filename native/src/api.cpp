#include "api.h"
#include "memory.h"
#include "registry.h"
#include "rows.h"

#include "llama.h"
#include "llama-impl.h"

#include <algorithm>
#include <stdexcept>

namespace {

using namespace bonsai;

thread_local std::string answer; // of the last call that returns text

constexpr char failure[] = "a failure without a reason; most likely there is no memory left";

// A function of the table: no exception may cross into C. `failed`: what it answers then.
template <auto f, auto failed> struct guarded;
template <typename R, typename... A, R (*f)(A...), auto failed> struct guarded<f, failed> {
    static R call(A... args) noexcept {
        try {
            return f(args...);
        } catch (const std::exception & e) {
            LLAMA_LOG_ERROR("bonsai: %s\n", e.what());
        } catch (...) {
            LLAMA_LOG_ERROR("bonsai: %s\n", failure);
        }
        return failed;
    }
};

// What the options say. Throws std::invalid_argument with what is wrong.
config read(const bonsai_options & o) {
    config cfg;
    cfg.evict        = find_policy(o.policy);
    cfg.budgets      = { o.budgets, o.budgets + o.n_budgets };
    cfg.staging      = o.staging;
    cfg.sinks        = o.sinks;
    cfg.recent_share = o.recent_share;
    cfg.block        = o.block;
    cfg.stagger      = o.stagger != 0;
    // a policy that is defined by a score brings it along
    cfg.rank_by      = cfg.evict && cfg.evict->score() ? find_score(cfg.evict->score()) : find_score(o.score ? o.score : "none");
    cfg.outlier_share = o.outlier_share;
    cfg.samples      = o.samples ? o.samples : cfg.samples;
    cfg.min_seen     = o.min_seen;
    cfg.gqa_max      = o.gqa_max != 0;
    cfg.merge        = o.merge != 0;
    const std::string positions = o.positions;
    cfg.positions = positions == "original" ? position_mode::original
                  : positions == "rank"     ? position_mode::rank
                                            : position_mode::automatic;
    if (const std::string complaint = cfg.complaint(); !complaint.empty()) {
        throw std::invalid_argument(complaint);
    }
    return cfg;
}

const char * check(const bonsai_options * o) {
    try {
        read(*o);
        return nullptr;
    } catch (const std::exception & e) {
        answer = e.what();
    }
    return answer.c_str();
}

const char * create(const bonsai_options * o, llama_model * model, const llama_context_params * params, llama_context ** context,
                    bonsai_created * created) {
    *context = nullptr;
    *created = { 0, "" };
    try {
        creation now(o ? std::optional<config>(read(*o)) : std::nullopt);
        *context = llama_init_from_model(model, *params);
        answer   = now.notice;
        *created = { now.handle, answer.c_str() };
        return nullptr;
    } catch (const std::exception & e) {
        answer = e.what();
    }
    return answer.c_str();
}

// Calls f with a living memory that has this sequence, its ledger safe from a running decode; 0: there is none.
template <typename F> int with_sequence(int64_t handle, uint32_t sequence, F && f) {
    bool known = false;
    registry::with(handle, [&](memory & mem) {
        known = sequence < mem.sequences.size();
        if (known) {
            const std::lock_guard<std::mutex> lock(mem.mutex);
            f(mem, mem.sequences[sequence]);
        }
    });
    return known;
}

int stats(int64_t handle, uint32_t sequence, bonsai_stats * out, bonsai_layer_stats * layers, size_t max_layers) {
    return with_sequence(handle, sequence, [&](const memory & mem, const ledger & ledger) {
        *out = {};
        out->tokens      = int64_t(ledger.last()) + 1;
        // a recurrent state cannot be taken back
        out->exact_tail  = mem.whole == &mem ? ledger.exact_tail() : ledger.last() + 1;
        out->ranked      = ledger.is_ranked();
        out->evicted     = ledger.n_evicted();
        out->compactions = ledger.n_compactions();
        out->n_layers    = uint32_t(mem.layers.size());
        out->pinned      = ledger.n_pinned();
        out->lost        = ledger.lost;
        for (size_t i = 0; i < mem.layers.size(); ++i) {
            const auto & l = mem.layers[i];
            const uint32_t window = mem.layout->groups[l.group].window;
            for (const ggml_tensor * t : l.tensors(sequence)) {
                out->kv_bytes           += ggml_nbytes(t);
                out->window_bytes       += window ? ggml_nbytes(t) : 0;
                out->kv_bytes_per_token += window ? 0 : t->nb[1];
            }
            for (const ggml_tensor * t : mem.gathered.of[i][sequence].all()) {
                out->score_bytes += ggml_nbytes(t);
            }
            if (layers && i < max_layers) {
                layers[i] = { l.il, uint32_t(l.k[sequence]->ne[1]), ledger.n_kept(l.group), mem.hparams.n_head_kv(l.il), window };
            }
        }
    });
}

int held(int64_t handle, uint32_t sequence, const int32_t * starts, uint32_t n_starts, float * out) {
    return with_sequence(handle, sequence, [&](const memory & mem, const ledger & ledger) {
        std::fill_n(out, mem.layers.size() * n_starts, 0.0f);
        for (size_t i = 0; i < mem.layers.size(); ++i) {
            ledger.held(mem.layers[i].group, starts, n_starts, out + i * n_starts);
        }
    });
}

int fork_sequence(int64_t handle, uint32_t from, uint32_t to) {
    bool known = false;
    registry::with(handle, [&](memory & mem) {
        known = from < mem.sequences.size() && to < mem.sequences.size();
        if (known) {
            mem.whole->seq_cp(llama_seq_id(from), llama_seq_id(to), -1, -1);
        }
    });
    return known;
}

int abort_decode(int64_t handle, int stop) {
    return registry::with(handle, [&](memory & mem) { mem.stop = stop != 0; });
}

int measure(int64_t handle, int on) {
    bool ok = false;
    registry::with(handle, [&](memory & mem) {
        mem.measure_layers(on != 0);
        ok = true;
    });
    return ok;
}

int32_t measures(int64_t handle, uint32_t sequence, bonsai_measure * out, uint32_t max_layers, float * attention, uint32_t max_tokens) {
    int32_t n_written = -1;
    registry::with(handle, [&](memory & mem) {
        if (sequence >= mem.sequences.size()) {
            return;
        }
        mem.synchronize();
        const std::lock_guard<std::mutex> lock(mem.mutex);
        const auto cosines = mem.residual.means();
        const auto weights = mem.gathered.peek(sequence);
        // weights by row are weights by token only while nothing was compacted
        const auto & ledger = mem.sequences[sequence];
        const uint32_t n = ledger.rank_base() == 0 ? std::min(uint32_t(ledger.staged.size()), max_tokens) : 0;
        uint32_t nth = 0;
        for (size_t i = 0; i < mem.layers.size() && nth < max_layers; ++i) {
            if (mem.layout->groups[mem.layers[i].group].window) {
                continue;
            }
            bonsai_measure & m = out[nth];
            m = { mem.layers[i].il, cosines[i], mem.residual.tokens(), weights[i].empty() ? 0 : n };
            float sum = 0.0f;
            for (uint32_t t = 0; t < m.n_attention; ++t) {
                sum += weights[i][t];
            }
            m.n_attention = sum > 0.0f ? m.n_attention : 0;
            for (uint32_t t = 0; t < m.n_attention; ++t) {
                attention[size_t(nth) * max_tokens + t] = weights[i][t] / sum;
            }
            nth++;
        }
        n_written = int32_t(nth);
    });
    return n_written;
}

// Calls f with the memory of a handle; what it returns or throws is the answer, NULL for no words.
template <typename F> const char * told(int64_t handle, F && f) {
    answer = "no cache has that handle";
    try {
        registry::with(handle, [&](memory & mem) { answer = f(mem); });
    } catch (const std::exception & e) {
        answer = e.what();
    }
    return answer.empty() ? nullptr : answer.c_str();
}

template <typename F> const char * told_of(int64_t handle, uint32_t sequence, F && f) {
    return told(handle, [&](memory & mem) -> std::string {
        if (sequence >= mem.sequences.size()) {
            return "no cache of that handle has that sequence";
        }
        f(mem);
        return {};
    });
}

const char * watch_peaks(int64_t handle, uint32_t sequence, int on) {
    return told_of(handle, sequence, [&](memory & mem) { mem.watch_peaks(sequence, on != 0); });
}

int32_t peaks(int64_t handle, uint32_t sequence, uint32_t nth, uint32_t first, uint32_t n, float * out, size_t max_out) {
    int32_t n_head_kv = -1;
    registry::with(handle, [&](memory & mem) {
        if (sequence >= mem.sequences.size() || nth >= mem.layers.size() || !mem.peaks.on(sequence)) {
            return;
        }
        mem.synchronize();
        const std::lock_guard<std::mutex> lock(mem.mutex);
        // rows are tokens only while nothing was compacted
        const auto & ledger = mem.sequences[sequence];
        if (ledger.rank_base() != 0 || size_t(first) + n > ledger.staged.size()) {
            return;
        }
        const std::vector<float> found = mem.peaks.of(nth, first, n);
        if (found.size() <= max_out) {
            std::copy(found.begin(), found.end(), out);
            n_head_kv = n == 0 ? -1 : int32_t(found.size() / n);
        }
    });
    return n_head_kv;
}

const char * rebudget(int64_t handle, const uint32_t * budgets, size_t n_budgets) {
    return told(handle, [&](memory & mem) { return mem.rebudget({ budgets, budgets + n_budgets }); });
}

int hint_tokens(int64_t handle, uint32_t sequence, int32_t first, const float * weights, const uint8_t * pins, uint32_t n) {
    bool known = false;
    registry::with(handle, [&](memory & mem) {
        known = sequence < mem.sequences.size();
        if (known) {
            std::vector<hint> hints(n);
            for (uint32_t i = 0; i < n; ++i) {
                hints[i] = { weights[i], pins && pins[i] };
            }
            const std::lock_guard<std::mutex> lock(mem.mutex);
            mem.sequences[sequence].expect(first, hints);
        }
    });
    return known;
}

size_t rows_bytes(int64_t handle, uint32_t n, const char * type) {
    size_t size = 0;
    registry::with(handle, [&](memory & mem) { size = rows_size(mem, n, rows_type(type)); });
    return size;
}

const char * take(int64_t handle, uint32_t sequence, int32_t first, uint32_t n, const char * type, uint8_t * out) {
    return told_of(handle, sequence, [&](memory & mem) { take_rows(mem, sequence, first, n, rows_type(type), out); });
}

const char * put(int64_t handle, uint32_t sequence, int32_t first, const uint8_t * data, size_t size, uint32_t range_first,
                 uint32_t range_n) {
    return told_of(handle, sequence, [&](memory & mem) { put_rows(mem, sequence, first, data, size, { range_first, range_n }); });
}

const bonsai_api table = {
    BONSAI_API_VERSION,
    guarded<check, failure>::call,
    guarded<create, failure>::call,
    guarded<stats, 0>::call,
    guarded<held, 0>::call,
    guarded<fork_sequence, 0>::call,
    guarded<abort_decode, 0>::call,
    guarded<measure, 0>::call,
    guarded<measures, int32_t(-1)>::call,
    guarded<watch_peaks, failure>::call,
    guarded<peaks, int32_t(-1)>::call,
    guarded<rebudget, failure>::call,
    guarded<hint_tokens, 0>::call,
    guarded<rows_bytes, size_t(0)>::call,
    guarded<take, failure>::call,
    guarded<put, failure>::call,
};

} // namespace

extern "C" LLAMA_API const bonsai_api * bonsai_get_api(void) {
    return &table;
}
