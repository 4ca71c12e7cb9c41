// What the native tests begin with: a model, over the backends of ggml in a folder.
#pragma once

#include "ggml-backend.h"
#include "llama.h"

#include <cstdio>

// `<program> <model.gguf> <folder with ggml's backends>`. Null: what is wrong was said.
inline llama_model * open_model(int argc, char ** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "%s <model.gguf> <folder with ggml's backends>\n", argv[0]);
        return nullptr;
    }
    llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
    ggml_backend_load_all_from_path(argv[2]);
    llama_backend_init();
    llama_model * model = llama_model_load_from_file(argv[1], llama_model_default_params());
    if (!model) {
        std::fprintf(stderr, "%s could not be opened\n", argv[1]);
    }
    return model;
}
