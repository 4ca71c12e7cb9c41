// Runs policies, scores and allocators without a model: for tests, and for showing what they do. Bad arguments throw a
// TypeError or a RangeError that names them, and sizes are limited so that no call takes more than some seconds.
#include "simulate.h"

#include "allocator/allocator.h"
#include "allocator/cluster.h"
#include "arguments.h"
#include "policy/policy.h"
#include "score/score.h"

#include <algorithm>
#include <functional>

namespace {

constexpr uint32_t most_tokens = 10'000'000;
constexpr uint32_t most_layers = 1024;
constexpr double   most_work   = 2e9; // entries looked at

[[noreturn]] void reject(Napi::Env env, const std::string & why) { throw Napi::RangeError::New(env, why); }

// name: of a thing in a table; what: "policy"
template <typename T>
const T & known(Napi::Env env, const T * found, const std::string & what, const std::string & name, const char * names) {
    if (!found) {
        reject(env, "there is no " + what + " '" + name + "'; there are " + names);
    }
    return *found;
}

const bonsai::policy & policy_of(Napi::Env env, const std::string & name) {
    return known(env, bonsai::find_policy(name), "policy", name, bonsai::policy_names());
}

// scores or novelty, one per token, or none
std::vector<float> per_token(const arguments::options & o, const char * key, uint32_t total) {
    const Napi::Value v = o.from.Get(key);
    if (v.IsUndefined()) {
        return {};
    }
    auto values = arguments::floats(v, key, most_tokens);
    if (values.size() != total) {
        reject(o.from.Env(), std::string(key) + " must hold one number per token: " + std::to_string(total) + ", not " +
                             std::to_string(values.size()));
    }
    return values;
}

// simulate({policy, capacity, sinks, recent, cursor, block = 1, outliers = 0, scores?, novelty?}, total, batch)
// -> Int32Array of the tokens (from 1) kept of `total` that arrived `batch` at a time. scores, novelty: Float32Array,
// fixed, of token t at t - 1; NaN: not known.
Napi::Value simulate(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const arguments::options o = { arguments::object(info[0], "options") };
    const uint32_t total = arguments::count(info[1], "total", 0, most_tokens);
    const uint32_t batch = arguments::count(info[2], "batch", 1, most_tokens);
    const auto & policy = policy_of(env, o.text("policy"));
    bonsai::lane_shape shape;
    shape.capacity = o.count("capacity", 0, most_tokens);
    shape.sinks    = o.count("sinks", 0, most_tokens);
    shape.recent   = o.count("recent", 0, most_tokens);
    shape.block    = o.count_or("block", 1, 1, most_tokens);
    shape.outliers = o.count_or("outliers", 0, 0, most_tokens);
    bonsai::lane_state state;
    state.cursor   = o.count("cursor", 0, most_tokens);
    const auto scores = per_token(o, "scores", total), novelty = per_token(o, "novelty", total);
    const double lane = policy.evicts() ? std::min(shape.capacity, total) : total;
    if ((std::ceil(double(total) / batch)) * (lane + std::min(batch, total)) > most_work) {
        reject(env, "that would take too long; let more tokens arrive at a time (batch)");
    }

    std::vector<uint32_t> kept, victims;
    std::vector<float> kept_scores, kept_novelty;
    const auto gather = [&](const std::vector<float> & values, std::vector<float> & into) -> const float * {
        into.clear();
        for (size_t i = 0; !values.empty() && i < kept.size(); ++i) {
            into.push_back(values[kept[i] - 1]);
        }
        return values.empty() ? nullptr : into.data();
    };
    for (uint32_t done = 0; done < total;) {
        bonsai::lane_view view;
        view.n_before = uint32_t(kept.size());
        view.n_new    = std::min(batch, total - done);
        for (uint32_t i = 0; i < view.n_new; ++i) {
            kept.push_back(++done);
        }
        view.score   = gather(scores, kept_scores);
        view.novelty = gather(novelty, kept_novelty);
        victims.clear();
        policy.choose(state, shape, view, victims);
        const size_t expected = policy.evicts() && kept.size() > shape.capacity ? kept.size() - shape.capacity : 0;
        const bool ascending = std::adjacent_find(victims.begin(), victims.end(), std::greater_equal<uint32_t>()) == victims.end();
        if (victims.size() != expected || !ascending || (expected > 0 && victims.back() >= kept.size())) {
            throw Napi::Error::New(env, "the policy broke its contract: victims must be ascending, and as many as exceed the capacity");
        }
        size_t v = 0, w = 0;
        for (size_t i = 0; i < kept.size(); ++i) {
            if (v < victims.size() && victims[v] == i) {
                ++v;
            } else {
                kept[w++] = kept[i];
            }
        }
        kept.resize(w);
    }
    auto out = Napi::Int32Array::New(env, kept.size());
    std::copy(kept.begin(), kept.end(), out.Data());
    return out;
}

Napi::Array array_of(Napi::Env env, const std::vector<uint32_t> & values) {
    auto out = Napi::Array::New(env, values.size());
    for (size_t i = 0; i < values.size(); ++i) {
        out.Set(uint32_t(i), double(values[i]));
    }
    return out;
}

// allocate({allocator, mean, floor?, cap?, step?, p?, beta?, sinks?, recent?, lazy?, layers: [{cosine?, attention?}]})
// -> number[], the entries each layer may keep. Throws a RangeError with the complaint.
Napi::Value allocate(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const arguments::options o = { arguments::object(info[0], "options") };
    const std::string name = o.text("allocator");
    const auto & allocator = known(env, bonsai::find_allocator(name), "allocator", name, bonsai::allocator_names());
    bonsai::budget_request request;
    const uint32_t most = 1'000'000'000;
    request.mean   = o.count("mean", 0, most);
    request.floor  = o.count_or("floor", request.floor, 0, most);
    request.cap    = o.count_or("cap", request.cap, 0, most);
    request.step   = o.count_or("step", request.step, 0, most);
    request.p      = float(o.number_or("p", request.p));
    request.beta   = float(o.number_or("beta", request.beta));
    request.sinks  = o.count_or("sinks", request.sinks, 0, most);
    request.recent = o.count_or("recent", request.recent, 0, most);
    request.lazy   = float(o.number_or("lazy", request.lazy));

    const Napi::Value list = o.from.Get("layers");
    if (!list.IsArray()) {
        throw Napi::TypeError::New(env, "layers must be an array");
    }
    const uint32_t n = list.As<Napi::Array>().Length();
    if (n > most_layers) {
        reject(env, "there may be at most " + std::to_string(most_layers) + " layers");
    }
    std::vector<bonsai::layer_measure> layers;
    size_t room = most_tokens;
    for (uint32_t i = 0; i < n; ++i) {
        const arguments::options layer = { arguments::object(list.As<Napi::Array>().Get(i), "layer " + std::to_string(i)) };
        layers.push_back({ float(layer.number_or("cosine", NAN)), layer.floats_or_none("attention", room) });
        room -= layers.back().attention.size();
    }
    const std::string what = bonsai::complaint(allocator, layers, request);
    if (!what.empty()) {
        reject(env, what);
    }
    return array_of(env, bonsai::allocate(allocator, layers, request));
}

// cluster(Float64Array or number[], k) -> number[], the class of every value, 0 the lowest
Napi::Value cluster(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const uint32_t k = arguments::count(info[1], "k", 1, most_layers);
    const bool typed = info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_float64_array;
    if (!typed && !info[0].IsArray()) {
        throw Napi::TypeError::New(env, "values must be a Float64Array or an array of numbers");
    }
    const size_t n = typed ? info[0].As<Napi::Float64Array>().ElementLength() : info[0].As<Napi::Array>().Length();
    if (n > most_layers) {
        reject(env, "there may be at most " + std::to_string(most_layers) + " values");
    }
    std::vector<double> values;
    for (size_t i = 0; i < n; ++i) {
        values.push_back(arguments::number(info[0].As<Napi::Object>().Get(uint32_t(i)), "a value"));
        if (!std::isfinite(values.back())) {
            reject(env, "a value must be finite");
        }
    }
    return array_of(env, bonsai::cluster(values, k));
}

// scoreOf(name, {sum = 0, seen = 0, last = 0, novelty = 0, norm = 0}, minSeen) -> number. The score is shown only the
// signals it asks for.
Napi::Value score_of(const Napi::CallbackInfo & info) {
    const std::string name = arguments::text(info[0], "name");
    const auto & score = known(info.Env(), bonsai::find_score(name), "score", name, bonsai::score_names());
    const arguments::options o = { arguments::object(info[1], "signals") };
    const uint32_t min_seen = arguments::count(info[2], "minSeen", 0, most_tokens);
    bonsai::entry_signals given, shown;
    given.sum     = float(o.number_or("sum", 0.0));
    given.seen    = o.count_or("seen", 0, 0, most_tokens);
    given.last    = float(o.number_or("last", 0.0));
    given.novelty = float(o.number_or("novelty", 0.0));
    given.norm    = float(o.number_or("norm", 0.0));
    if (score.signals() & bonsai::signal_sum) {
        shown.sum  = given.sum;
        shown.seen = given.seen;
    }
    if (score.signals() & bonsai::signal_last) {
        shown.last = given.last;
    }
    if (score.signals() & bonsai::signal_novelty) {
        shown.novelty = given.novelty;
    }
    if (score.signals() & bonsai::signal_norm) {
        shown.norm = given.norm;
    }
    return Napi::Number::New(info.Env(), score.of(shown, min_seen));
}

// traits(name) -> {evicts, score: string or null, wantsNovelty, staggers} of a policy
Napi::Value traits(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto & policy = policy_of(env, arguments::text(info[0], "name"));
    auto out = Napi::Object::New(env);
    out.Set("evicts", policy.evicts());
    out.Set("score", policy.score() ? Napi::Value(Napi::String::New(env, policy.score())) : Napi::Value(env.Null()));
    out.Set("wantsNovelty", policy.wants_novelty());
    out.Set("staggers", policy.staggers());
    return out;
}

// "a, b, c" -> ["a", "b", "c"]
template <const char * (*names)()> Napi::Value list(const Napi::CallbackInfo & info) {
    auto out = Napi::Array::New(info.Env());
    const std::string all = names();
    for (size_t from = 0, to = 0; to < all.size(); from = to + 2) {
        to = std::min(all.find(", ", from), all.size());
        out.Set(out.Length(), all.substr(from, to - from));
    }
    return out;
}

} // namespace

void export_pure_parts(Napi::Env env, Napi::Object exports) {
    exports.Set("simulate", Napi::Function::New(env, simulate));
    exports.Set("simulateMerging", Napi::Function::New(env, simulate_merging));
    exports.Set("allocate", Napi::Function::New(env, allocate));
    exports.Set("cluster", Napi::Function::New(env, cluster));
    exports.Set("scoreOf", Napi::Function::New(env, score_of));
    exports.Set("traits", Napi::Function::New(env, traits));
    exports.Set("policies", Napi::Function::New(env, list<bonsai::policy_names>));
    exports.Set("scores", Napi::Function::New(env, list<bonsai::score_names>));
    exports.Set("allocators", Napi::Function::New(env, list<bonsai::allocator_names>));
}
