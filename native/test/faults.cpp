// What is left of a sequence when something fails in the middle: every allocation of ours, every buffer of the device and
// every graph beside llama.cpp's is made to fail once, one after the other, while a small cache is forked, trimmed, moved,
// saved, restored, measured, given other budgets and read on. Afterwards each sequence must go on exactly as it was, exactly
// as it should be, or be lost and say so; lost, it must take nothing before it is cleared, and everything after.
//
//     faults <model.gguf> <folder with ggml's backends> [trace]
//
// The faults come from the functions below: this program's stand before those of the libraries.
#include "api.h"
#include "open_model.h"

#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpp.h"
#include "llama.h"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace {

enum class place { none, heap, buffer, graph, compute };

// On the thread that calls us: the countdown-th event of this kind fails, and no other one.
thread_local place armed     = place::none;
thread_local long  countdown = 0;

bool fails(place here) {
    return armed == here && --countdown == 0;
}

template <typename F> F next(const char * name) {
    const auto found = reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
    if (!found) {
        std::fprintf(stderr, "%s is not there\n", name);
        std::abort();
    }
    return found;
}

void * take(size_t size) {
    if (fails(place::heap)) {
        throw std::bad_alloc();
    }
    if (void * p = std::malloc(size ? size : 1)) {
        return p;
    }
    throw std::bad_alloc();
}

} // namespace

void * operator new(size_t size) { return take(size); }
void * operator new[](size_t size) { return take(size); }
void * operator new(size_t size, const std::nothrow_t &) noexcept { return fails(place::heap) ? nullptr : std::malloc(size ? size : 1); }
void * operator new[](size_t size, const std::nothrow_t &) noexcept { return fails(place::heap) ? nullptr : std::malloc(size ? size : 1); }
void operator delete(void * p) noexcept { std::free(p); }
void operator delete[](void * p) noexcept { std::free(p); }
void operator delete(void * p, const std::nothrow_t &) noexcept { std::free(p); }
void operator delete[](void * p, const std::nothrow_t &) noexcept { std::free(p); }
void operator delete(void * p, size_t) noexcept { std::free(p); }
void operator delete[](void * p, size_t) noexcept { std::free(p); }

extern "C" {

ggml_backend_buffer_t ggml_backend_alloc_ctx_tensors_from_buft(ggml_context * ctx, ggml_backend_buffer_type_t buft) {
    static const auto real = next<decltype(&ggml_backend_alloc_ctx_tensors_from_buft)>("ggml_backend_alloc_ctx_tensors_from_buft");
    return fails(place::buffer) ? nullptr : real(ctx, buft);
}

bool ggml_backend_sched_alloc_graph(ggml_backend_sched_t sched, ggml_cgraph * graph) {
    static const auto real = next<decltype(&ggml_backend_sched_alloc_graph)>("ggml_backend_sched_alloc_graph");
    return fails(place::graph) ? false : real(sched, graph);
}

enum ggml_status ggml_backend_sched_graph_compute(ggml_backend_sched_t sched, ggml_cgraph * graph) {
    static const auto real = next<decltype(&ggml_backend_sched_graph_compute)>("ggml_backend_sched_graph_compute");
    return fails(place::compute) ? GGML_STATUS_FAILED : real(sched, graph);
}

} // extern "C"

namespace {

constexpr uint32_t n_batch = 64;
constexpr uint32_t n_seqs  = 3;
constexpr int32_t  n_read  = 200; // tokens in the sequence that something is done with
constexpr int32_t  n_other = 100; // tokens in another one
constexpr int32_t  n_more  = 70;  // and what is read then to see how it goes on: one compaction at least

struct settings {
    const char * policy;
    const char * score;
    bool         merge;
};

llama_token token_at(int32_t i) {
    return llama_token(5 + (uint32_t(i) * 2654435761u >> 7) % 4000);
}

struct cache {
    llama_context *    ctx = nullptr;
    const bonsai_api * api = bonsai_get_api();
    int64_t            handle = 0;

    cache(llama_model * model, const settings & s) {
        static const uint32_t budgets[] = { 160 };
        bonsai_options o = {};
        o.policy = s.policy, o.positions = "auto", o.budgets = budgets, o.n_budgets = 1, o.staging = n_batch, o.sinks = 4;
        o.recent_share = 0.25f, o.block = 8, o.stagger = 1, o.score = s.score, o.outlier_share = 0.4f, o.min_seen = 1, o.merge = s.merge;
        auto params = llama_context_default_params();
        params.n_ctx = 1 << 16, params.n_batch = n_batch, params.n_ubatch = n_batch, params.n_seq_max = n_seqs;
        params.n_threads = params.n_threads_batch = 1;
        params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
        bonsai_created created;
        const char * why = api->create(&o, model, &params, &ctx, &created);
        handle = created.handle;
        if (!ctx || !handle) {
            std::fprintf(stderr, "no bounded cache: %s\n", why ? why : created.notice);
            std::abort();
        }
    }
    cache(const cache &) = delete;
    ~cache() { llama_free(ctx); }

    bonsai_stats stats(uint32_t seq) const {
        bonsai_stats s = {};
        api->stats(handle, seq, &s, nullptr, 0);
        return s;
    }

    // Reads tokens [from, to) of the text that starts at `text`. Returns the logits of the last one; empty: it was refused.
    std::vector<float> read(uint32_t seq, int32_t from, int32_t to, int32_t text = 0) {
        std::vector<float> logits;
        for (int32_t at = from; at < to; at += int32_t(n_batch)) {
            const int32_t n = std::min(int32_t(n_batch), to - at);
            llama_batch batch = llama_batch_init(n, 0, 1);
            batch.n_tokens = n;
            for (int32_t i = 0; i < n; ++i) {
                batch.token[i] = token_at(text + at + i), batch.pos[i] = at + i, batch.n_seq_id[i] = 1;
                batch.seq_id[i][0] = llama_seq_id(seq), batch.logits[i] = i + 1 == n;
            }
            int failed = 1;
            try {
                failed = llama_decode(ctx, batch);
            } catch (const std::exception &) { // upstream's own; the addon of node-llama-cpp turns it into an error
            }
            llama_batch_free(batch);
            if (failed) {
                // as src/sidecar/engine/sequence.ts does
                llama_memory_seq_rm(llama_get_memory(ctx), llama_seq_id(seq), at, -1);
                return {};
            }
            const float * last = llama_get_logits_ith(ctx, n - 1);
            logits.assign(last, last + llama_vocab_n_tokens(llama_model_get_vocab(llama_get_model(ctx))));
        }
        return logits;
    }

    std::vector<uint8_t> save(uint32_t seq) {
        std::vector<uint8_t> data(llama_state_seq_get_size(ctx, llama_seq_id(seq)));
        const size_t n = data.empty() ? 0 : llama_state_seq_get_data(ctx, data.data(), data.size(), llama_seq_id(seq));
        data.resize(n);
        return data;
    }

    // Rows of the newest tokens of sequence 2; empty: they could not be taken.
    std::vector<uint8_t> take() {
        std::vector<uint8_t> rows(api->rows_size(handle, n_batch, "q8_0"));
        const bool ok = !rows.empty() && !api->take_rows(handle, 2, n_other - int32_t(n_batch), n_batch, "q8_0", rows.data());
        return ok ? rows : std::vector<uint8_t>();
    }
};

// What is done to sequence 0, and to which ones it may show.
struct operation {
    std::string name;
    std::vector<uint32_t> touches;
    std::function<void(cache &)> act;
};

const std::vector<operation> & operations() {
    static const uint32_t more[] = { 192 }, fewer[] = { 128 };
    static const std::vector<operation> all = {
        { "read on", { 0 }, [](cache & c) { c.read(0, n_read, n_read + 64); } },
        { "fork", { 0, 1 }, [](cache & c) { c.api->fork(c.handle, 0, 1); } },
        { "trim", { 0 }, [](cache & c) { llama_memory_seq_rm(llama_get_memory(c.ctx), 0, n_read - 20, -1); } },
        { "remove a part", { 0 }, [](cache & c) { llama_memory_seq_rm(llama_get_memory(c.ctx), 0, 10, 40); } },
        { "larger budget", { 0, 2 }, [](cache & c) { c.api->rebudget(c.handle, more, 1); } },
        { "smaller budget", { 0, 2 }, [](cache & c) { c.api->rebudget(c.handle, fewer, 1); } },
        { "measure", { 0, 2 }, [](cache & c) { c.api->measure(c.handle, 1), c.api->measure(c.handle, 0); } },
        { "watch peaks", { 0, 2 }, [](cache & c) {
            float peaks[64];
            c.api->watch_peaks(c.handle, 0, 1);
            c.api->peaks(c.handle, 0, 0, 0, 8, peaks, 64);
            c.api->watch_peaks(c.handle, 0, 0);
        } },
        { "hints", { 0 }, [](cache & c) {
              const std::vector<float> weights(32, 2.0f);
              c.api->hint(c.handle, 0, n_read, weights.data(), nullptr, 32);
          } },
        { "take rows", { 2 }, [](cache & c) { c.take(); } },
        { "take rows and put them back", { 0, 2 }, [](cache & c) {
              const auto rows = c.take();
              if (!rows.empty()) {
                  c.api->put_rows(c.handle, 0, n_read, rows.data(), rows.size(), 0, n_batch); // with a compaction
              }
          } },
        { "save and restore", { 0, 1 }, [](cache & c) {
              const auto saved = c.save(0);
              llama_state_seq_set_data(c.ctx, saved.data(), saved.size(), 1);
          } },
        { "restore what ends too early", { 0, 1 }, [](cache & c) {
              const auto saved = c.save(0);
              llama_state_seq_set_data(c.ctx, saved.data(), saved.size() - saved.size() / 3, 1);
          } },
    };
    return all;
}

// Sequence 0 holds text, 2 another one, 1 nothing. Read once for each of the settings, then restored.
void fill(cache & c, std::map<uint32_t, std::vector<uint8_t>> & saved) {
    if (saved.empty()) {
        c.read(0, 0, n_read);
        c.read(2, 0, n_other, 7000);
        saved[0] = c.save(0);
        saved[2] = c.save(2);
        return;
    }
    for (const auto & [seq, state] : saved) {
        llama_state_seq_set_data(c.ctx, state.data(), state.size(), llama_seq_id(seq));
    }
    static const uint32_t same[] = { 160 };
    if (!c.api->rebudget(c.handle, same, 1)) {
        std::printf("FAILED new budgets before the first token: accepted\n");
    }
    c.read(1, 0, 1);
    llama_memory_seq_rm(llama_get_memory(c.ctx), 1, -1, -1);
}

// How a sequence goes on from what it says it holds: the logits after some more.
std::vector<float> goes_on(cache & c, uint32_t seq) {
    const int32_t at = int32_t(c.stats(seq).tokens);
    return c.read(seq, at, at + n_more, 3000);
}

int n_failed = 0;

void expect(bool ok, const std::string & what) {
    if (!ok) {
        std::printf("FAILED %s\n", what.c_str());
        n_failed++;
    }
}

struct outcome {
    int64_t tokens = 0;
    bool    lost   = false;
    std::vector<float> after;
};

outcome look(cache & c, uint32_t seq) {
    outcome o;
    const auto s = c.stats(seq);
    o.tokens = s.tokens, o.lost = s.lost != 0;
    if (!o.lost) {
        o.after = goes_on(c, seq);
    }
    return o;
}

} // namespace

int main(int argc, char ** argv) {
    llama_model * model = open_model(argc, argv);
    if (!model) {
        return 2;
    }
    const settings all[] = { { "hybrid", "keydiff", false }, { "tree", "attention", true } };
    std::map<place, const char *> names = { { place::heap, "allocation" }, { place::buffer, "buffer" }, { place::graph, "graph" }, { place::compute, "computation" } };
    long n_injected = 0, n_as_before = 0, n_done = 0, n_lost = 0;
    for (const auto & s : all) {
        std::map<uint32_t, std::vector<uint8_t>> saved;
        fill(*std::make_unique<cache>(model, s), saved);
        for (const auto & op : operations()) {
            std::map<uint32_t, outcome> before, done;
            for (const bool acts : { false, true }) {
                cache c(model, s);
                fill(c, saved);
                if (acts) {
                    op.act(c);
                }
                for (uint32_t seq : op.touches) {
                    (acts ? done : before)[seq] = look(c, seq);
                }
            }
            for (const auto & [kind, name] : names) {
                const bool sampled = op.name == "read on" && kind == place::heap; // most of them are llama.cpp's own
                for (long n = 1; ; n += sampled ? 97 : 1) {
                    cache c(model, s);
                    fill(c, saved);
                    armed = kind, countdown = n;
                    try {
                        op.act(c);
                    } catch (const std::bad_alloc &) { // of this program or llama.cpp's; ours may not let one out
                    }
                    const bool reached = countdown <= 0;
                    armed = place::none;
                    if (!reached) {
                        break;
                    }
                    n_injected++;
                    if (argc > 3) { // so that a crash says where it was
                        std::fprintf(stderr, "%s, %s, %s %ld\n", s.policy, op.name.c_str(), name, n);
                    }
                    for (uint32_t seq : op.touches) {
                        const std::string where = std::string(s.policy) + ", " + op.name + ", " + name + " " + std::to_string(n) + ", sequence " + std::to_string(seq);
                        const outcome now = look(c, seq);
                        if (now.lost) {
                            n_lost++;
                            expect(c.save(seq).empty(), where + ": it is lost and can be saved");
                            c.api->fork(c.handle, seq, (seq + 1) % n_seqs);
                            expect(c.stats((seq + 1) % n_seqs).lost, where + ": a copy of what is lost is not");
                            expect(goes_on(c, seq).empty(), where + ": it is lost and reads on");
                            llama_memory_seq_rm(llama_get_memory(c.ctx), llama_seq_id(seq), -1, -1);
                            expect(!c.stats(seq).lost && !c.read(seq, 0, 100).empty(), where + ": cleared, it takes nothing");
                        } else if (now.after == before[seq].after && now.tokens == before[seq].tokens) {
                            n_as_before++;
                        } else if (now.after == done[seq].after && now.tokens == done[seq].tokens) {
                            n_done++;
                        } else if (now.tokens == 0) { // a restoration that failed: empty, as if new
                            cache fresh(model, s);
                            expect(now.after == goes_on(fresh, seq), where + ": it is empty and remembers something");
                        } else {
                            expect(false, where + ": it holds " + std::to_string(now.tokens) + " tokens, and goes on as neither before nor after");
                        }
                    }
                }
            }
        }
    }
    llama_model_free(model);
    std::printf("%ld faults: %ld sequences as before, %ld as after, %ld lost and said so, %d failed\n", n_injected, n_as_before, n_done, n_lost, n_failed);
    return n_failed == 0 ? 0 : 1;
}
