#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "git/repository.h"

// Private to this module.
namespace reconciler::git {

/// One call to a remote: how long it may take, who may stop it, and why it failed. Belongs to the thread that makes the
/// call. The library between us and the socket knows only "failed"; the reason waits here.
class Call {
 public:
  /// `remote` names the remote in errors.
  Call(std::string remote, const RemoteOptions& options, std::stop_token stop);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const std::string& remote() const { return remote_; }

  /// Whether to go on. Errors: kCancelled; kUnavailable when the whole call took too long.
  Status check() const;
  /// How long to wait yet for a remote that was last heard at `heard`; always positive. Errors: as check();
  /// kUnavailable when it has been silent for too long.
  Result<Duration> patience(SteadyTime heard) const;
  /// Becomes readable when the call is to be stopped; to be waited for along with the socket.
  int stop_descriptor() const { return signal_.descriptor; }
  /// An error of this call: `<remote>: <message>`.
  Error error(ErrorKind kind, const std::string& message) const { return Error{kind, remote_ + ": " + message, {}}; }

  /// Notes how many bytes came in all. Errors: kInvalid when they are too many.
  Status check_size(std::uint64_t bytes) const;

  /// Keeps the first reason.
  void fail_with(Error error);
  const std::optional<Error>& failure() const { return failure_; }

 private:
  /// An eventfd(2).
  struct Signal {
    Signal();
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    ~Signal();
    void raise() const;
    const int descriptor;
  };

  const std::string remote_;
  const Duration patience_;
  const Duration timeout_;
  const SteadyTime end_;
  const std::uint64_t max_bytes_;
  const Signal signal_;
  const std::stop_token stop_;
  const std::stop_callback<std::function<void()>> on_stop_;
  std::optional<Error> failure_;
};

}  // namespace reconciler::git
