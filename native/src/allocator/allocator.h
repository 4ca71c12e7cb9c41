// An allocator says how many entries each layer may keep, from what was measured about the layers. Pure, like the
// policies. The total is conserved to the entry: the sum of the result is n_layers * mean, whatever the allocator.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bonsai {

// One attention layer as the first chunks of a prompt show it.
struct layer_measure {
    // mean over tokens of the cosine between the residual stream before attention and after it was added back
    float cosine = NAN;
    // mean weight every token received from sampled queries, in time order, summing to 1; empty: not measured
    std::vector<float> attention;
};

struct budget_request {
    uint32_t mean  = 0;     // entries a layer keeps on average
    uint32_t floor = 0;     // least entries of a layer: sinks, recent window and the least tree
    uint32_t cap   = 0;     // most entries of a layer (the sequence's length where that is known); 0: no limit
    uint32_t step  = 1;     // entries come in multiples of this (GPUs: 256); the mean must be one, too
    float    p     = 0.35f; // squeeze: share of the mean left to the least important class; 1 = uniform
    float    beta  = 20.0f; // pyramid: steepness
    uint32_t sinks = 4, recent = 0; // lazy: the region whose attention mass is looked at
    float    lazy  = 0.9f;  // lazy: a layer with more than this mass on sinks and recent streams
};

struct allocator {
    virtual ~allocator() = default;
    virtual const char * name() const = 0;
    virtual bool wants_cosine() const { return false; }
    virtual bool wants_attention() const { return false; }
    // Weights of any scale, >= 0, one per layer; settle() makes budgets of them.
    virtual std::vector<double> weigh(const std::vector<layer_measure> & layers, const budget_request & request) const = 0;
};

// The table: a new allocator is one file and one line here (allocator.cpp). nullptr for an unknown name.
const allocator * find_allocator(std::string_view name);
// all names, separated by ", "
const char * allocator_names();

// Empty: the request makes sense for n layers and these measures; otherwise what is wrong and what would be right.
std::string complaint(const allocator & a, const std::vector<layer_measure> & layers, const budget_request & request);

// Budgets in proportion to the weights, within floor and cap, in multiples of step, the total conserved exactly: what a
// cap takes off is handed to the layers below it, what a floor adds is taken from those above it (water filling), and the
// rest of the rounding goes to the largest remainders (ties: the earlier layer). All weights zero or equal: uniform.
std::vector<uint32_t> settle(const std::vector<double> & weights, const budget_request & request);

std::vector<uint32_t> allocate(const allocator & a, const std::vector<layer_measure> & layers, const budget_request & request);

} // namespace bonsai
