#include "registry.h"

#include <map>
#include <mutex>

namespace bonsai {

static thread_local creation * being_created = nullptr;

creation::creation(std::optional<config> asked) : asked(std::move(asked)), outer(being_created) {
    being_created = this;
}

creation::~creation() {
    being_created = outer;
}

creation * creation::current() {
    return being_created;
}

namespace registry {

namespace {

std::mutex                  mutex;
std::map<int64_t, memory *> living;
int64_t                     counter = 0;

} // namespace

int64_t add(memory * mem) {
    const std::lock_guard<std::mutex> lock(mutex);
    living[++counter] = mem;
    return counter;
}

void remove(int64_t handle) {
    const std::lock_guard<std::mutex> lock(mutex);
    living.erase(handle);
}

bool with(int64_t handle, const std::function<void(memory &)> & f) {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = living.find(handle);
    if (found == living.end()) {
        return false;
    }
    f(*found->second);
    return true;
}

} // namespace registry

} // namespace bonsai
