#include "registry.h"

#include <map>
#include <mutex>

namespace bonsai::registry {

namespace {

std::mutex                  mutex;
std::optional<config>       next;
std::map<int64_t, memory *> living;
int64_t                     counter = 0;
int64_t                     last    = 0;
std::string                 notice;

} // namespace

void configure(std::optional<config> value) {
    const std::lock_guard<std::mutex> lock(mutex);
    next = std::move(value);
    last = 0;
    notice.clear();
}

std::optional<config> configured() {
    const std::lock_guard<std::mutex> lock(mutex);
    return next;
}

int64_t add(memory * mem) {
    const std::lock_guard<std::mutex> lock(mutex);
    living[++counter] = mem;
    notice.clear();
    return last = counter;
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

void decline(std::string why) {
    const std::lock_guard<std::mutex> lock(mutex);
    last   = 0;
    notice = std::move(why);
}

int64_t last_handle() {
    const std::lock_guard<std::mutex> lock(mutex);
    return last;
}

std::string last_notice() {
    const std::lock_guard<std::mutex> lock(mutex);
    return notice;
}

} // namespace bonsai::registry
