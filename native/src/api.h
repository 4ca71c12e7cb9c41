/* The bounded cache as a table of plain C functions: what the addon calls, and the programs that test and measure the engine
 * without it. No function lets an exception out. */
#ifndef BONSAI_API_H
#define BONSAI_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BONSAI_API_VERSION 7
#define BONSAI_API_SYMBOL "bonsai_get_api"

struct llama_model;
struct llama_context;
struct llama_context_params;

struct bonsai_options {
    const char *     policy;       /* see policy/policy.cpp */
    const char *     positions;    /* "auto", "original", "rank" */
    const uint32_t * budgets;      /* entries per KV head, staging included */
    size_t           n_budgets;    /* 1, or the number of layers with full attention */
    uint32_t         staging;
    uint32_t         sinks;
    float            recent_share;
    uint32_t         block;        /* tokens that stay or leave together in the tree region */
    int32_t          stagger;
    const char *     score;         /* "none", "attention", "keydiff", "knorm"; NULL: none */
    float            outlier_share; /* of the middle, under hybrid */
    uint32_t         samples;       /* queries of a chunk whose attention is gathered; 0: 8 */
    uint32_t         min_seen;
    int32_t          gqa_max;
    int32_t          merge;         /* who leaves is merged into the heir the policy names, if it names one */
};

struct bonsai_created {
    int64_t      handle;          /* 0: the context runs llama.cpp's own cache */
    const char * notice;          /* why, if a bounded one was asked for; "" otherwise. Valid until the next call on this thread */
};

struct bonsai_layer_stats {
    uint32_t layer, budget, kept, n_head_kv;
    uint32_t window;              /* tokens a sliding window sees: its rows are no budget of ours; 0: full attention */
};

struct bonsai_stats {
    int64_t  tokens;              /* logical length of the sequence */
    int64_t  exact_tail;          /* first position from which a tail can be removed exactly */
    int32_t  ranked;
    uint64_t evicted;             /* entries, summed over layers and KV heads */
    uint64_t compactions;
    uint64_t kv_bytes;            /* K and V of one sequence, allocated */
    uint64_t window_bytes;        /* of these, what sliding windows take: any cache of the model does, and it does not grow */
    uint64_t score_bytes;         /* what gathering scores takes beside them, of one sequence */
    uint64_t pinned;              /* tokens kept because the caller pinned them, averaged over layers and KV heads */
    uint64_t kv_bytes_per_token;  /* K and V an unbounded cache of the same types takes per token */
    uint32_t n_layers;
    int32_t  lost;                /* a failure came in the middle of a change: nothing can be read or saved before it is cleared */
};

struct bonsai_measure {
    uint32_t layer;
    float    cosine;              /* NaN: not measured */
    uint64_t tokens;
    uint32_t n_attention;         /* tokens behind `attention`; 0: not measured */
};

struct bonsai_api {
    uint32_t version;
    /* NULL: they make sense; otherwise what is wrong with them (valid until the next call on this thread). */
    const char * (*check)(const struct bonsai_options * options);
    /* llama_init_from_model, whose context gets a bounded cache; options NULL: llama.cpp's own. NULL: it was called, and *context
     * is what it returned; otherwise what is wrong, as check says it, or what failed. */
    const char * (*create)(const struct bonsai_options * options, struct llama_model * model, const struct llama_context_params * params,
                           struct llama_context ** context, struct bonsai_created * created);
    /* 0: no such handle or sequence. `layers` may be NULL; else it has room for max_layers. */
    int          (*stats)(int64_t handle, uint32_t sequence, struct bonsai_stats * stats, struct bonsai_layer_stats * layers,
                          size_t max_layers);
    /* out [n_layers * n_starts], row-major */
    int          (*held)(int64_t handle, uint32_t sequence, const int32_t * starts, uint32_t n_starts, float * out);
    /* what was hinted for `from` stays there */
    int          (*fork)(int64_t handle, uint32_t from, uint32_t to);
    int          (*abort)(int64_t handle, int stop);
    int          (*measure)(int64_t handle, int on);
    /* Of the layers with full attention. attention [max_layers * max_tokens] row-major, mean weight per token, summing to 1.
     * Returns how many were written; -1: no such handle or sequence. */
    int32_t      (*measures)(int64_t handle, uint32_t sequence, struct bonsai_measure * out, uint32_t max_layers, float * attention,
                             uint32_t max_tokens);
    /* Peak weights of the queries of one sequence, from now on or no longer (peaks.h). NULL: done; otherwise why not. */
    const char * (*watch_peaks)(int64_t handle, uint32_t sequence, int on);
    /* Of the nth layer that stats lists, of the tokens [first, first + n): out [n_head_kv * n], row-major. Returns n_head_kv;
     * 0: the layer has a sliding window; -1: not watched, or the tokens are no longer where they were read. */
    int32_t      (*peaks)(int64_t handle, uint32_t sequence, uint32_t nth, uint32_t first, uint32_t n, float * out, size_t max_out);
    /* NULL: done; otherwise why not (valid until the next call on this thread). */
    const char * (*rebudget)(int64_t handle, const uint32_t * budgets, size_t n_budgets);
    /* weights [n]; pins [n] or NULL */
    int          (*hint)(int64_t handle, uint32_t sequence, int32_t first, const float * weights, const uint8_t * pins, uint32_t n);
    /* Rows of tokens (rows.h). Bytes of n tokens' rows in "f16", "q8_0", "q5_1" or "q4_0"; 0: not in this type, or no such handle. */
    size_t       (*rows_size)(int64_t handle, uint32_t n, const char * type);
    /* NULL: done; otherwise why not (valid until the next call on this thread). out [rows_size(...)] */
    const char * (*take_rows)(int64_t handle, uint32_t sequence, int32_t first, uint32_t n, const char * type, uint8_t * out);
    const char * (*put_rows)(int64_t handle, uint32_t sequence, int32_t first, const uint8_t * data, size_t size,
                             uint32_t range_first, uint32_t range_n);
};

const struct bonsai_api * bonsai_get_api(void);
typedef const struct bonsai_api * (*bonsai_get_api_t)(void);

#ifdef __cplusplus
}
#endif

#endif
