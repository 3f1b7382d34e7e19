#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "base/thread_name.h"

namespace reconciler {
namespace {

constexpr std::size_t kMostThreads = 4;

std::size_t cores() {
  static const std::size_t count = std::max(1U, std::thread::hardware_concurrency());
  return count;
}

}  // namespace

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto take_all = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> helpers;
  const std::size_t threads = std::min({count, cores(), kMostThreads});
  for (std::size_t i = 1; i < threads; ++i) {
    helpers.emplace_back([&] {
      name_this_thread("helper");
      take_all();
    });
  }
  take_all();
}

}  // namespace reconciler
