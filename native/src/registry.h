// The living bounded caches by handle, and what the next one shall be: the meeting point of the sidecar, which configures
// and reads, and llama.cpp, which creates and destroys.
#pragma once

#include "config.h"

#include <functional>
#include <optional>
#include <string>

namespace bonsai {

class memory;

namespace registry {

void configure(std::optional<config> next);
std::optional<config> configured();

int64_t add(memory * mem);
void    remove(int64_t handle);
// Calls f with the memory while nothing can destroy it; false: there is none of that handle.
bool    with(int64_t handle, const std::function<void(memory &)> & f);

// What became of the newest context: its handle (0: llama.cpp's own cache), and why, if Bonsai was asked for.
void        decline(std::string why);
int64_t     last_handle();
std::string last_notice();

} // namespace registry

} // namespace bonsai
