// The living bounded caches by handle, and what is asked of the one being created: where the sidecar, which asks and reads,
// meets llama.cpp, which creates and destroys.
#pragma once

#include "config.h"

#include <functional>
#include <optional>
#include <string>

namespace bonsai {

class memory;

// What is asked of the context that this thread is creating, and what became of it: llama.cpp takes no argument of ours on the
// way from llama_init_from_model to the cache, which is made on the same thread. They nest.
class creation {
public:
    explicit creation(std::optional<config> asked); // absent: llama.cpp's own cache
    ~creation();
    creation(const creation &) = delete;
    creation & operator=(const creation &) = delete;

    // Null: nobody asked anything.
    static creation * current();

    const std::optional<config> asked;
    int64_t     handle = 0; // 0: llama.cpp's own cache
    std::string notice;     // why, though a bounded one was asked for

private:
    creation * const outer;
};

namespace registry {

// Returns the handle.
int64_t add(memory * mem);
void    remove(int64_t handle);
// Calls f with the memory while nothing can destroy it; false: there is none of that handle.
bool    with(int64_t handle, const std::function<void(memory &)> & f);

} // namespace registry

} // namespace bonsai
