#include "base/parallel.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace reconciler {
namespace {

TEST(Parallel, every_number_comes_once) {
  for (const std::size_t count : {0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> calls(count);
    parallel_for(count, [&](std::size_t i) { ++calls[i]; });
    for (const auto& n : calls) EXPECT_EQ(n, 1);
  }
}

TEST(Parallel, calls_from_several_threads_and_from_within_do_not_mix) {
  std::atomic<std::size_t> sum = 0;
  const auto use = [&] {
    for (int round = 0; round < 100; ++round)
      parallel_for(10, [&](std::size_t i) { parallel_for(i, [&](std::size_t) { ++sum; }); });
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(use);
  }
  EXPECT_EQ(sum, 4u * 100u * 45u);
}

}  // namespace
}  // namespace reconciler
