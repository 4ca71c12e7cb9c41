// A sequence's bank in llama.cpp's own state files: a header that must match, the ledger, and the rows in use of every
// layer. What is restored continues exactly as what was saved.
#include "memory.h"

#include "llama-io.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace bonsai {

namespace {

constexpr uint32_t magic   = 0x49534e42; // "BNSI"
constexpr uint32_t version = 2;

struct header {
    uint32_t magic, version, n_layers, n_groups, n_lanes, staging, type_k, type_v, policy;
    int32_t  p_max;
    uint32_t ranked, dirty, n_staged, slid;
    uint64_t evicted, compactions;
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
    return h;
}

// Rows in use: a prefix of staging and a prefix of the residents.
template <typename F> void each_tensor(const memory & mem, size_t s, const ledger & l, F && f) {
    for (const auto & layer : mem.layers) {
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
    }
}

void write_sequence(const memory & mem, size_t s, llama_io_write_i & io) {
    const ledger & l = mem.sequences[s];
    header h = expected(mem);
    h.p_max       = l.p_max;
    h.ranked      = l.ranked;
    h.dirty       = l.dirty;
    h.n_staged    = uint32_t(l.staged.size());
    h.slid        = l.slid;
    h.evicted     = l.evicted;
    h.compactions = l.compactions;
    io.write(&h, sizeof h);
    io.write(l.staged.data(), l.staged.size() * sizeof(entry));
    for (size_t g = 0; g < l.lanes.size(); ++g) {
        for (const auto & lane : l.lanes[g]) {
            const uint32_t n[3] = { mem.layout->groups[g].shape.capacity, uint32_t(lane.order.size()), lane.state.cursor };
            io.write(n, sizeof n);
            io.write(lane.order.data(), lane.order.size() * sizeof(entry));
        }
    }
    each_tensor(mem, s, l, [&](ggml_tensor * t, size_t offset, size_t size) { io.write_tensor(t, offset, size); });
}

void refuse(const char * why) {
    throw std::runtime_error(std::string("bonsai: this state cannot be restored here: ") + why);
}

ledger read_ledger(const memory & mem, llama_io_read_i & io) {
    header h;
    io.read(&h, sizeof h);
    const header want = expected(mem);
    if (h.magic != magic) { refuse("it was not written by a bounded cache"); }
    if (h.version != version) { refuse("it was written by another version of Bonsai"); }
    if (memcmp(&h, &want, offsetof(header, p_max)) != 0) { refuse("model, policy, precision or staging differ"); }
    if (h.n_staged > mem.cfg.staging + mem.layout->least_capacity || h.p_max < -1 || h.slid > h.n_staged) { refuse("it is damaged"); }

    ledger l(mem.layout);
    auto read_entries = [&](std::vector<entry> & entries, uint32_t n, int32_t row0, int32_t row1) {
        entries.resize(n);
        io.read(entries.data(), n * sizeof(entry));
        for (const auto & e : entries) {
            if (e.row < row0 || e.row >= row1 || e.pos > h.p_max) { refuse("it is damaged"); }
        }
    };
    const int32_t S = int32_t(mem.cfg.staging);
    read_entries(l.staged, h.n_staged, 0, S + int32_t(mem.layout->least_capacity));
    for (size_t g = 0; g < l.lanes.size(); ++g) {
        const uint32_t capacity = mem.layout->groups[g].shape.capacity;
        for (auto & lane : l.lanes[g]) {
            uint32_t n[3];
            io.read(n, sizeof n);
            if (n[0] != capacity) { refuse("its budgets differ"); }
            if (n[1] > capacity) { refuse("it is damaged"); }
            lane.state.cursor = n[2];
            read_entries(lane.order, n[1], S, S + int32_t(capacity));
        }
    }
    l.p_max       = h.p_max;
    l.ranked      = h.ranked != 0;
    l.evicted     = h.evicted;
    l.compactions = h.compactions;
    l.dirty       = h.dirty != 0;
    l.slid        = h.slid;
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
        ledger restored = read_ledger(*this, io);
        each_tensor(*this, s, restored, [&](ggml_tensor * t, size_t offset, size_t size) { io.read_tensor(t, offset, size); });
        const std::lock_guard<std::mutex> lock(mutex);
        sequences[s] = std::move(restored);
    }
}

} // namespace bonsai
