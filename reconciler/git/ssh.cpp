#include "git/ssh.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <libssh2.h>

#include "git/credentials.h"
#include "git/known_hosts.h"
#include "git/socket.h"

namespace reconciler::git {
namespace {

constexpr int kSshPort = 22;
constexpr std::size_t kMaxRemark = 300;

/// For the far shell: in single quotes, as Git does it.
std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// What the far end wrote to its stderr, fit for one line of ours.
std::string one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, ' ');
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

ErrorKind kind_of_remark(const std::string& remark) {
  const auto says = [&](const char* words) { return remark.find(words) != std::string::npos; };
  if (says("not found") || says("does not appear to be a git repository") || says("does not exist"))
    return ErrorKind::kNotFound;
  if (says("denied") || says("not allowed") || says("ermission")) return ErrorKind::kForbidden;
  return ErrorKind::kUnavailable;
}

bool is_connection_error(int code) {
  return code == LIBSSH2_ERROR_SOCKET_SEND || code == LIBSSH2_ERROR_SOCKET_RECV ||
         code == LIBSSH2_ERROR_SOCKET_DISCONNECT || code == LIBSSH2_ERROR_TIMEOUT;
}

/// A session with a host, from the first byte to the running `git-upload-pack`.
class SshStream final : public Stream {
 public:
  SshStream(Call& call, Socket socket) : call_(call), socket_(std::move(socket)), session_(libssh2_session_init()) {
    libssh2_session_set_blocking(session_, 0);
  }
  SshStream(const SshStream&) = delete;
  SshStream& operator=(const SshStream&) = delete;

  ~SshStream() override {
    // Without a connection the library says no long good-bye; the descriptor is closed after it is done with it.
    socket_.shut();
    libssh2_session_free(session_);
  }

  Status greet(const std::string& host, int port, const std::string& known_hosts_file) {
    TRY(const auto known, KnownHosts::read(session_, known_hosts_file));
    if (const auto algorithms = known.algorithms(host, port); !algorithms.empty()) {
      libssh2_session_method_pref(session_, LIBSSH2_METHOD_HOSTKEY, algorithms.c_str());
    }
    TRY(const int code, drive([&] { return libssh2_session_handshake(session_, socket_.descriptor()); }));
    if (code == LIBSSH2_ERROR_KEX_FAILURE)
      return fail(call_.error(ErrorKind::kForbidden, no_common_algorithm(known, host, port)));
    if (code < 0) return fail(library_says("the handshake failed", ErrorKind::kUnavailable));
    std::size_t length = 0;
    int type = 0;
    const char* key = libssh2_session_hostkey(session_, &length, &type);
    if (auto trusted = known.check(host, port, {key, length}, type); !trusted) {
      return fail(std::move(trusted.error()).within(call_.remote()));
    }
    return {};
  }

  Status log_in(const std::string& user, const std::string& key, const std::string& passphrase) {
    TRY(const int code, drive([&] {
          return libssh2_userauth_publickey_frommemory(session_, user.data(), user.size(), nullptr, 0, key.data(),
                                                       key.size(), passphrase.empty() ? nullptr : passphrase.c_str());
        }));
    if (code == 0) return {};
    if (is_connection_error(code)) return fail(library_says("the login failed", ErrorKind::kUnavailable));
    if (code != LIBSSH2_ERROR_AUTHENTICATION_FAILED && code != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) {
      return fail(call_.error(ErrorKind::kInvalid,
                              "the ssh key cannot be used: it is not a private key, of a kind that is not "
                              "supported, or its passphrase is missing or wrong"));
    }
    // libssh2 before 1.11 signs with RSA and SHA-1 only, which servers have refused since OpenSSH 8.8.
    return fail(
        call_.error(ErrorKind::kForbidden, "does not accept the ssh key for user '" + user +
                                               "' (an RSA key may be refused for its kind; use Ed25519 or ECDSA)"));
  }

  Status run(const std::string& command) {
    TRY(const int opened, drive([&] {
          channel_ = libssh2_channel_open_session(session_);
          return channel_ != nullptr ? 0 : libssh2_session_last_errno(session_);
        }));
    if (opened < 0) return fail(library_says("cannot open a channel", ErrorKind::kUnavailable));
    TRY(const int started, drive([&] { return libssh2_channel_exec(channel_, command.c_str()); }));
    if (started < 0) return fail(library_says("refuses to run git-upload-pack", ErrorKind::kForbidden));
    return {};
  }

  Result<std::size_t> read(std::span<char> buffer) override {
    TRY(const auto count, drive([&] { return libssh2_channel_read(channel_, buffer.data(), buffer.size()); }));
    if (count < 0) return fail(library_says("the connection broke off", ErrorKind::kUnavailable));
    heard_ = heard_ || count > 0;
    // The end before the first byte is how a far `git-upload-pack` fails; its reason is on its stderr.
    if (count == 0 && !heard_) return fail(farewell());
    return static_cast<std::size_t>(count);
  }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      TRY(const auto count, drive([&] { return libssh2_channel_write(channel_, bytes.data(), bytes.size()); }));
      if (count < 0) return fail(library_says("the connection broke off", ErrorKind::kUnavailable));
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

 private:
  /// Repeats a call of libssh2 until it no longer has to wait for the socket.
  template <class Step>
  auto drive(Step step) -> Result<decltype(step())> {
    while (true) {
      const auto code = step();
      if (code != LIBSSH2_ERROR_EAGAIN) return code;
      const int directions = libssh2_session_block_directions(session_);
      const bool writes = (directions & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
      TRY_VOID(socket_.wait((directions & LIBSSH2_SESSION_BLOCK_INBOUND) != 0 || !writes, writes, call_));
    }
  }

  Error library_says(const std::string& what, ErrorKind kind) const {
    char* said = nullptr;
    libssh2_session_last_error(session_, &said, nullptr, 0);
    return call_.error(kind, what + ": " + one_line(said == nullptr ? "" : said));
  }

  static std::string no_common_algorithm(const KnownHosts& known, const std::string& host, int port) {
    const auto algorithms = known.algorithms(host, port);
    if (algorithms.empty()) return "no key exchange or cipher in common with the host";
    return "nothing in common with the host: known_hosts has only keys of kind " + algorithms +
           ", which it may not have or no longer use";
  }

  Error farewell() {
    std::string remark(kMaxRemark, '\0');
    const auto count = drive([&] { return libssh2_channel_read_stderr(channel_, remark.data(), remark.size()); });
    remark.resize(count && *count > 0 ? static_cast<std::size_t>(*count) : 0);
    remark = one_line(std::move(remark));
    if (remark.empty()) return call_.error(ErrorKind::kUnavailable, "closed the connection without a word");
    return call_.error(kind_of_remark(remark), "the remote says: " + remark);
  }

  Call& call_;
  Socket socket_;
  LIBSSH2_SESSION* session_;
  LIBSSH2_CHANNEL* channel_ = nullptr;  // freed with the session
  bool heard_ = false;
};

class SshConnector final : public Connector {
 public:
  SshConnector(const Url& url, const RemoteOptions& options, Call& call) : url_(url), options_(options), call_(call) {}
  bool stateful() const override { return true; }

  Result<std::unique_ptr<Stream>> open(Service) override {
    if (options_.known_hosts_file.empty())
      return fail(call_.error(ErrorKind::kInvalid, "no known_hosts file is configured"));
    if (options_.ssh_key_file.empty()) return fail(call_.error(ErrorKind::kInvalid, "no ssh key is configured"));
    TRY(const auto key, read_secret(options_.ssh_key_file, "ssh key"));
    TRY(const auto passphrase, read_secret(options_.ssh_passphrase_file, "ssh passphrase"));
    const int port = url_.port == 0 ? kSshPort : url_.port;
    TRY(auto socket, Socket::connect(url_.host, port, call_));
    auto stream = std::make_unique<SshStream>(call_, std::move(socket));
    TRY_VOID(stream->greet(url_.host, port, options_.known_hosts_file));
    // PEM wants its last line ended.
    TRY_VOID(stream->log_in(url_.user.empty() ? "git" : url_.user, key + "\n", passphrase));
    TRY_VOID(stream->run("git-upload-pack " + shell_quoted(url_.path)));
    return stream;
  }

 private:
  const Url url_;
  const RemoteOptions& options_;
  Call& call_;
};

}  // namespace

std::unique_ptr<Connector> connect_ssh(const Url& url, const RemoteOptions& options, Call& call) {
  static std::once_flag once;
  std::call_once(once, [] { libssh2_init(0); });
  return std::make_unique<SshConnector>(url, options, call);
}

}  // namespace reconciler::git
