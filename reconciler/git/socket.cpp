#include "git/socket.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace reconciler::git {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const std::string& host, int port, const Call& call) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); code != 0) {
    return fail(call.error(ErrorKind::kUnavailable, std::string("cannot resolve the host: ") + gai_strerror(code)));
  }
  return Addresses(found);
}

Error refused(const Call& call, int code) {
  return call.error(ErrorKind::kUnavailable, std::string("cannot connect: ") + std::strerror(code));
}

}  // namespace

Socket::Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<Socket> Socket::connect(const std::string& host, int port, const Call& call) {
  TRY(const auto addresses, resolve(host, port, call));
  Error last = call.error(ErrorKind::kUnavailable, "the host has no address");
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.descriptor_ < 0)
      return fail(call.error(ErrorKind::kInternal, std::string("cannot make a socket: ") + std::strerror(errno)));
    int code = ::connect(socket.descriptor_, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (code == EINPROGRESS) {
      if (auto ready = socket.wait(false, true, call); !ready) {
        if (ready.error().kind == ErrorKind::kCancelled) return fail(std::move(ready).error());
        last = std::move(ready).error();
        continue;
      }
      socklen_t length = sizeof code;
      getsockopt(socket.descriptor_, SOL_SOCKET, SO_ERROR, &code, &length);
    }
    if (code == 0) {
      const int on = 1;
      setsockopt(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return socket;
    }
    last = refused(call, code);
  }
  return fail(std::move(last));
}

Status Socket::wait(bool readable, bool writable, const Call& call) const {
  const auto start = std::chrono::steady_clock::now();
  const auto events = static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
  while (true) {
    TRY(const auto patience, call.patience(start));
    pollfd watched[] = {{descriptor_, events, 0}, {call.stop_descriptor(), POLLIN, 0}};
    if (poll(watched, 2, static_cast<int>(patience.count())) > 0 && watched[0].revents != 0) return call.check();
  }
}

void Socket::shut() const { shutdown(descriptor_, SHUT_RDWR); }

}  // namespace reconciler::git
