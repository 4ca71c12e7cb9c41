#include "window.h"

#include <algorithm>

namespace bonsai {

template <typename T>
bool fill_window_mask(const memory_context & context, uint32_t number, size_t n_kv, std::vector<T> & data, T visible) {
    const auto & mem    = *context.mem;
    const auto & groups = mem.layout->groups;
    const auto   group  = std::find_if(groups.begin(), groups.end(), [&](const group_layout & g) { return g.mask == number; });
    if (!group->window) {
        return false;
    }
    const uint32_t index  = uint32_t(group - groups.begin());
    const auto &   ledger = mem.sequences[context.sequence];
    for (size_t t = 0; t < data.size() / n_kv; ++t) {
        const size_t own = context.first_row + t; // the token's own staging row
        auto see = [&](const entry & e) {
            if (e.pos >= 0 && !llama_hparams::is_masked_swa(group->window, mem.hparams.swa_type, e.pos, ledger.staged[own].pos)) {
                data[t * n_kv + size_t(e.row) % mem.layout->window_rows] = visible;
            }
        };
        std::for_each(ledger.staged.begin() + ledger.first_staged(index), ledger.staged.begin() + own + 1, see);
        std::for_each(ledger.lanes[index][0].order.begin(), ledger.lanes[index][0].order.end(), see);
    }
    return true;
}

template bool fill_window_mask(const memory_context &, uint32_t, size_t, std::vector<ggml_fp16_t> &, ggml_fp16_t);
template bool fill_window_mask(const memory_context &, uint32_t, size_t, std::vector<float> &, float);

} // namespace bonsai
