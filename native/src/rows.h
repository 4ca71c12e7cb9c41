// Rows of tokens that were read before: taken out of one sequence, and appended to another without computing anything. For
// the ledger, the policy and the masks tokens that come as rows are tokens like any others. Only positions enter a key
// here, through its rotation, so that rows can stand anywhere; what the tokens before them were is in them as it was.
//
// As bytes: a header, then per layer K and V of every token (V is left out under latent attention), as F16 or quantised, then
// a checksum. Keys are rotated to the positions they were read at. Quantised rows are spread by the Hadamard rotation first,
// as llama.cpp does in its cache (hadamard.h).
#pragma once

#include "ggml.h"

#include <cstddef>
#include <cstdint>

namespace bonsai {

class memory;

// The type of this name that rows can be kept in: f16, q8_0, q5_1 or q4_0. GGML_TYPE_COUNT: there is none.
ggml_type rows_type(const char * name);

// Bytes of n tokens' rows. 0: rows of this cache cannot be kept in this type, which takes whole blocks.
size_t rows_size(const memory & mem, uint32_t n, ggml_type type);

// Copies the rows of positions [first, first + n) to `out`, rows_size(...) bytes. The sequence stays as it is. Throws
// std::runtime_error where the tokens have left staging, or the device fails.
void take_rows(memory & mem, uint32_t sequence, int32_t first, uint32_t n, ggml_type type, uint8_t * out);

// Which of the tokens of such bytes are meant.
struct rows_range {
    uint32_t first, n;
};

// Appends rows to a sequence as the positions from `first` on, at most `staging` of them at a time. Throws std::runtime_error
// with what is wrong; the sequence is as it was then, or lost and says so.
void put_rows(memory & mem, uint32_t sequence, int32_t first, const uint8_t * data, size_t size, rows_range range);

} // namespace bonsai
