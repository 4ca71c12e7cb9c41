/* What bonsai.node asks of the libllama it finds in the process: one table of plain C functions, looked up by name, so
 * that the addon also loads beside the stock library and can say that it is the stock one. */
#ifndef BONSAI_API_H
#define BONSAI_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BONSAI_API_VERSION 1
#define BONSAI_API_SYMBOL "bonsai_get_api"

struct bonsai_options {
    const char *     policy;       /* "full", "streaming", "tree" */
    const char *     positions;    /* "auto", "original", "rank" */
    const uint32_t * budgets;      /* entries per KV head, staging included */
    size_t           n_budgets;    /* 1, or the number of layers with full attention */
    uint32_t         staging;
    uint32_t         sinks;
    float            recent_share;
    uint32_t         block;        /* tokens that stay or leave together in the tree region */
    int32_t          stagger;
};

struct bonsai_layer_stats {
    uint32_t layer, budget, kept, n_head_kv;
};

struct bonsai_stats {
    int64_t  tokens;              /* logical length of the sequence */
    int64_t  exact_tail;          /* first position from which a tail can be removed exactly */
    int32_t  ranked;
    uint64_t evicted;             /* entries, summed over layers and KV heads */
    uint64_t compactions;
    uint64_t kv_bytes;            /* K and V of one sequence, allocated */
    uint64_t kv_bytes_per_token;  /* K and V an unbounded cache of the same types takes per token */
    uint32_t n_layers;
};

struct bonsai_api {
    uint32_t version;
    /* NULL: contexts get llama.cpp's own cache. Returns NULL, or what is wrong (valid until the next call). */
    const char * (*configure)(const struct bonsai_options * options);
    int64_t      (*last_handle)(void);
    const char * (*last_notice)(void); /* valid until the next call */
    /* 0: no such handle or sequence. `layers` may be NULL; else it has room for max_layers. */
    int          (*stats)(int64_t handle, uint32_t sequence, struct bonsai_stats * stats, struct bonsai_layer_stats * layers, size_t max_layers);
    /* out [n_layers * n_starts], row-major */
    int          (*held)(int64_t handle, uint32_t sequence, const int32_t * starts, uint32_t n_starts, float * out);
    int          (*fork)(int64_t handle, uint32_t from, uint32_t to);
    int          (*abort)(int64_t handle, int stop);
};

typedef const struct bonsai_api * (*bonsai_get_api_t)(void);

#ifdef __cplusplus
}
#endif

#endif
