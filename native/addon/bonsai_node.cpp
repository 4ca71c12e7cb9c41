// bonsai.node: the N-API face of the bounded cache (src/sidecar/engine/native.ts is its typed other half). It links no
// libllama: it asks the one already in the process, so it also loads beside the stock library and then says so. The
// policies, scores and allocators are linked in; simulate.cpp runs them without a model.
#include "api.h"
#include "arguments.h"
#include "simulate.h"

#include <napi.h>

#include <dlfcn.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr uint32_t     max_layers = 4096;
constexpr uint32_t     max_hints  = 1u << 20; // tokens of one call
constexpr uint32_t     max_rows   = 1u << 16; // tokens of one call
constexpr const char * unknown    = "no cache of that handle has that sequence";

// The table of the libllama that is asked; see use().
const bonsai_api * asked = nullptr;

const bonsai_api & api(Napi::Env env) {
    if (!asked) {
        throw Napi::Error::New(env, "say first which libllama is meant");
    }
    return *asked;
}

void require(Napi::Env env, bool ok, const char * what) {
    if (!ok) {
        throw Napi::RangeError::New(env, what);
    }
}

Napi::Value version(const Napi::CallbackInfo & info) {
    return Napi::String::New(info.Env(), BONSAI_ENGINE_VERSION);
}

// Of a process that computes with a graphics card, node-llama-cpp loads a libllama of another name: with "cuda" or "vulkan"
// in it, with "" on the processor.
Napi::Value use(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const std::string backend = arguments::text(info[0], "a backend");
    const std::string name    = "libllama." + (backend.empty() ? "" : backend + ".") + "v" BONSAI_ENGINE_VERSION ".so";
    void *     library = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD);
    const auto get     = library ? reinterpret_cast<bonsai_get_api_t>(dlsym(library, BONSAI_API_SYMBOL)) : nullptr;
    asked = get && get()->version == BONSAI_API_VERSION ? get() : nullptr;
    if (!asked) {
        throw Napi::Error::New(env, library ? "this process runs the stock " + name + ", which has no bounded cache"
                                            : "load node-llama-cpp before asking for the bounded cache of " + name);
    }
    return env.Undefined();
}

std::vector<uint32_t> read_budgets(const Napi::Value & v) {
    if (!v.IsArray()) {
        throw Napi::TypeError::New(v.Env(), "budgets must be an array");
    }
    const auto list = v.As<Napi::Array>();
    require(v.Env(), list.Length() <= max_layers, "there are more budgets than any model has layers");
    std::vector<uint32_t> budgets;
    for (uint32_t i = 0; i < list.Length(); ++i) {
        budgets.push_back(arguments::count(list.Get(i), "a budget", 1, UINT32_MAX));
    }
    return budgets;
}

Napi::Value configure(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    if (info.Length() < 1 || info[0].IsNull() || info[0].IsUndefined()) {
        api(env).configure(nullptr);
        return env.Undefined();
    }
    const arguments::options o{ arguments::object(info[0], "options") };
    const std::string policy = o.text("policy"), positions = o.text("positions");
    const std::string score = o.text_or("score", "none"), gqa = o.text_or("gqa", "mean");
    const std::vector<uint32_t> budgets = read_budgets(o.from.Get("budgets"));
    require(env, positions == "auto" || positions == "original" || positions == "rank", "positions must be one of auto, original, rank");
    require(env, gqa == "mean" || gqa == "max", "gqa must be mean or max");
    bonsai_options options = {};
    options.policy    = policy.c_str();
    options.positions = positions.c_str();
    options.budgets   = budgets.data();
    options.n_budgets = budgets.size();
    options.staging   = o.count("staging", 0, UINT32_MAX);
    options.sinks     = o.count("sinks", 0, UINT32_MAX);
    options.recent_share = float(o.number_or("recentShare", 0.5));
    options.block     = o.count_or("block", 1, 0, UINT32_MAX);
    const Napi::Value stagger = o.from.Get("stagger");
    options.stagger   = stagger.IsUndefined() || stagger.ToBoolean();
    options.score     = score.c_str();
    options.outlier_share = float(o.number_or("outlierShare", 0.5));
    options.samples   = o.count_or("samples", 8, 1, UINT32_MAX);
    options.min_seen  = o.count_or("minSeen", 1, 0, UINT32_MAX);
    options.gqa_max   = gqa == "max";
    options.merge     = o.flag_or("merge", false);
    if (const char * complaint = api(env).configure(&options)) {
        throw Napi::RangeError::New(env, complaint);
    }
    return env.Undefined();
}

Napi::Value last_memory(const Napi::CallbackInfo & info) {
    return Napi::Number::New(info.Env(), double(api(info.Env()).last_handle()));
}

Napi::Value last_notice(const Napi::CallbackInfo & info) {
    return Napi::String::New(info.Env(), api(info.Env()).last_notice());
}

struct target {
    int64_t  handle;
    uint32_t sequence;
};

target read_target(const Napi::CallbackInfo & info) {
    require(info.Env(), info.Length() >= 2 && info[0].IsNumber() && info[1].IsNumber(), "a handle and a sequence are needed");
    return { info[0].As<Napi::Number>().Int64Value(), info[1].As<Napi::Number>().Uint32Value() };
}

bonsai_stats read_stats(const Napi::CallbackInfo & info, std::vector<bonsai_layer_stats> * layers) {
    const auto t = read_target(info);
    bonsai_stats s;
    require(info.Env(), api(info.Env()).stats(t.handle, t.sequence, &s, nullptr, 0), unknown);
    if (layers) {
        layers->resize(s.n_layers);
        require(info.Env(), api(info.Env()).stats(t.handle, t.sequence, &s, layers->data(), layers->size()), unknown);
    }
    return s;
}

Napi::Value stats(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    std::vector<bonsai_layer_stats> layers;
    const auto s = read_stats(info, &layers);
    auto list = Napi::Array::New(env, layers.size());
    for (size_t i = 0; i < layers.size(); ++i) {
        auto l = Napi::Object::New(env);
        l.Set("layer", layers[i].layer);
        l.Set("budget", layers[i].budget);
        l.Set("kept", layers[i].kept);
        l.Set("kvHeads", layers[i].n_head_kv);
        l.Set("window", Napi::Boolean::New(env, layers[i].window != 0));
        list.Set(uint32_t(i), l);
    }
    auto out = Napi::Object::New(env);
    out.Set("tokens", double(s.tokens));
    out.Set("ranked", Napi::Boolean::New(env, s.ranked != 0));
    out.Set("evicted", double(s.evicted));
    out.Set("compactions", double(s.compactions));
    out.Set("kvBytes", double(s.kv_bytes));
    out.Set("windowBytes", double(s.window_bytes));
    out.Set("kvBytesPerToken", double(s.kv_bytes_per_token));
    out.Set("scoreBytes", double(s.score_bytes));
    out.Set("pinned", double(s.pinned));
    out.Set("lost", Napi::Boolean::New(env, s.lost != 0));
    out.Set("layers", list);
    return out;
}

Napi::Value held(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto t = read_target(info);
    require(env, info.Length() >= 3 && info[2].IsTypedArray() && info[2].As<Napi::TypedArray>().TypedArrayType() == napi_int32_array,
            "starts must be an Int32Array");
    const auto starts = info[2].As<Napi::Int32Array>();
    for (size_t i = 0; i < starts.ElementLength(); ++i) {
        require(env, starts[i] >= (i == 0 ? 0 : starts[i - 1]), "starts must ascend from 0 or more");
    }
    require(env, starts.ElementLength() > 0, "starts must not be empty");
    const auto s = read_stats(info, nullptr);
    auto out = Napi::Float32Array::New(env, s.n_layers * starts.ElementLength());
    require(env, api(env).held(t.handle, t.sequence, starts.Data(), uint32_t(starts.ElementLength()), out.Data()), unknown);
    return out;
}

// What takes milliseconds or more runs on a thread of the pool: the sidecar answers meanwhile. `work` returns NULL, or what
// went wrong; the promise gives `value`, which lives as long as the work.
class worker final : public Napi::AsyncWorker {
public:
    static Napi::Value start(Napi::Env env, std::function<const char *()> work, Napi::Value result) {
        auto * w = new worker(env, std::move(work), result); // deletes itself
        const auto promise = w->promise.Promise();
        w->Queue();
        return promise;
    }

    void Execute() override {
        if (const char * why = work()) {
            SetError(why);
        }
    }
    void OnOK() override { promise.Resolve(holder.Get("value")); }
    void OnError(const Napi::Error & error) override { promise.Reject(error.Value()); }

private:
    worker(Napi::Env env, std::function<const char *()> work, Napi::Value value)
        : AsyncWorker(env), promise(Napi::Promise::Deferred::New(env)), work(std::move(work)) {
        auto object = Napi::Object::New(env); // a reference holds objects only
        object.Set("value", value);
        holder = Napi::Persistent(object);
    }

    const Napi::Promise::Deferred       promise;
    const std::function<const char *()> work;
    Napi::ObjectReference               holder;
};

Napi::Value fork(const Napi::CallbackInfo & info) {
    const auto from = read_target(info);
    require(info.Env(), info.Length() >= 3 && info[2].IsNumber(), "the sequence to copy to is needed");
    const uint32_t to = info[2].As<Napi::Number>().Uint32Value();
    bonsai_stats s;
    require(info.Env(), api(info.Env()).stats(from.handle, to, &s, nullptr, 0), unknown);
    require(info.Env(), api(info.Env()).stats(from.handle, from.sequence, &s, nullptr, 0), unknown);
    const auto & asked = api(info.Env());
    return worker::start(info.Env(), [&asked, from, to] { return asked.fork(from.handle, from.sequence, to) ? nullptr : unknown; },
                         info.Env().Undefined());
}

// takeRows(handle, sequence, first, n, type) -> Promise<Uint8Array>
Napi::Value take_rows(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto t = read_target(info);
    const uint32_t first = arguments::count(info[2], "the first position", 0, INT32_MAX);
    const uint32_t n     = arguments::count(info[3], "the number of tokens", 1, max_rows);
    const std::string type = arguments::text(info[4], "the type");
    const auto & asked = api(env);
    const size_t size = asked.rows_size(t.handle, n, type.c_str());
    require(env, size > 0, "rows of this cache cannot be kept in that type");
    auto out = Napi::Uint8Array::New(env, size);
    uint8_t * data = out.Data(); // the worker keeps the array alive
    return worker::start(env, [&asked, t, first, n, type, data] {
        return asked.take_rows(t.handle, t.sequence, int32_t(first), n, type.c_str(), data);
    }, out);
}

// putRows(handle, sequence, first, rows, from, n) -> Promise<void>
Napi::Value put_rows(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto t = read_target(info);
    const uint32_t first = arguments::count(info[2], "the first position", 0, INT32_MAX);
    require(env, info[3].IsTypedArray() && info[3].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array, "rows must be a Uint8Array");
    const auto rows = info[3].As<Napi::Uint8Array>();
    const uint32_t from = arguments::count(info[4], "the first row", 0, max_rows);
    const uint32_t n    = arguments::count(info[5], "the number of tokens", 1, max_rows);
    const auto & asked = api(env);
    // A copy: JavaScript may write to the array, or take it away, while the worker reads.
    return worker::start(env, [&asked, t, first, from, n, bytes = std::vector<uint8_t>(rows.Data(), rows.Data() + rows.ByteLength())] {
        return asked.put_rows(t.handle, t.sequence, int32_t(first), bytes.data(), bytes.size(), from, n);
    }, env.Undefined());
}

Napi::Value exact_tail_start(const Napi::CallbackInfo & info) {
    return Napi::Number::New(info.Env(), double(read_stats(info, nullptr).exact_tail));
}

Napi::Value abort_decode(const Napi::CallbackInfo & info) {
    require(info.Env(), info.Length() >= 2 && info[0].IsNumber(), "a handle and a boolean are needed");
    require(info.Env(), api(info.Env()).abort(info[0].As<Napi::Number>().Int64Value(), info[1].ToBoolean()), unknown);
    return info.Env().Undefined();
}

Napi::Value measure(const Napi::CallbackInfo & info) {
    require(info.Env(), info.Length() >= 2 && info[0].IsNumber(), "a handle and a boolean are needed");
    require(info.Env(), api(info.Env()).measure(info[0].As<Napi::Number>().Int64Value(), info[1].ToBoolean()),
            "no cache has that handle, or the device has no room to measure");
    return info.Env().Undefined();
}

Napi::Value measures(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto t = read_target(info);
    const auto s = read_stats(info, nullptr);
    const uint32_t n_tokens = uint32_t(std::min<int64_t>(s.tokens, 1 << 20));
    std::vector<bonsai_measure> found(s.n_layers);
    std::vector<float> attention(size_t(s.n_layers) * n_tokens);
    const int32_t n_found = api(env).measures(t.handle, t.sequence, found.data(), s.n_layers, attention.data(), n_tokens);
    require(env, n_found >= 0, unknown);
    found.resize(size_t(n_found));
    auto out = Napi::Array::New(env, found.size());
    for (size_t i = 0; i < found.size(); ++i) {
        auto weights = Napi::Float32Array::New(env, found[i].n_attention);
        std::copy_n(attention.data() + i * n_tokens, found[i].n_attention, weights.Data());
        auto layer = Napi::Object::New(env);
        layer.Set("layer", found[i].layer);
        layer.Set("cosine", found[i].cosine);
        layer.Set("tokens", double(found[i].tokens));
        layer.Set("attention", weights);
        out.Set(uint32_t(i), layer);
    }
    return out;
}

Napi::Value rebudget(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require(env, info.Length() >= 2 && info[0].IsNumber(), "a handle and budgets are needed");
    const std::vector<uint32_t> budgets = read_budgets(info[1]);
    if (const char * complaint = api(env).rebudget(info[0].As<Napi::Number>().Int64Value(), budgets.data(), budgets.size())) {
        throw Napi::RangeError::New(env, complaint);
    }
    return env.Undefined();
}

Napi::Value hint(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto t = read_target(info);
    require(env, info.Length() >= 4, "a first position and weights are needed");
    const uint32_t first = arguments::count(info[2], "the first position", 0, INT32_MAX - max_hints);
    const std::vector<float> weights = arguments::floats(info[3], "weights", max_hints);
    for (float w : weights) {
        require(env, w > 0.0f && w <= 1e6f, "a weight must lie above 0 and at most at 1000000");
    }
    std::vector<uint8_t> pins;
    if (info.Length() >= 5 && !info[4].IsUndefined()) {
        require(env, info[4].IsTypedArray() && info[4].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array &&
                     info[4].As<Napi::TypedArray>().ElementLength() == weights.size(), "pins must be a Uint8Array as long as the weights");
        const auto array = info[4].As<Napi::Uint8Array>();
        pins.assign(array.Data(), array.Data() + array.ElementLength());
    }
    const uint8_t * pinned = pins.empty() ? nullptr : pins.data();
    require(env, api(env).hint(t.handle, t.sequence, int32_t(first), weights.data(), pinned, uint32_t(weights.size())), unknown);
    return env.Undefined();
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
    exports.Set("version", Napi::Function::New(env, version));
    exports.Set("use", Napi::Function::New(env, use));
    exports.Set("configure", Napi::Function::New(env, configure));
    exports.Set("lastMemory", Napi::Function::New(env, last_memory));
    exports.Set("lastNotice", Napi::Function::New(env, last_notice));
    exports.Set("stats", Napi::Function::New(env, stats));
    exports.Set("held", Napi::Function::New(env, held));
    exports.Set("fork", Napi::Function::New(env, fork));
    exports.Set("takeRows", Napi::Function::New(env, take_rows));
    exports.Set("putRows", Napi::Function::New(env, put_rows));
    exports.Set("exactTailStart", Napi::Function::New(env, exact_tail_start));
    exports.Set("measure", Napi::Function::New(env, measure));
    exports.Set("measures", Napi::Function::New(env, measures));
    exports.Set("rebudget", Napi::Function::New(env, rebudget));
    exports.Set("hint", Napi::Function::New(env, hint));
    exports.Set("abort", Napi::Function::New(env, abort_decode));
    export_pure_parts(env, exports);
    return exports;
}

} // namespace

NODE_API_MODULE(bonsai, init)
