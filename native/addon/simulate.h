// The pure parts of the engine without a model: simulate.cpp.
#pragma once

#include <napi.h>

// Adds simulate, allocate, cluster, scoreOf, traits, policies, scores and allocators.
void export_pure_parts(Napi::Env env, Napi::Object exports);
