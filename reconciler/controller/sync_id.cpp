#include "controller/sync_id.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <random>

namespace reconciler::controller {
namespace {

constexpr unsigned kRandomBits = 12;  ///< Tell replicas apart that name a sync in the same microsecond.

/// Microseconds since the epoch, and later at every call.
std::uint64_t next_moment() {
  static std::mutex mutex;
  static std::uint64_t last = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::scoped_lock lock(mutex);
  last = std::max<std::uint64_t>(last + 1, std::chrono::duration_cast<std::chrono::microseconds>(now).count());
  return last;
}

}  // namespace

std::string make_sync_id() {
  thread_local std::random_device device;
  const auto id = next_moment() << kRandomBits | (device() & ((1U << kRandomBits) - 1));
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(id));
  return text.data();
}

std::string sync_id_for(const std::string& asked) {
  const bool is_id = asked.size() == 16 && asked.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_id ? asked : make_sync_id();
}

}  // namespace reconciler::controller
