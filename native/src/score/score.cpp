// The table of scores, by the name a person types.
#include "score.h"

#include "table.h"

namespace bonsai {

extern const score & score_none, & score_attention, & score_attention_sum, & score_attention_last, & score_keydiff, & score_knorm;

static const auto & table() {
    static const std::array all = {
        &score_none, &score_attention, &score_attention_sum, &score_attention_last, &score_keydiff, &score_knorm,
    };
    return all;
}

const score * find_score(std::string_view name) { return find_in(table(), name); }

const char * score_names() {
    static const std::string names = names_in(table());
    return names.c_str();
}

} // namespace bonsai
