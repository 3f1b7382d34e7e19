#include "http/thread_pool.h"

#include <stdexcept>

#include <pplx/threadpool.h>

namespace reconciler::http {
namespace {

constexpr std::size_t kThreads = 4;

bool initialise() try {
  crossplat::threadpool::initialize_with_threads(kThreads);
  return true;
} catch (const std::runtime_error&) {
  return false;  // Somebody used cpprestsdk before: its pool is there, only larger.
}

}  // namespace

void start_thread_pool() { [[maybe_unused]] static const bool kStarted = initialise(); }

}  // namespace reconciler::http
