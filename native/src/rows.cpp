#include "rows.h"
#include "memory.h"

#include "llama-impl.h"

#define XXH_INLINE_ALL
#include "xxhash/xxhash.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bonsai {

namespace {

constexpr uint32_t magic   = 0x52534e42; // "BNSR"
constexpr uint32_t version = 1;

struct header {
    uint32_t magic, version, n_layers, type, n_tokens;
    int32_t  rot; // the first token's key is rotated to this position, the next one's to the one after it, and so on
};

// What must be alike for rows of one cache to be of use in another. That the models are the same one, the caller knows.
struct layer_shape {
    uint32_t il, n_embd_k, n_embd_v;
};

[[noreturn]] void refuse(const std::string & why) {
    throw std::runtime_error("bonsai: " + why);
}

constexpr ggml_type known_types[] = { GGML_TYPE_F16, GGML_TYPE_Q8_0, GGML_TYPE_Q5_1, GGML_TYPE_Q4_0 };

bool is_known(ggml_type type) {
    return std::find(std::begin(known_types), std::end(known_types), type) != std::end(known_types);
}

layer_shape shape_of(const memory & mem, const cache_layer & l) {
    return { l.il, uint32_t(mem.hparams.n_embd_k_gqa(l.il)), l.v.empty() ? 0 : uint32_t(mem.hparams.n_embd_v_gqa(l.il)) };
}

// The Hadamard rotation of stretches of n values, in place; its own inverse. (Fast Walsh-Hadamard transform.)
void spread(std::vector<float> & values, size_t n) {
    const float scale = 1.0f / std::sqrt(float(n));
    for (float * x = values.data(), * end = x + values.size(); x < end; x += n) {
        for (size_t half = 1; half < n; half *= 2) {
            for (size_t i = 0; i < n; i += 2 * half) {
                for (size_t j = i; j < i + half; ++j) {
                    const float a = x[j], b = x[j + half];
                    x[j] = a + b;
                    x[j + half] = a - b;
                }
            }
        }
        for (size_t i = 0; i < n; ++i) {
            x[i] *= scale;
        }
    }
}

// One tensor of one layer, on its way between the cache and a file.
struct part {
    ggml_tensor * cache;  // [n_embd_gqa, S + C]
    ggml_tensor * values; // F32 [n_embd_gqa, n], as the model computed them
    size_t        head;   // channels of a head
    bool          windowed;
};

// What the cache is rotated by for its own precision, taken off or put on. t: F32 [n_embd_gqa, n]
ggml_tensor * with_hadamard(ggml_context * ctx, ggml_tensor * t, ggml_tensor * hadamard, size_t head) {
    if (!hadamard) {
        return t;
    }
    ggml_tensor * heads = ggml_reshape_3d(ctx, t, int64_t(head), t->ne[0] / int64_t(head), t->ne[1]); // [n_embd_head, n_head_kv, n]
    return ggml_reshape_2d(ctx, llama_mul_mat_hadamard(ctx, heads, hadamard), t->ne[0], t->ne[1]);
}

template <typename F> void each_part(memory & mem, uint32_t sequence, F && f) {
    for (const auto & l : mem.layers) {
        const bool windowed = mem.layout->groups[l.group].window > 0;
        f(l, part{ l.k[sequence], nullptr, mem.hparams.n_embd_head_k(l.il), windowed }, mem.rotated.k);
        if (!l.v.empty()) {
            f(l, part{ l.v[sequence], nullptr, mem.hparams.n_embd_head_v(l.il), windowed }, mem.rotated.v);
        }
    }
}

void require_plain(const memory & mem) {
    if (mem.whole != &mem) {
        refuse("this model keeps a recurrent state beside its cache, which rows cannot take the place of");
    }
}

// Row numbers [first, first + n) of staging, as inputs of a graph: I32 where rows are got, I64 where they are set. In layers with a
// sliding window they are a ring.
template <typename T> struct row_numbers {
    static constexpr ggml_type type = sizeof(T) == sizeof(int32_t) ? GGML_TYPE_I32 : GGML_TYPE_I64;

    const memory & mem;
    uint32_t       first, n;
    ggml_tensor *  plain = nullptr; // [n]
    ggml_tensor *  ring  = nullptr; // [n]

    ggml_tensor * of(ggml_context * ctx, const part & p) {
        ggml_tensor *& t = p.windowed ? ring : plain;
        if (!t) {
            ggml_set_input(t = ggml_new_tensor_1d(ctx, type, n));
        }
        return t;
    }
    void upload() const {
        for (ggml_tensor * t : { plain, ring }) {
            if (!t) {
                continue;
            }
            std::vector<T> numbers(n);
            for (uint32_t i = 0; i < n; ++i) {
                numbers[i] = T(t == ring ? (first + i) % mem.layout->window_rows : first + i);
            }
            ggml_backend_tensor_set(t, numbers.data(), 0, ggml_nbytes(t));
        }
    }
};

size_t part_bytes(const layer_shape & s, uint32_t n, ggml_type type) {
    return (ggml_row_size(type, s.n_embd_k) + (s.n_embd_v ? ggml_row_size(type, s.n_embd_v) : 0)) * n;
}

// Staging rows of positions [first, first + n), and what the first one's key is rotated to. Called under the mutex.
std::pair<uint32_t, int32_t> locate(const memory & mem, const ledger & l, int32_t first, uint32_t n) {
    const auto found = std::find_if(l.staged.begin(), l.staged.end(), [&](const entry & e) { return e.pos == first; });
    const size_t row = size_t(found - l.staged.begin());
    bool ok = !l.lost && l.staged.size() - row >= n;
    for (uint32_t i = 0; ok && i < n; ++i) {
        ok = found[i].pos == first + int32_t(i) && found[i].rot == found->rot + int32_t(i);
    }
    for (uint32_t g = 0; g < mem.layout->groups.size(); ++g) {
        ok = ok && l.first_staged(g) <= row;
    }
    if (!ok) {
        refuse("the rows of tokens " + std::to_string(first) + " to " + std::to_string(first + int32_t(n)) + " are no longer as they were read");
    }
    return { uint32_t(row), found->rot };
}

} // namespace

ggml_type rows_type(const char * name) {
    const auto found = std::find_if(std::begin(known_types), std::end(known_types), [&](ggml_type t) { return !strcmp(ggml_type_name(t), name); });
    return found == std::end(known_types) ? GGML_TYPE_COUNT : *found;
}

size_t rows_size(const memory & mem, uint32_t n, ggml_type type) {
    if (!is_known(type)) {
        return 0;
    }
    size_t size = sizeof(header) + mem.layers.size() * sizeof(layer_shape) + sizeof(XXH64_hash_t);
    for (const auto & l : mem.layers) {
        const layer_shape s = shape_of(mem, l);
        if (s.n_embd_k % ggml_blck_size(type) != 0 || s.n_embd_v % ggml_blck_size(type) != 0) {
            return 0;
        }
        size += part_bytes(s, n, type);
    }
    return size;
}

void take_rows(memory & mem, uint32_t sequence, int32_t first, uint32_t n, ggml_type type, uint8_t * out) {
    require_plain(mem);
    mem.synchronize();
    std::pair<uint32_t, int32_t> place;
    {
        const std::lock_guard<std::mutex> lock(mem.mutex);
        place = locate(mem, mem.sequences.at(sequence), first, n);
    }
    ggml_context * ctx = mem.side.begin();
    row_numbers<int32_t> rows = { mem, place.first, n };
    std::vector<part> parts;
    each_part(mem, sequence, [&](const cache_layer &, part p, ggml_tensor * hadamard) {
        p.values = with_hadamard(ctx, ggml_get_rows(ctx, p.cache, rows.of(ctx, p)), hadamard, p.head); // [n_embd_gqa, n]
        ggml_set_output(p.values);
        ggml_build_forward_expand(mem.side.graph(), p.values);
        parts.push_back(p);
    });
    if (!mem.side.run([&] { rows.upload(); })) {
        refuse("the device failed while rows were copied out of the cache");
    }

    const header h = { magic, version, uint32_t(mem.layers.size()), uint32_t(type), n, place.second };
    uint8_t * at = out;
    const auto write = [&](const void * data, size_t size) {
        memcpy(at, data, size);
        at += size;
    };
    write(&h, sizeof h);
    for (const auto & l : mem.layers) {
        const layer_shape s = shape_of(mem, l);
        write(&s, sizeof s);
    }
    const auto * traits = ggml_get_type_traits(type);
    std::vector<float> values;
    for (const part & p : parts) {
        values.resize(size_t(ggml_nelements(p.values)));
        ggml_backend_tensor_get(p.values, values.data(), 0, ggml_nbytes(p.values));
        if (ggml_is_quantized(type)) {
            spread(values, largest_power(p.head));
        }
        traits->from_float_ref(values.data(), at, int64_t(values.size()));
        at += ggml_row_size(type, p.values->ne[0]) * n;
    }
    const XXH64_hash_t digest = XXH64(out, size_t(at - out), 0);
    write(&digest, sizeof digest);
}

void put_rows(memory & mem, uint32_t sequence, int32_t first, const uint8_t * data, size_t size, rows_range range) {
    require_plain(mem);
    header h = {};
    XXH64_hash_t digest = 0;
    if (size < sizeof h + sizeof digest) {
        refuse("these rows are cut off");
    }
    memcpy(&h, data, sizeof h);
    if (h.magic != magic || h.version != version || h.n_layers != mem.layers.size()) {
        refuse("these are no rows of this model, or another version of Bonsai wrote them");
    }
    const auto type = ggml_type(h.type);
    if (h.n_tokens == 0 || !is_known(type) || size != rows_size(mem, h.n_tokens, type)) {
        refuse("these rows are damaged, or of another model");
    }
    const uint32_t n = range.n;
    if (n == 0 || n > mem.cfg.staging || range.first >= h.n_tokens || n > h.n_tokens - range.first) {
        refuse("of " + std::to_string(h.n_tokens) + " tokens' rows, " + std::to_string(n) + " from number " + std::to_string(range.first) +
               " on were asked for; at most " + std::to_string(mem.cfg.staging) + " can be put at a time");
    }
    memcpy(&digest, data + size - sizeof digest, sizeof digest);
    if (digest != XXH64(data, size - sizeof digest, 0)) {
        refuse("these rows are damaged: their checksum is wrong");
    }
    const uint8_t * at = data + sizeof h;
    for (const auto & l : mem.layers) {
        const layer_shape want = shape_of(mem, l);
        if (memcmp(at, &want, sizeof want) != 0) {
            refuse("these rows are of another model");
        }
        at += sizeof want;
    }
    if (!mem.lctx) {
        refuse("a token has to be read before rows can be put");
    }
    {
        const std::lock_guard<std::mutex> lock(mem.mutex);
        const auto & l = mem.sequences.at(sequence);
        if (l.lost) {
            refuse("what this sequence held was lost in a failure before; clear it and read it again");
        }
        if (first <= l.last()) {
            refuse("rows can only be put behind the " + std::to_string(l.last() + 1) + " tokens that are there");
        }
        if (!l.fits({ n })) {
            refuse("there is no room for these rows");
        }
    }
    if (!mem.make_room(sequence, n, first + int32_t(n) - 1)) {
        refuse("the device failed while room was made for rows");
    }
    uint32_t first_row = 0;
    int32_t  by = 0;
    {
        const std::lock_guard<std::mutex> lock(mem.mutex);
        const auto & l = mem.sequences[sequence];
        first_row = uint32_t(l.staged.size());
        by = (l.is_ranked() ? l.rank_base() + int32_t(first_row) : first) - h.rot - int32_t(range.first);
    }

    ggml_context * ctx = mem.side.begin();
    row_numbers<int64_t> rows = { mem, first_row, n };
    ggml_tensor * delta = nullptr; // I32 [n]
    std::vector<part> parts;
    each_part(mem, sequence, [&](const cache_layer & l, part p, ggml_tensor * hadamard) {
        ggml_set_input(p.values = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, p.cache->ne[0], n)); // [n_embd_gqa, n]
        ggml_tensor * now = p.values;
        if (by != 0 && p.cache == l.k[sequence] && l.rope.kind != rotation::none) {
            if (l.rope.kind == rotation::unreadable) {
                refuse("this model changes its keys after rotating them, so that rows cannot be put at another place");
            }
            if (!delta) {
                ggml_set_input(delta = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, n));
            }
            now = ggml_cont(ctx, now); // an input is not written to
            const int64_t head = int64_t(p.head);
            ggml_tensor * keys = ggml_reshape_3d(ctx, now, head, now->ne[0] / head, n); // [n_embd_head, n_head_kv, n]
            ggml_build_forward_expand(mem.side.graph(), l.rope.turn(ctx, keys, delta)); // in place
        }
        now = with_hadamard(ctx, now, hadamard, p.head);
        ggml_build_forward_expand(mem.side.graph(), ggml_set_rows(ctx, p.cache, now, rows.of(ctx, p)));
        parts.push_back(p);
    });
    const auto * traits = ggml_get_type_traits(type);
    const auto upload = [&] {
        rows.upload();
        if (delta) {
            const std::vector<int32_t> values(n, by);
            ggml_backend_tensor_set(delta, values.data(), 0, ggml_nbytes(delta));
        }
        std::vector<float> values;
        for (const part & p : parts) {
            values.resize(size_t(ggml_nelements(p.values)));
            const size_t row = ggml_row_size(type, p.values->ne[0]);
            traits->to_float(at + row * range.first, values.data(), int64_t(values.size()));
            at += row * h.n_tokens;
            if (ggml_is_quantized(type)) {
                spread(values, largest_power(p.head));
            }
            ggml_backend_tensor_set(p.values, values.data(), 0, ggml_nbytes(p.values));
        }
    };
    // Nothing refers to these rows yet; in a ring they are those that have left the window.
    if (!mem.side.run(upload)) {
        refuse("the device failed while rows were put into the cache");
    }
    std::vector<int32_t> positions(n), rot(n);
    for (uint32_t i = 0; i < n; ++i) {
        positions[i] = first + int32_t(i);
    }
    const std::lock_guard<std::mutex> lock(mem.mutex);
    auto & l = mem.sequences[sequence];
    l.append(positions.data(), rot.data(), n);
    l.settle();
}

} // namespace bonsai
