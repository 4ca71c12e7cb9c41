// Reads what JavaScript passes, strictly: a TypeError for the wrong kind of thing, a RangeError for a value out of range.
// What a getter throws is passed on; typed arrays are copied when they are read, so later getters cannot pull them away.
#pragma once

#include <napi.h>

#include <cmath>
#include <string>
#include <vector>

namespace arguments {

inline Napi::Object object(const Napi::Value & v, const std::string & what) {
    if (!v.IsObject()) {
        throw Napi::TypeError::New(v.Env(), what + " must be an object");
    }
    return v.As<Napi::Object>();
}

inline std::string text(const Napi::Value & v, const std::string & what) {
    if (!v.IsString()) {
        throw Napi::TypeError::New(v.Env(), what + " must be a string");
    }
    return v.As<Napi::String>().Utf8Value();
}

inline double number(const Napi::Value & v, const std::string & what) {
    if (!v.IsNumber()) {
        throw Napi::TypeError::New(v.Env(), what + " must be a number");
    }
    return v.As<Napi::Number>().DoubleValue();
}

// a whole number from least to most
inline uint32_t count(const Napi::Value & v, const std::string & what, uint32_t least, uint32_t most) {
    const double x = number(v, what);
    if (!(x >= least && x <= most) || x != std::floor(x)) {
        throw Napi::RangeError::New(v.Env(), what + " must be a whole number from " + std::to_string(least) + " to " +
                                             std::to_string(most));
    }
    return uint32_t(x);
}

constexpr uint32_t max_layers = 4096; // more than any model has

// whole numbers from 1, at most `most` of them
inline std::vector<uint32_t> counts(const Napi::Value & v, const std::string & what, uint32_t most) {
    if (!v.IsArray()) {
        throw Napi::TypeError::New(v.Env(), what + " must be an array");
    }
    const auto list = v.As<Napi::Array>();
    if (list.Length() > most) {
        throw Napi::RangeError::New(v.Env(), what + " may hold at most " + std::to_string(most) + " numbers");
    }
    std::vector<uint32_t> out;
    for (uint32_t i = 0; i < list.Length(); ++i) {
        out.push_back(count(list.Get(i), "each of " + what, 1, UINT32_MAX));
    }
    return out;
}

inline std::vector<float> floats(const Napi::Value & v, const std::string & what, size_t most) {
    if (!v.IsTypedArray() || v.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
        throw Napi::TypeError::New(v.Env(), what + " must be a Float32Array");
    }
    const auto array = v.As<Napi::Float32Array>();
    if (array.ElementLength() > most) {
        throw Napi::RangeError::New(v.Env(), what + " may hold at most " + std::to_string(most) + " numbers");
    }
    return { array.Data(), array.Data() + array.ElementLength() };
}

// the options of one call: members that may be left out have a fallback
struct options {
    Napi::Object from;

    std::string text(const char * key) const { return arguments::text(from.Get(key), key); }
    std::string text_or(const char * key, const char * fallback) const {
        const Napi::Value v = from.Get(key);
        return v.IsUndefined() ? fallback : arguments::text(v, key);
    }
    uint32_t count(const char * key, uint32_t least, uint32_t most) const { return arguments::count(from.Get(key), key, least, most); }
    uint32_t count_or(const char * key, uint32_t fallback, uint32_t least, uint32_t most) const {
        const Napi::Value v = from.Get(key);
        return v.IsUndefined() ? fallback : arguments::count(v, key, least, most);
    }
    double number_or(const char * key, double fallback) const {
        const Napi::Value v = from.Get(key);
        return v.IsUndefined() ? fallback : arguments::number(v, key);
    }
    bool flag_or(const char * key, bool fallback) const {
        const Napi::Value v = from.Get(key);
        if (!v.IsUndefined() && !v.IsBoolean()) {
            throw Napi::TypeError::New(v.Env(), std::string(key) + " must be true or false");
        }
        return v.IsUndefined() ? fallback : v.As<Napi::Boolean>().Value();
    }
    // empty where it is left out
    std::vector<float> floats_or_none(const char * key, size_t most) const {
        const Napi::Value v = from.Get(key);
        return v.IsUndefined() ? std::vector<float>() : arguments::floats(v, key, most);
    }
};

} // namespace arguments
