// What other threads may do while a context decodes: read its numbers, hint at tokens to come, stop it. Two caches are read into at
// the same time, each created with options of its own. Built with ThreadSanitizer (npm run sanitize) a data race ends it; without, it says whether
// the numbers made sense.
//
//     races <model.gguf> <folder with ggml's backends>
#include "api.h"
#include "open_model.h"

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

constexpr uint32_t n_batch = 32;
constexpr int32_t  n_read  = 1600;

std::atomic<int> n_failed{ 0 };

void expect(bool ok, const char * what) {
    if (!ok) {
        std::printf("FAILED %s\n", what);
        n_failed++;
    }
}

struct cache {
    const bonsai_api * api = bonsai_get_api();
    llama_context *    ctx = nullptr;
    int64_t            handle = 0;

    cache(llama_model * model, const char * policy, uint32_t budget) {
        const uint32_t budgets[] = { budget };
        bonsai_options o = {};
        o.policy = policy, o.positions = "auto", o.budgets = budgets, o.n_budgets = 1, o.staging = n_batch, o.sinks = 4;
        o.recent_share = 0.25f, o.block = 8, o.stagger = 1, o.score = "attention", o.outlier_share = 0.4f, o.min_seen = 1;
        auto params = llama_context_default_params();
        params.n_ctx = 1 << 14, params.n_batch = n_batch, params.n_ubatch = n_batch, params.n_seq_max = 2;
        params.n_threads = params.n_threads_batch = 1;
        params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
        bonsai_created created;
        expect(!api->create(&o, model, &params, &ctx, &created) && ctx, "a context can be created beside another one");
        handle = created.handle;
    }
    ~cache() { llama_free(ctx); }
    cache(const cache &) = delete;

    bool read(int32_t at, int32_t n) {
        llama_batch batch = llama_batch_init(n, 0, 1);
        batch.n_tokens = n;
        for (int32_t i = 0; i < n; ++i) {
            batch.token[i] = llama_token(5 + (uint32_t(at + i) * 2654435761u >> 7) % 400), batch.pos[i] = at + i, batch.n_seq_id[i] = 1;
            batch.seq_id[i][0] = 0, batch.logits[i] = i + 1 == n;
        }
        const bool ok = llama_decode(ctx, batch) == 0;
        llama_batch_free(batch);
        return ok;
    }

    bonsai_stats stats() const {
        bonsai_stats s = {};
        expect(api->stats(handle, 0, &s, nullptr, 0) != 0, "the numbers of a living cache can be read");
        return s;
    }
};

// Reads into a cache while two threads ask about it and hint.
void busy(llama_model * model, const char * policy, uint32_t budget) {
    cache c(model, policy, budget);
    if (!c.ctx) {
        return;
    }
    std::atomic<bool> done{ false };
    std::thread asks([&] {
        int64_t before = 0;
        const int32_t starts[] = { 0, 100, 400 };
        while (!done) {
            std::vector<bonsai_layer_stats> layers(64);
            bonsai_stats s = {};
            expect(c.api->stats(c.handle, 0, &s, layers.data(), layers.size()) != 0, "stats while it decodes");
            expect(s.tokens >= before && s.tokens <= n_read, "tokens only grow");
            before = s.tokens;
            std::vector<float> held(size_t(s.n_layers) * 3);
            expect(c.api->held(c.handle, 0, starts, 3, held.data()) != 0, "held while it decodes");
            for (float share : held) {
                expect(share >= 0.0f && share <= 1.0f, "a share lies between 0 and 1");
            }
        }
    });
    std::thread hints([&] {
        const std::vector<float> weights(n_batch, 2.0f);
        while (!done) {
            c.api->hint(c.handle, 0, n_read - int32_t(n_batch), weights.data(), nullptr, n_batch);
            expect(c.api->stats(c.handle + 100, 0, nullptr, nullptr, 0) == 0, "a handle that nobody gave is known");
        }
    });
    for (int32_t at = 0; at < n_read; at += int32_t(n_batch)) {
        expect(c.read(at, int32_t(n_batch)), "it reads");
    }
    done = true;
    asks.join();
    hints.join();
    expect(c.stats().tokens == n_read && c.stats().compactions > 0, "all was read, and some of it evicted");

    // stopped from another thread: what was read before stays
    std::thread stops([&] { c.api->abort(c.handle, 1); });
    c.read(n_read, int32_t(n_batch));
    stops.join();
    c.api->abort(c.handle, 0);
    llama_memory_seq_rm(llama_get_memory(c.ctx), 0, n_read, -1);
    expect(c.stats().tokens == n_read, "a stopped decode takes nothing back that was read before");
}

} // namespace

int main(int argc, char ** argv) {
    llama_model * model = open_model(argc, argv);
    if (!model) {
        return 2;
    }
    std::thread first([&] { busy(model, "hybrid", 160); });
    std::thread second([&] { busy(model, "tree", 192); });
    first.join();
    second.join();
    llama_model_free(model);
    std::printf("two caches, %d tokens each, %d failed\n", n_read, n_failed.load());
    return n_failed == 0 ? 0 : 1;
}
