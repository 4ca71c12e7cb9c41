// What node-llama-cpp's AddonContext carries of ours; addon.patch calls it. Everything else of Bonsai is in exports.cpp.
#pragma once

#include "api.h"

#include "llama.h"

#include <napi.h>

#include <memory>
#include <string>

class bonsai_context {
public:
    bonsai_context();
    ~bonsai_context();

    // Takes the options of a bounded cache: NativeOptions of src/sidecar/engine/native.ts; null or undefined: llama.cpp's own.
    // Throws Napi::TypeError or Napi::RangeError with what is wrong with them.
    void ask(const Napi::Value & options);
    // As llama_init_from_model, with the cache that was asked for. On any thread. Throws std::runtime_error with what failed.
    llama_context * create(llama_model * model, const llama_context_params & params);
    // Says what became of it: a member `bonsai` of the context, { handle, notice }; handle 0: it runs llama.cpp's own cache.
    void publish(Napi::Object context) const;

    // Adds a member `bonsai` to the addon's exports: BonsaiNative of src/sidecar/engine/native.ts.
    static void export_functions(Napi::Env env, Napi::Object exports);

private:
    struct options;
    std::unique_ptr<options> asked; // null: llama.cpp's own cache
    int64_t                  handle = 0;
    std::string              notice;
};
