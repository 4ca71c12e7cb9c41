// The table of policies, by the name a person types.
#include "policy.h"

#include "table.h"

namespace bonsai {

extern const policy & policy_full, & policy_window, & policy_streaming, & policy_tree, & policy_tree_keep_right, & policy_h2o,
    & policy_tova, & policy_snapkv, & policy_keydiff, & policy_cascade, & policy_hybrid;

static const auto & table() {
    static const std::array all = {
        &policy_full,    &policy_window,  &policy_streaming, &policy_tree,   &policy_tree_keep_right, &policy_h2o, &policy_tova,
        &policy_snapkv,  &policy_keydiff, &policy_cascade,   &policy_hybrid,
    };
    return all;
}

const policy * find_policy(std::string_view name) { return find_in(table(), name); }

const char * policy_names() {
    static const std::string names = names_in(table());
    return names.c_str();
}

} // namespace bonsai
