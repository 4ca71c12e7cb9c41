// bonsai.node: the N-API face of the bounded cache (src/sidecar/engine/native.ts is its typed other half). It links no
// libllama: it asks the one already in the process, so it also loads beside the stock library and then says so. The
// policies, scores and allocators are linked in; simulate.cpp runs them without a model.
#include "api.h"
#include "simulate.h"

#include <napi.h>

#include <dlfcn.h>

#include <string>
#include <vector>

namespace {

const bonsai_api & api(Napi::Env env) {
    static const bonsai_api * found = nullptr;
    if (!found) {
        void * library = dlopen(BONSAI_LIBLLAMA, RTLD_NOW | RTLD_NOLOAD);
        const auto get = library ? reinterpret_cast<bonsai_get_api_t>(dlsym(library, BONSAI_API_SYMBOL)) : nullptr;
        if (!get || get()->version != BONSAI_API_VERSION) {
            throw Napi::Error::New(env, library ? "this process runs the stock libllama, which has no bounded cache"
                                                : "load node-llama-cpp before asking for the bounded cache");
        }
        found = get();
    }
    return *found;
}

void require(Napi::Env env, bool ok, const char * what) {
    if (!ok) {
        throw Napi::RangeError::New(env, what);
    }
}

uint32_t number(const Napi::Object & o, const char * key) {
    const Napi::Value v = o.Get(key);
    if (!v.IsNumber() || v.As<Napi::Number>().DoubleValue() < 0 || v.As<Napi::Number>().DoubleValue() > UINT32_MAX) {
        throw Napi::RangeError::New(o.Env(), std::string(key) + " must be a number of at least 0");
    }
    return v.As<Napi::Number>().Uint32Value();
}

std::string text(const Napi::Object & o, const char * key) {
    const Napi::Value v = o.Get(key);
    if (!v.IsString()) {
        throw Napi::RangeError::New(o.Env(), std::string(key) + " must be a string");
    }
    return v.As<Napi::String>().Utf8Value();
}

Napi::Value version(const Napi::CallbackInfo & info) {
    return Napi::String::New(info.Env(), BONSAI_ENGINE_VERSION);
}

Napi::Value configure(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    if (info.Length() < 1 || info[0].IsNull() || info[0].IsUndefined()) {
        api(env).configure(nullptr);
        return env.Undefined();
    }
    require(env, info[0].IsObject(), "options must be an object");
    const auto o = info[0].As<Napi::Object>();
    const std::string policy = text(o, "policy"), positions = text(o, "positions");
    require(env, o.Get("budgets").IsArray(), "budgets must be an array");
    const auto list = o.Get("budgets").As<Napi::Array>();
    std::vector<uint32_t> budgets;
    for (uint32_t i = 0; i < list.Length(); ++i) {
        require(env, list.Get(i).IsNumber() && list.Get(i).As<Napi::Number>().Int64Value() > 0, "a budget must be a positive number");
        budgets.push_back(list.Get(i).As<Napi::Number>().Uint32Value());
    }
    bonsai_options options = {};
    options.policy    = policy.c_str();
    options.positions = positions.c_str();
    options.budgets   = budgets.data();
    options.n_budgets = budgets.size();
    options.staging   = number(o, "staging");
    options.sinks     = number(o, "sinks");
    options.recent_share = o.Get("recentShare").IsNumber() ? o.Get("recentShare").As<Napi::Number>().FloatValue() : 0.5f;
    options.block     = o.Has("block") ? number(o, "block") : 1;
    options.stagger   = !o.Has("stagger") || o.Get("stagger").ToBoolean();
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

constexpr const char * unknown = "no cache of that handle has that sequence";

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
        list.Set(uint32_t(i), l);
    }
    auto out = Napi::Object::New(env);
    out.Set("tokens", double(s.tokens));
    out.Set("ranked", Napi::Boolean::New(env, s.ranked != 0));
    out.Set("evicted", double(s.evicted));
    out.Set("compactions", double(s.compactions));
    out.Set("kvBytes", double(s.kv_bytes));
    out.Set("kvBytesPerToken", double(s.kv_bytes_per_token));
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

Napi::Value fork(const Napi::CallbackInfo & info) {
    const auto t = read_target(info); // the second number is the sequence copied from
    require(info.Env(), info.Length() >= 3 && info[2].IsNumber(), "the sequence to copy to is needed");
    require(info.Env(), api(info.Env()).fork(t.handle, t.sequence, info[2].As<Napi::Number>().Uint32Value()), unknown);
    return info.Env().Undefined();
}

Napi::Value exact_tail_start(const Napi::CallbackInfo & info) {
    return Napi::Number::New(info.Env(), double(read_stats(info, nullptr).exact_tail));
}

Napi::Value abort_decode(const Napi::CallbackInfo & info) {
    require(info.Env(), info.Length() >= 2 && info[0].IsNumber(), "a handle and a boolean are needed");
    require(info.Env(), api(info.Env()).abort(info[0].As<Napi::Number>().Int64Value(), info[1].ToBoolean()), unknown);
    return info.Env().Undefined();
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
    exports.Set("version", Napi::Function::New(env, version));
    exports.Set("configure", Napi::Function::New(env, configure));
    exports.Set("lastMemory", Napi::Function::New(env, last_memory));
    exports.Set("lastNotice", Napi::Function::New(env, last_notice));
    exports.Set("stats", Napi::Function::New(env, stats));
    exports.Set("held", Napi::Function::New(env, held));
    exports.Set("fork", Napi::Function::New(env, fork));
    exports.Set("exactTailStart", Napi::Function::New(env, exact_tail_start));
    exports.Set("abort", Napi::Function::New(env, abort_decode));
    export_pure_parts(env, exports);
    return exports;
}

} // namespace

NODE_API_MODULE(bonsai, init)
