#include "git/known_hosts.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include "base/digest.h"
#include "git/credentials.h"

namespace reconciler::git {
namespace {

struct KeyKind {
  int hostkey_type;    // of libssh2_session_hostkey()
  int knownhost_type;  // of libssh2_knownhost_checkp()
  const char* algorithm;
};

// In the order in which OpenSSH prefers them.
constexpr std::array<KeyKind, 5> kKeyKinds{{
    {LIBSSH2_HOSTKEY_TYPE_ED25519, LIBSSH2_KNOWNHOST_KEY_ED25519, "ssh-ed25519"},
    {LIBSSH2_HOSTKEY_TYPE_ECDSA_256, LIBSSH2_KNOWNHOST_KEY_ECDSA_256, "ecdsa-sha2-nistp256"},
    {LIBSSH2_HOSTKEY_TYPE_ECDSA_384, LIBSSH2_KNOWNHOST_KEY_ECDSA_384, "ecdsa-sha2-nistp384"},
    {LIBSSH2_HOSTKEY_TYPE_ECDSA_521, LIBSSH2_KNOWNHOST_KEY_ECDSA_521, "ecdsa-sha2-nistp521"},
    {LIBSSH2_HOSTKEY_TYPE_RSA, LIBSSH2_KNOWNHOST_KEY_SSHRSA, "ssh-rsa"},
}};

std::string host_field(const std::string& host, int port) {
  return port == 22 ? host : "[" + host + "]:" + std::to_string(port);
}

}  // namespace

Result<KnownHosts> KnownHosts::read(LIBSSH2_SESSION* session, const std::string& file) {
  TRY(const auto content, read_secret(file, "known_hosts"));
  KnownHosts known;
  known.hosts_.reset(libssh2_knownhost_init(session));
  if (!known.hosts_) return fail(ErrorKind::kInternal, "cannot prepare the list of known hosts");
  std::istringstream lines(content);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("@revoked")) known.revoked_.push_back(line);
    if (line.starts_with('@')) continue;
    // A line that libssh2 does not understand trusts nothing.
    libssh2_knownhost_readline(known.hosts_.get(), line.data(), line.size(), LIBSSH2_KNOWNHOST_FILE_OPENSSH);
  }
  return known;
}

int KnownHosts::look_up(const std::string& host, int port, const std::string& base64_key, int type_mask) const {
  return libssh2_knownhost_checkp(hosts_.get(), host.c_str(), port, base64_key.c_str(), base64_key.size(),
                                  LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64 | type_mask, nullptr);
}

std::string KnownHosts::algorithms(const std::string& host, int port) const {
  std::string list;
  for (const auto& kind : kKeyKinds) {
    // No key is "-", so a mismatch says that the file has a key of this kind.
    if (look_up(host, port, "-", kind.knownhost_type) != LIBSSH2_KNOWNHOST_CHECK_MISMATCH) continue;
    if (!list.empty()) list += ',';
    list += kind.algorithm;
  }
  return list;
}

Status KnownHosts::check(const std::string& host, int port, std::span<const char> key, int key_type) const {
  const auto kind =
      std::find_if(kKeyKinds.begin(), kKeyKinds.end(), [&](const KeyKind& k) { return k.hostkey_type == key_type; });
  if (kind == kKeyKinds.end()) return fail(ErrorKind::kForbidden, "the host key is of a kind that is not supported");
  const std::string encoded = base64({key.data(), key.size()});
  const auto holds_key = [&](const std::string& line) { return line.find(encoded) != std::string::npos; };
  if (std::any_of(revoked_.begin(), revoked_.end(), holds_key)) {
    return fail(ErrorKind::kForbidden, "known_hosts says that the host's key is revoked");
  }
  switch (look_up(host, port, encoded, kind->knownhost_type)) {
    case LIBSSH2_KNOWNHOST_CHECK_MATCH:
      return {};
    case LIBSSH2_KNOWNHOST_CHECK_MISMATCH:
      return fail(ErrorKind::kForbidden,
                  "the host's key is not the one in known_hosts: somebody may be in between, or the "
                  "host has a new key");
    default:
      return fail(ErrorKind::kForbidden, "the host is not in known_hosts; if this is its key, add the line: " +
                                             host_field(host, port) + " " + kind->algorithm + " " + encoded);
  }
}

}  // namespace reconciler::git
