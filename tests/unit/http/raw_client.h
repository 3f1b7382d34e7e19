#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace reconciler::http {

/// A connection to the loopback address that sends exactly the bytes that it is told.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { ::close(socket_); }

  /// False when the other side does not take it any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// All that comes until the other side closes.
  std::string read_all() {
    while (more()) {
    }
    return std::exchange(buffer_, "");
  }

  /// What comes up to and with this text; "" when the other side closes before.
  std::string read_until(std::string_view text) {
    while (true) {
      if (const auto at = buffer_.find(text); at != std::string::npos) {
        auto read = buffer_.substr(0, at + text.size());
        buffer_.erase(0, at + text.size());
        return read;
      }
      if (!more()) return "";
    }
  }

  /// One answer, by its length; "" when the other side closes before it is whole.
  std::string read_answer() {
    while (true) {
      const auto head = buffer_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto end = head + 4 + content_length(buffer_.substr(0, head));
        if (buffer_.size() >= end) {
          auto answer = buffer_.substr(0, end);
          buffer_.erase(0, end);
          return answer;
        }
      }
      if (!more()) return "";
    }
  }

 private:
  static std::size_t content_length(const std::string& head) {
    constexpr std::string_view kName = "\r\nContent-Length: ";
    const auto at = head.find(kName);
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + kName.size()));
  }

  bool more() {
    char bytes[4096];
    const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  const int socket_;
  std::string buffer_;
};

}  // namespace reconciler::http
