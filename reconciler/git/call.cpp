#include "git/call.h"

#include <algorithm>

#include <sys/eventfd.h>
#include <unistd.h>

namespace reconciler::git {
namespace {

std::string seconds(Duration duration) {
  const auto count = std::to_string(static_cast<double>(duration.count()) / 1000.0);
  return count.substr(0, count.find('.') + 2) + " s";
}

}  // namespace

Call::Signal::Signal() : descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Call::Signal::~Signal() {
  if (descriptor >= 0) close(descriptor);
}

void Call::Signal::raise() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(descriptor, &one, sizeof one);
}

Call::Call(std::string remote, const RemoteOptions& options, std::stop_token stop)
    : remote_(std::move(remote)),
      patience_(options.patience),
      timeout_(options.timeout),
      end_(std::chrono::steady_clock::now() + options.timeout),
      max_bytes_(options.max_fetch_bytes),
      stop_(std::move(stop)),
      on_stop_(stop_, [this] { signal_.raise(); }) {}

Status Call::check() const {
  if (stop_.stop_requested()) return fail(error(ErrorKind::kCancelled, "stopped"));
  if (std::chrono::steady_clock::now() < end_) return {};
  return fail(error(ErrorKind::kUnavailable, "not finished after " + seconds(timeout_)));
}

Result<Duration> Call::patience(SteadyTime heard) const {
  TRY_VOID(check());
  const auto left = std::chrono::ceil<Duration>(std::min(end_, heard + patience_) - std::chrono::steady_clock::now());
  if (left > Duration::zero()) return left;
  TRY_VOID(check());
  return fail(error(ErrorKind::kUnavailable, "no answer for " + seconds(patience_)));
}

Status Call::check_size(std::uint64_t bytes) const {
  if (bytes <= max_bytes_) return {};
  return fail(
      error(ErrorKind::kInvalid, "sends more than the " + std::to_string(max_bytes_) + " bytes that are allowed"));
}

void Call::fail_with(Error error) {
  if (!failure_) failure_ = std::move(error);
}

}  // namespace reconciler::git
