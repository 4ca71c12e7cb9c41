// Three functions that ggml 0.5.0 has and the libraries of 0.4.0 lack: for platforms whose newest libraries are those of 0.4.0
// (scripts/lib/engine-targets.mjs). The precision of what is accumulated is what 0.4.0 keeps in the same place; a permission
// for less precise sources is none that it reads. Models that need the third one are declined.
#include "ggml.h"

#include <cstdint>

extern "C" bool ggml_prec_set_acc(ggml_tensor * a, ggml_prec prec) {
    const int at = a->op == GGML_OP_FLASH_ATTN_EXT ? 3 : a->op == GGML_OP_MUL_MAT || a->op == GGML_OP_MUL_MAT_ID ? 0 : -1;
    if (at < 0) {
        return false;
    }
    a->op_params[at] = int32_t(prec);
    return true;
}

extern "C" bool ggml_prec_set_src(ggml_tensor *, ggml_prec, int) {
    return false;
}

extern "C" ggml_tensor * ggml_dsv4_hc_pre_gated(ggml_context *, ggml_tensor *, ggml_tensor *, float) {
    GGML_ABORT("this model needs a newer ggml");
}
