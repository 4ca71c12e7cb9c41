// `bonsai` among the addon's exports: the bounded cache as JavaScript sees it (src/sidecar/engine/native.ts is its typed other
// half), and the policies, scores and allocators, which simulate.cpp runs without a model.
#include "api.h"
#include "arguments.h"
#include "bonsai_context.h"
#include "simulate.h"

#include <napi.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr uint32_t     max_hints  = 1u << 20; // tokens of one call
constexpr uint32_t     max_rows   = 1u << 16; // tokens of one call
constexpr const char * unknown    = "no cache of that handle has that sequence";

const bonsai_api & api = *bonsai_get_api();

void require(Napi::Env env, bool ok, const char * what) {
    if (!ok) {
        throw Napi::RangeError::New(env, what);
    }
}

Napi::Value version(const Napi::CallbackInfo & info) {
    return Napi::String::New(info.Env(), BONSAI_ENGINE_VERSION);
}

// check(options): throws what creating a context with them would
Napi::Value check(const Napi::CallbackInfo & info) {
    bonsai_context().ask(info[0]);
    return info.Env().Undefined();
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
    require(info.Env(), api.stats(t.handle, t.sequence, &s, nullptr, 0), unknown);
    if (layers) {
        layers->resize(s.n_layers);
        require(info.Env(), api.stats(t.handle, t.sequence, &s, layers->data(), layers->size()), unknown);
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
    require(env, api.held(t.handle, t.sequence, starts.Data(), uint32_t(starts.ElementLength()), out.Data()), unknown);
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
    require(info.Env(), api.stats(from.handle, to, &s, nullptr, 0), unknown);
    require(info.Env(), api.stats(from.handle, from.sequence, &s, nullptr, 0), unknown);
    return worker::start(info.Env(), [from, to] { return api.fork(from.handle, from.sequence, to) ? nullptr : unknown; },
                         info.Env().Undefined());
}

// takeRows(handle, sequence, first, n, type) -> Promise<Uint8Array>
Napi::Value take_rows(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto t = read_target(info);
    const uint32_t first = arguments::count(info[2], "the first position", 0, INT32_MAX);
    const uint32_t n     = arguments::count(info[3], "the number of tokens", 1, max_rows);
    const std::string type = arguments::text(info[4], "the type");
    const size_t size = api.rows_size(t.handle, n, type.c_str());
    require(env, size > 0, "rows of this cache cannot be kept in that type");
    auto out = Napi::Uint8Array::New(env, size);
    uint8_t * data = out.Data(); // the worker keeps the array alive
    return worker::start(env, [t, first, n, type, data] {
        return api.take_rows(t.handle, t.sequence, int32_t(first), n, type.c_str(), data);
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
    // A copy: JavaScript may write to the array, or take it away, while the worker reads.
    return worker::start(env, [t, first, from, n, bytes = std::vector<uint8_t>(rows.Data(), rows.Data() + rows.ByteLength())] {
        return api.put_rows(t.handle, t.sequence, int32_t(first), bytes.data(), bytes.size(), from, n);
    }, env.Undefined());
}

Napi::Value exact_tail_start(const Napi::CallbackInfo & info) {
    return Napi::Number::New(info.Env(), double(read_stats(info, nullptr).exact_tail));
}

Napi::Value abort_decode(const Napi::CallbackInfo & info) {
    require(info.Env(), info.Length() >= 2 && info[0].IsNumber(), "a handle and a boolean are needed");
    require(info.Env(), api.abort(info[0].As<Napi::Number>().Int64Value(), info[1].ToBoolean()), unknown);
    return info.Env().Undefined();
}

Napi::Value measure(const Napi::CallbackInfo & info) {
    require(info.Env(), info.Length() >= 2 && info[0].IsNumber(), "a handle and a boolean are needed");
    require(info.Env(), api.measure(info[0].As<Napi::Number>().Int64Value(), info[1].ToBoolean()),
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
    const int32_t n_found = api.measures(t.handle, t.sequence, found.data(), s.n_layers, attention.data(), n_tokens);
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

// watchPeaks(handle, sequence, on)
Napi::Value watch_peaks(const Napi::CallbackInfo & info) {
    const auto t = read_target(info);
    require(info.Env(), info.Length() >= 3, "a handle, a sequence and a boolean are needed");
    if (const char * complaint = api.watch_peaks(t.handle, t.sequence, info[2].ToBoolean())) {
        throw Napi::RangeError::New(info.Env(), complaint);
    }
    return info.Env().Undefined();
}

// peaks(handle, sequence, first, n) -> Float32Array [kvHeads * n] for each layer with full attention
Napi::Value peaks(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto t = read_target(info);
    const uint32_t first = arguments::count(info[2], "the first position", 0, INT32_MAX);
    const uint32_t n     = arguments::count(info[3], "the number of tokens", 1, max_rows);
    std::vector<bonsai_layer_stats> layers;
    read_stats(info, &layers);
    auto out = Napi::Array::New(env);
    for (uint32_t i = 0; i < layers.size(); ++i) {
        std::vector<float> found(size_t(layers[i].n_head_kv) * n);
        const int32_t heads = api.peaks(t.handle, t.sequence, i, first, n, found.data(), found.size());
        require(env, heads >= 0, "peak weights are not watched, or these tokens are no longer where they were read");
        if (heads > 0) {
            auto weights = Napi::Float32Array::New(env, size_t(heads) * n);
            std::copy_n(found.data(), size_t(heads) * n, weights.Data());
            out.Set(out.Length(), weights);
        }
    }
    return out;
}

Napi::Value rebudget(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    require(env, info.Length() >= 2 && info[0].IsNumber(), "a handle and budgets are needed");
    const std::vector<uint32_t> budgets = arguments::counts(info[1], "budgets", arguments::max_layers);
    if (const char * complaint = api.rebudget(info[0].As<Napi::Number>().Int64Value(), budgets.data(), budgets.size())) {
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
    require(env, api.hint(t.handle, t.sequence, int32_t(first), weights.data(), pinned, uint32_t(weights.size())), unknown);
    return env.Undefined();
}

} // namespace

void bonsai_context::export_functions(Napi::Env env, Napi::Object exports) {
    const std::pair<const char *, Napi::Value (*)(const Napi::CallbackInfo &)> functions[] = {
        { "version", version },   { "check", check },       { "stats", stats },
        { "held", held },         { "fork", fork },         { "takeRows", take_rows },
        { "putRows", put_rows },  { "exactTailStart", exact_tail_start },
        { "measure", measure },   { "measures", measures }, { "rebudget", rebudget },
        { "watchPeaks", watch_peaks }, { "peaks", peaks },
        { "hint", hint },         { "abort", abort_decode },
    };
    auto bonsai = Napi::Object::New(env);
    for (const auto & [name, function] : functions) {
        bonsai.Set(name, Napi::Function::New(env, function, name));
    }
    export_pure_parts(env, bonsai);
    exports.Set("bonsai", bonsai);
}
