// Measures one libllama, stock or Bonsai's, whichever the loader finds first: prefill and decode at several lengths, and
// the log-probabilities of one stream of tokens. scripts/gpu-bench.mjs starts it, once for either library, and compares.
// One JSON object per line on stdout. Tokens come from a fixed generator, so both libraries read the same ones.
#include "api.h"

#include "ggml-backend.h"
#include "llama.h"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using model_ptr   = std::unique_ptr<llama_model, decltype(&llama_model_free)>;
using context_ptr = std::unique_ptr<llama_context, decltype(&llama_free)>;

struct arguments {
    std::map<std::string, std::string> values; // --name value

    arguments(int argc, char ** argv) {
        for (int i = 1; i + 1 < argc; i += 2) {
            values[argv[i]] = argv[i + 1];
        }
    }
    std::string text(const char * name) const {
        const auto found = values.find(name);
        if (found == values.end()) {
            throw std::runtime_error(std::string(name) + " is missing");
        }
        return found->second;
    }
    uint32_t number(const char * name) const { return uint32_t(std::stoul(text(name))); }
    std::vector<uint32_t> numbers(const char * name) const {
        std::vector<uint32_t> out;
        std::istringstream in(text(name));
        for (std::string part; std::getline(in, part, ',');) {
            out.push_back(uint32_t(std::stoul(part)));
        }
        return out;
    }
};

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The least free memory of the device seen since the start; a CPU has none that would mean anything.
struct device_memory {
    ggml_backend_dev_t device;
    size_t             at_start = 0, least = 0;

    explicit device_memory(ggml_backend_dev_t device) : device(device) {
        at_start = least = available();
    }
    size_t available() const {
        size_t free = 0, total = 0;
        if (device) {
            ggml_backend_dev_memory(device, &free, &total);
        }
        return free;
    }
    void look() { least = std::min(least, available()); }
    void forget() { least = available(); }
    size_t peak() const { return at_start - least; }
};

// A context with its bounded cache's handle; 0 beside the stock library.
struct opened {
    context_ptr ctx;
    int64_t     handle;
};

struct bench {
    const bonsai_api *     api; // null beside the stock library
    const bonsai_options * cache;
    llama_model *      model;
    device_memory &    memory;
    uint32_t           ubatch;
    int32_t            threads;

    llama_token token(size_t i) const {
        uint64_t x = (uint64_t(i) + 1) * 0x9e3779b97f4a7c15ull; // splitmix64's finaliser
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
        return llama_token((x ^ (x >> 31)) % uint64_t(llama_vocab_n_tokens(llama_model_get_vocab(model))));
    }

    // Its context null: no room.
    opened open(uint32_t n_ctx, uint32_t n_batch) const {
        llama_context_params params = llama_context_default_params();
        params.n_ctx           = (n_ctx + 255) / 256 * 256;
        params.n_batch         = n_batch;
        params.n_ubatch        = n_batch;
        params.n_seq_max       = 1;
        params.n_threads       = threads;
        params.n_threads_batch = threads;
        params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED; // as the sidecar sets it
        if (!api) {
            return { context_ptr(llama_init_from_model(model, params), llama_free), 0 };
        }
        llama_context * made = nullptr;
        bonsai_created created;
        const char * why = api->create(cache, model, &params, &made, &created);
        context_ptr ctx(made, llama_free);
        if (why || (ctx && created.handle == 0)) {
            throw std::runtime_error(std::string("no bounded cache: ") + (why ? why : created.notice));
        }
        return { std::move(ctx), created.handle };
    }

    // Evaluates tokens [from, from + n) in one batch; with_all: logits of every token, else of the last.
    void decode(llama_context * ctx, size_t from, uint32_t n, bool with_all = false) const {
        llama_batch batch = llama_batch_init(int32_t(n), 0, 1);
        batch.n_tokens = int32_t(n);
        for (uint32_t i = 0; i < n; ++i) {
            batch.token[i]     = token(from + i);
            batch.pos[i]       = llama_pos(from + i);
            batch.n_seq_id[i]  = 1;
            batch.seq_id[i][0] = 0;
            batch.logits[i]    = with_all || i + 1 == n;
        }
        const int32_t rc = llama_decode(ctx, batch);
        llama_batch_free(batch);
        if (rc != 0) {
            throw std::runtime_error("llama_decode returned " + std::to_string(rc) + " at token " + std::to_string(from));
        }
    }

    // Seconds for tokens [from, to) in batches of n.
    double timed(llama_context * ctx, size_t from, size_t to, uint32_t n) const {
        const double start = now();
        for (size_t i = from; i < to; i += n) {
            decode(ctx, i, uint32_t(std::min<size_t>(n, to - i)));
        }
        llama_synchronize(ctx);
        return now() - start;
    }

    bonsai_stats stats(int64_t handle) const {
        bonsai_stats s = {};
        if (api && !api->stats(handle, 0, &s, nullptr, 0)) {
            throw std::runtime_error("the bounded cache has gone");
        }
        return s;
    }

    // Bytes of K and V in f16: allocated, which for llama.cpp's own cache is all of the context.
    uint64_t kv_bytes(const llama_context * ctx, int64_t handle) const {
        if (api) {
            return stats(handle).kv_bytes;
        }
        char name[64] = "", length[32] = "";
        llama_model_meta_val_str(model, "general.architecture", name, sizeof(name));
        const bool given = llama_model_meta_val_str(model, (std::string(name) + ".attention.key_length").c_str(), length, sizeof(length)) > 0;
        const uint64_t head = given ? std::stoul(length) : llama_model_n_embd(model) / llama_model_n_head(model);
        return 2 * sizeof(uint16_t) * head * llama_model_n_head_kv(model) * llama_model_n_layer(model) * llama_n_ctx(ctx);
    }

    void measure(uint32_t length, uint32_t n_decode) const {
        memory.forget();
        const auto [ctx, handle] = open(length + n_decode, ubatch);
        if (!ctx) {
            printf("{\"event\":\"length\",\"tokens\":%u,\"error\":\"no room for the context\"}\n", length);
            return;
        }
        memory.look();
        const double prefill = timed(ctx.get(), 0, length, ubatch);
        memory.look();
        const uint64_t before = stats(handle).compactions;
        const double   decode = timed(ctx.get(), length, length + n_decode, 1);
        memory.look();
        const bonsai_stats after = stats(handle);
        printf("{\"event\":\"length\",\"tokens\":%u,\"prefillSeconds\":%.6f,\"decodeTokens\":%u,\"decodeSeconds\":%.6f,\"kvBytes\":%llu,"
               "\"compactions\":%llu,\"decodeCompactions\":%llu",
               length, prefill, n_decode, decode, (unsigned long long) kv_bytes(ctx.get(), handle), (unsigned long long) after.compactions,
               (unsigned long long) (after.compactions - before));
        printf(memory.device ? ",\"deviceBytes\":%zu}\n" : "}\n", memory.peak());
    }

    // ln p of tokens 1 .. n-1, read in batches of n_batch
    void score(uint32_t n, uint32_t n_batch) const {
        const auto [ctx, handle] = open(n, n_batch);
        (void) handle;
        if (!ctx) {
            throw std::runtime_error("no room for a context of " + std::to_string(n) + " tokens");
        }
        const int32_t n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(model));
        printf("{\"event\":\"scores\",\"batch\":%u,\"values\":[", n_batch);
        for (uint32_t i = 0; i < n; i += n_batch) {
            const uint32_t part = std::min(n_batch, n - i);
            decode(ctx.get(), i, part, true);
            for (uint32_t j = 0; j < part && i + j + 1 < n; ++j) {
                const float * logits = llama_get_logits_ith(ctx.get(), int32_t(j));
                const float top = *std::max_element(logits, logits + n_vocab);
                double sum = 0;
                for (int32_t v = 0; v < n_vocab; ++v) {
                    sum += std::exp(double(logits[v] - top));
                }
                const double p = double(logits[token(i + j + 1)] - top) - std::log(sum);
                printf(std::isfinite(p) ? "%s%.9g" : "%snull", i + j ? "," : "", p);
            }
        }
        printf("]}\n");
    }
};

// The table of the libllama in this process; null: the stock one.
const bonsai_api * find_api(bool asked) {
    const auto get = reinterpret_cast<bonsai_get_api_t>(dlsym(RTLD_DEFAULT, BONSAI_API_SYMBOL));
    if (asked != (get != nullptr)) {
        throw std::runtime_error(asked ? "this process runs the stock libllama" : "this process runs Bonsai's libllama");
    }
    if (get && get()->version != BONSAI_API_VERSION) {
        throw std::runtime_error("libllama and this program were built from different sources");
    }
    return get ? get() : nullptr;
}

void run(const arguments & args) {
    llama_log_set([](ggml_log_level level, const char * text, void *) {
        if (level == GGML_LOG_LEVEL_ERROR) {
            fputs(text, stderr);
        }
    }, nullptr);
    llama_backend_init();
    ggml_backend_dev_t gpu = args.text("--backend") == "cpu" ? nullptr : ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_GPU);
    if (!gpu && args.text("--backend") != "cpu") {
        throw std::runtime_error("no GPU is visible");
    }
    const bonsai_api * api = find_api(args.text("--engine") == "bonsai");
    const std::string policy = args.text("--policy"), score = args.text("--score-by");
    const std::vector<uint32_t> budgets = { args.number("--budget") };
    bonsai_options options = {}; // what the sidecar asks for (src/sidecar/engine/createCache.ts), one budget for all layers
    options.policy       = policy.c_str();
    options.positions    = "auto";
    options.budgets      = budgets.data();
    options.n_budgets    = budgets.size();
    options.staging      = args.number("--ubatch");
    options.sinks        = 4;
    options.recent_share = 0.25f;
    options.block        = 8;
    options.stagger      = 1;
    options.score        = score.c_str();
    options.outlier_share = 0.4f;
    options.samples      = 8;
    options.min_seen     = 1;
    device_memory memory(gpu);

    ggml_backend_dev_t devices[] = { gpu, nullptr };
    llama_model_params params = llama_model_default_params();
    params.devices      = devices;
    params.n_gpu_layers = gpu ? -1 : 0;
    model_ptr model(llama_model_load_from_file(args.text("--model").c_str(), params), llama_model_free);
    if (!model) {
        throw std::runtime_error("the model cannot be loaded");
    }
    char description[128] = "";
    llama_model_desc(model.get(), description, sizeof(description));
    ggml_backend_dev_t device = gpu ? gpu : ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    printf("{\"event\":\"loaded\",\"model\":\"%s\",\"parameters\":%llu,\"device\":\"%s\"}\n", description,
           (unsigned long long) llama_model_n_params(model.get()), ggml_backend_dev_description(device));

    const bench bench = { api, &options, model.get(), memory, args.number("--ubatch"), int32_t(args.number("--threads")) };
    {
        // kernels are loaded and compiled on first use; that is not to be measured
        const auto warm = bench.open(2 * bench.ubatch, bench.ubatch).ctx;
        if (!warm) {
            throw std::runtime_error("no room for the smallest context");
        }
        bench.timed(warm.get(), 0, bench.ubatch, bench.ubatch);
        bench.timed(warm.get(), bench.ubatch, bench.ubatch + 8, 1);
    }
    for (uint32_t n_batch : args.numbers("--score-batches")) {
        bench.score(args.number("--score"), n_batch);
        fflush(stdout);
    }
    for (uint32_t length : args.numbers("--lengths")) {
        bench.measure(length, args.number("--decode"));
        fflush(stdout);
    }
}

} // namespace

int main(int argc, char ** argv) {
    try {
        run(arguments(argc, argv));
        return 0;
    } catch (const std::exception & error) {
        fflush(stdout);
        fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
