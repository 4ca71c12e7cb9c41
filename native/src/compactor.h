// Carries out a compaction on the device: who leaves is merged into the heirs (under `merge`), survivors move into the rows the policy freed, and keys whose position changed
// are rotated by the difference.
#pragma once

#include "ledger.h"
#include "side_scheduler.h"

#include <vector>

namespace bonsai {

struct cache_layer;

class compactor {
public:
    compactor(memory & mem, side_scheduler & side) : mem(mem), side(side) {}

    // False: the device failed; the caller fails the decode.
    bool run(uint32_t sequence, const std::vector<group_moves> & moves);

private:
    struct group_inputs;

    void build_layer(const cache_layer & layer, uint32_t sequence, const group_inputs & in);
    ggml_tensor * merge(const cache_layer & layer, ggml_tensor * t, bool keys, const group_inputs & in);
    ggml_tensor * move(ggml_tensor * t, ggml_tensor * now, const group_inputs & in);
    void rotate(const cache_layer & layer, ggml_tensor * k, const group_inputs & in);
    ggml_tensor * turned(const cache_layer & layer, ggml_tensor * keys, ggml_tensor * delta);

    memory & mem;
    side_scheduler & side;
    ggml_context * ctx = nullptr; // of the graph being built
};

} // namespace bonsai
