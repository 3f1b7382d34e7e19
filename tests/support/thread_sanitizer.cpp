// What ThreadSanitizer is told of libraries that are not built with it: it does not see their own synchronisation.
#include <spdlog/spdlog.h>

namespace {

/// spdlog makes its logger at the first use, whichever thread that is: here, before there are any.
[[maybe_unused]] const auto kLogger = spdlog::default_logger();

}  // namespace

/// Called by the sanitizer's runtime at its start (github.com/google/sanitizers, wiki ThreadSanitizerSuppressions).
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return
      // An exception that cpprestsdk hands from thread to thread is counted by libstdc++, and freed by whoever is last.
      "race:std::__exception_ptr::exception_ptr::_M_release\n"
      "race:web::http::http_exception::~http_exception\n";
}
