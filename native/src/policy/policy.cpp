// The table of policies, by the name a person types.
#include "policy.h"

namespace bonsai {

const policy * find_policy(std::string_view name) {
    for (const policy * p : { &policy_full, &policy_streaming, &policy_tree, &policy_tree_keep_right }) {
        if (name == p->name()) {
            return p;
        }
    }
    return nullptr;
}

} // namespace bonsai
