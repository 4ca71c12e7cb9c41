// Looking things up in a table by the name a person types: a table is an array of pointers to things with a name().
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace bonsai {

template <typename T, size_t N> const T * find_in(const std::array<const T *, N> & table, std::string_view name) {
    for (const T * item : table) {
        if (name == item->name()) {
            return item;
        }
    }
    return nullptr;
}

// all names, separated by ", "
template <typename T, size_t N> std::string names_in(const std::array<const T *, N> & table) {
    std::string names;
    for (const T * item : table) {
        names += (names.empty() ? "" : ", ") + std::string(item->name());
    }
    return names;
}

} // namespace bonsai
