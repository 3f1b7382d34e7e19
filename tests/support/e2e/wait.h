#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace reconciler::test {

/// So long that only a defect reaches it, also on a busy machine.
inline constexpr auto kPatience = std::chrono::seconds(60);

/// Asks every 20 ms until it is so. Throws std::runtime_error after `patience`, with `evidence` (asked for only then)
/// behind what was waited for.
void wait_until(const std::string& what, const std::function<bool()>& holds,
                std::chrono::milliseconds patience = kPatience, const std::function<std::string()>& evidence = {});

}  // namespace reconciler::test
