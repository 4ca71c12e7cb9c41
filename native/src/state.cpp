// A sequence's bank in llama.cpp's own state files: a header that must match, the ledger, and the rows in use of every
// layer. What is restored continues exactly as what was saved.
#include "memory.h"

#include "llama-io.h"

#define XXH_INLINE_ALL
#include "xxhash/xxhash.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace bonsai {

namespace {

constexpr uint32_t magic   = 0x49534e42; // "BNSI"
constexpr uint32_t version = 3;

struct header {
    uint32_t magic, version, n_layers, n_groups, n_lanes, staging, type_k, type_v, policy, score, signals;
    int32_t  p_max;
    uint32_t ranked, dirty, n_staged, resident_seen, slid, reserved;
    uint64_t evicted, compactions;
};

// Everything written, and everything read, passes through a checksum (xxHash, as llama.cpp ships it), which is the last word.
struct checked_writer {
    llama_io_write_i & io;
    XXH64_state_t      sum;

    explicit checked_writer(llama_io_write_i & io) : io(io) { XXH64_reset(&sum, 0); }
    void write(const void * data, size_t size) {
        XXH64_update(&sum, data, size);
        io.write(data, size);
    }
    void write_tensor(ggml_tensor * t, size_t offset, size_t size) {
        buffer.resize(size);
        ggml_backend_tensor_get(t, buffer.data(), offset, size);
        write(buffer.data(), size);
    }
    void finish() {
        const uint64_t digest = XXH64_digest(&sum);
        io.write(&digest, sizeof digest);
    }
    std::vector<uint8_t> buffer;
};

struct checked_reader {
    llama_io_read_i & io;
    XXH64_state_t     sum;

    explicit checked_reader(llama_io_read_i & io) : io(io) { XXH64_reset(&sum, 0); }
    void read(void * data, size_t size) {
        io.read(data, size);
        XXH64_update(&sum, data, size);
    }
    void read_tensor(ggml_tensor * t, size_t offset, size_t size) {
        buffer.resize(size);
        read(buffer.data(), size);
        ggml_backend_tensor_set(t, buffer.data(), offset, size);
    }
    bool finish() {
        uint64_t digest = 0;
        io.read(&digest, sizeof digest);
        return digest == XXH64_digest(&sum);
    }
    std::vector<uint8_t> buffer;
};

uint32_t hash(const char * name) { // FNV-1a
    uint32_t h = 2166136261u;
    for (; *name; ++name) {
        h = (h ^ uint8_t(*name)) * 16777619u;
    }
    return h;
}

header expected(const memory & mem) {
    header h = {};
    h.magic    = magic;
    h.version  = version;
    h.n_layers = uint32_t(mem.layers.size());
    h.n_groups = uint32_t(mem.layout->groups.size());
    for (const auto & g : mem.layout->groups) {
        h.n_lanes += g.n_lanes;
    }
    h.staging = mem.cfg.staging;
    h.type_k  = mem.type_k;
    h.type_v  = mem.type_v;
    h.policy  = hash(mem.cfg.evict->name());
    h.score   = hash(mem.cfg.rank_by->name());
    h.signals = mem.gathered.gathered();
    return h;
}

// Rows in use, a prefix of staging and a prefix of the residents, and what has been gathered since the last compaction.
template <typename F> void each_tensor(const memory & mem, size_t s, const ledger & l, F && f) {
    for (size_t i = 0; i < mem.layers.size(); ++i) {
        const auto & layer = mem.layers[i];
        uint32_t top = 0;
        for (const auto & lane : l.lanes[layer.group]) {
            for (const auto & e : lane.order) {
                top = std::max(top, uint32_t(e.row) - mem.cfg.staging + 1);
            }
        }
        for (ggml_tensor * t : layer.tensors(s)) {
            if (!l.staged.empty()) { // a window's rows are a ring
                f(t, size_t(0), std::min(l.staged.size(), size_t(t->ne[1])) * t->nb[1]);
            }
            if (top > 0) {
                f(t, mem.cfg.staging * t->nb[1], top * t->nb[1]);
            }
        }
        for (ggml_tensor * t : mem.gathered.of[i][s].all()) {
            f(t, size_t(0), ggml_nbytes(t));
        }
    }
}

void write_sequence(const memory & mem, size_t s, llama_io_write_i & out) {
    checked_writer io(out);
    const ledger & l = mem.sequences[s];
    if (l.lost) {
        throw std::runtime_error("bonsai: what this sequence held was lost in a failure before; it cannot be saved");
    }
    header h = expected(mem);
    h.p_max       = l.p_max;
    h.ranked      = l.ranked;
    h.dirty       = l.dirty;
    h.n_staged    = uint32_t(l.staged.size());
    h.slid        = l.slid;
    h.evicted     = l.evicted;
    h.compactions = l.compactions;
    h.resident_seen = l.resident_seen;
    io.write(&h, sizeof h);
    io.write(l.staged.data(), l.staged.size() * sizeof(entry));
    for (size_t g = 0; g < l.lanes.size(); ++g) {
        for (const auto & lane : l.lanes[g]) {
            const uint32_t n[2] = { mem.layout->groups[g].shape.capacity, uint32_t(lane.order.size()) };
            io.write(n, sizeof n);
            io.write(&lane.state, sizeof lane.state);
            io.write(lane.order.data(), lane.order.size() * sizeof(entry));
        }
    }
    each_tensor(mem, s, l, [&](ggml_tensor * t, size_t offset, size_t size) { io.write_tensor(t, offset, size); });
    io.finish();
}

void refuse(const char * why) {
    throw std::runtime_error(std::string("bonsai: this state cannot be restored here: ") + why);
}

ledger read_ledger(const memory & mem, checked_reader & io) {
    header h;
    io.read(&h, sizeof h);
    const header want = expected(mem);
    if (h.magic != magic) { refuse("it was not written by a bounded cache"); }
    if (h.version != version) { refuse("it was written by another version of Bonsai"); }
    if (memcmp(&h, &want, offsetof(header, p_max)) != 0) { refuse("model, policy, score, precision or staging differ"); }
    if (h.n_staged > mem.cfg.staging + mem.layout->least_capacity || h.p_max < -1 || h.slid > h.n_staged) { refuse("it is damaged"); }

    ledger l(mem.layout);
    auto read_entries = [&](std::vector<entry> & entries, uint32_t n, int32_t row0, int32_t row1) {
        entries.resize(n);
        io.read(entries.data(), n * sizeof(entry));
        std::vector<uint8_t> used(size_t(row1 - row0));
        for (const auto & e : entries) {
            if (e.row < row0 || e.row >= row1 || e.pos > h.p_max || e.mass == 0 || used[size_t(e.row - row0)]++) { refuse("it is damaged"); }
        }
    };
    const int32_t S = int32_t(mem.cfg.staging);
    read_entries(l.staged, h.n_staged, 0, S + int32_t(mem.layout->least_capacity));
    for (uint32_t i = 0; i < h.n_staged; ++i) {
        if (l.staged[i].row != int32_t(i)) { refuse("it is damaged"); }
    }
    std::vector<size_t> common(mem.layout->n_masks, SIZE_MAX);
    for (size_t g = 0; g < l.lanes.size(); ++g) {
        const uint32_t capacity = mem.layout->groups[g].shape.capacity;
        for (auto & lane : l.lanes[g]) {
            uint32_t n[2];
            io.read(n, sizeof n);
            if (n[0] != capacity) { refuse("its budgets differ"); }
            if (n[1] > capacity) { refuse("it is damaged"); }
            io.read(&lane.state, sizeof lane.state);
            read_entries(lane.order, n[1], S, S + int32_t(capacity));
            auto & n_common = common[mem.layout->groups[g].mask];
            n_common = n_common == SIZE_MAX ? n[1] : n_common;
            // between compactions a removal may leave lanes of different length; they are dirty then
            if (n_common != n[1] && !h.dirty) { refuse("it is damaged"); }
        }
    }
    l.p_max       = h.p_max;
    l.ranked      = h.ranked != 0;
    l.evicted     = h.evicted;
    l.compactions = h.compactions;
    l.dirty       = h.dirty != 0;
    l.resident_seen = h.resident_seen;
    l.slid          = h.slid;
    l.recount_holes();
    return l;
}

} // namespace

void memory::state_write(llama_io_write_i & io, llama_seq_id seq, llama_state_seq_flags) const {
    synchronize();
    const std::lock_guard<std::mutex> lock(mutex);
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (seq < 0 || size_t(seq) == s) {
            write_sequence(*this, s, io);
        }
    }
}

void memory::state_read(llama_io_read_i & io, llama_seq_id seq, llama_state_seq_flags) {
    synchronize();
    for (size_t s = 0; s < sequences.size(); ++s) {
        if (seq >= 0 && size_t(seq) != s) {
            continue;
        }
        checked_reader in(io);
        ledger restored = read_ledger(*this, in);
        {
            const std::lock_guard<std::mutex> lock(mutex);
            sequences[s].clear(); // from here on its rows are overwritten
        }
        try {
            each_tensor(*this, s, restored, [&](ggml_tensor * t, size_t offset, size_t size) { in.read_tensor(t, offset, size); });
            if (!in.finish()) {
                refuse("it is damaged: its checksum is wrong");
            }
        } catch (...) { // a file that ends too early, too: the sequence is empty, with nothing left of what was read
            gathered.forget(uint32_t(s), 0);
            throw;
        }
        const std::lock_guard<std::mutex> lock(mutex);
        sequences[s] = std::move(restored);
    }
}

} // namespace bonsai
