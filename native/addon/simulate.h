// The pure parts of the engine without a model: simulate.cpp.
#pragma once

#include <napi.h>

// Adds simulate, simulateMerging, allocate, cluster, scoreOf, traits, policies, scores and allocators.
void export_pure_parts(Napi::Env env, Napi::Object exports);

// simulate_merging.cpp
Napi::Value simulate_merging(const Napi::CallbackInfo & info);
