// The table of allocators, what a request must be like, and how an allocator is asked. settle.cpp makes the budgets.
#include "allocator.h"

#include "table.h"

#include <algorithm>
#include <numeric>

namespace bonsai {

extern const allocator & allocator_uniform, & allocator_squeeze, & allocator_pyramid, & allocator_prefix, & allocator_lazy;

static const auto & table() {
    static const std::array all = {
        &allocator_uniform, &allocator_squeeze, &allocator_pyramid, &allocator_prefix, &allocator_lazy,
    };
    return all;
}

const allocator * find_allocator(std::string_view name) { return find_in(table(), name); }

const char * allocator_names() {
    static const std::string names = names_in(table());
    return names.c_str();
}

static std::string complaint_about(const layer_measure & layer, const allocator & a) {
    if (a.wants_cosine() && !std::isfinite(layer.cosine)) {
        return "has no cosine; read a prompt first or take uniform";
    }
    if (a.wants_attention()) {
        if (layer.attention.empty()) {
            return "has no attention measured; read a prompt first or take uniform";
        }
        if (!std::all_of(layer.attention.begin(), layer.attention.end(), [](float w) { return std::isfinite(w) && w >= 0.0f; })) {
            return "has an attention weight that is negative or no number";
        }
        if (std::accumulate(layer.attention.begin(), layer.attention.end(), 0.0) <= 0.0) {
            return "has attention weights that are all zero";
        }
    }
    return "";
}

std::string complaint(const allocator & a, const std::vector<layer_measure> & layers, const budget_request & request) {
    const std::string mean = std::to_string(request.mean);
    if (layers.empty()) {
        return "there are no layers to share the budget";
    }
    if (request.mean == 0) {
        return "the mean budget must be at least 1";
    }
    if (request.step == 0) {
        return "the step must be at least 1";
    }
    if (request.mean % request.step != 0) {
        return "the mean budget (" + mean + ") must be a multiple of the step (" + std::to_string(request.step) + ")";
    }
    if (request.floor > request.mean) {
        return "the mean budget must be at least the floor of " + std::to_string(request.floor) + ", and is " + mean;
    }
    if (request.cap > 0 && request.cap < request.mean) {
        return "the mean budget must be at most the cap of " + std::to_string(request.cap) + ", and is " + mean;
    }
    if (!(request.p > 0.0f && request.p <= 1.0f)) {
        return "p must be above 0 and at most 1";
    }
    if (!(request.beta >= 1.0f) || std::isinf(request.beta)) {
        return "beta must be at least 1";
    }
    if (!(request.lazy >= 0.0f && request.lazy <= 1.0f)) {
        return "lazy must be between 0 and 1";
    }
    for (size_t i = 0; i < layers.size(); ++i) {
        const std::string what = complaint_about(layers[i], a);
        if (!what.empty()) {
            return "layer " + std::to_string(i) + " " + what;
        }
    }
    return "";
}

std::vector<uint32_t> allocate(const allocator & a, const std::vector<layer_measure> & layers, const budget_request & request) {
    return settle(a.weigh(layers, request), request);
}

} // namespace bonsai
