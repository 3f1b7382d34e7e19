#pragma once

#include <string>

#include "git/call.h"

// Private to this module.
namespace reconciler::git {

/// A TCP connection that is never waited for longer than its call allows.
class Socket {
 public:
  /// Tries each address of the host. Errors: kUnavailable, kCancelled.
  static Result<Socket> connect(const std::string& host, int port, const Call& call);

  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int descriptor() const { return descriptor_; }
  /// Waits until the socket can be read or written, as asked for. Errors: kUnavailable, kCancelled.
  Status wait(bool readable, bool writable, const Call& call) const;
  /// Nothing more will pass: calls on it fail at once.
  void shut() const;

 private:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace reconciler::git
