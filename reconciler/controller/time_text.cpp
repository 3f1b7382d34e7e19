#include "controller/time_text.h"

#include <ctime>

namespace reconciler::controller {

std::optional<WallTime> parse_rfc3339(const std::string& text) {
  std::tm utc{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&utc));
}

const Clock& system_clock() {
  static const SystemClock kClock;
  return kClock;
}

}  // namespace reconciler::controller
