#include "support/e2e/wait.h"

#include <stdexcept>
#include <thread>

namespace reconciler::test {

void wait_until(const std::string& what, const std::function<bool()>& holds, std::chrono::milliseconds patience,
                const std::function<std::string()>& evidence) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("not in time: " + what + (evidence ? "\n" + evidence() : ""));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace reconciler::test
