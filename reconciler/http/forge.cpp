#include "http/forge.h"

#include <algorithm>

#include "base/digest.h"

namespace reconciler::http {
namespace {

bool is_digest(std::string_view digits, std::string_view algorithm, std::string_view secret, std::string_view body) {
  std::string given(digits);
  std::transform(given.begin(), given.end(), given.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return equal_in_constant_time(given, hex(hmac(algorithm, secret, body)));
}

/// `<algorithm>=<digits>`. SHA-1 is not among the algorithms: collisions of it are cheap.
bool is_signature(std::string_view value, std::string_view secret, std::string_view body) {
  for (const std::string_view algorithm : {"sha256", "sha512"}) {
    if (!value.starts_with(algorithm) || value.substr(algorithm.size(), 1) != "=") continue;
    return is_digest(value.substr(algorithm.size() + 1), algorithm, secret, body);
  }
  return false;
}

bool is_secret(std::string_view given, std::string_view secret) {
  return equal_in_constant_time(sha256(given), sha256(secret));
}

bool is_authentic_gitea(const Request& request, std::string_view secret) {
  const auto digits = request.header("X-Gitea-Signature");
  if (!digits.empty()) return is_digest(digits, "sha256", secret, request.body);
  return is_signature(request.header("X-Hub-Signature-256"), secret, request.body);
}

}  // namespace

std::optional<Forge> forge_named(std::string_view name) {
  if (name == "github") return Forge::kGitHub;
  if (name == "gitlab") return Forge::kGitLab;
  if (name == "gitea") return Forge::kGitea;
  if (name == "bitbucket") return Forge::kBitbucket;
  if (name == "generic") return Forge::kGeneric;
  return std::nullopt;
}

bool is_authentic(Forge forge, const Request& request, std::string_view secret) {
  switch (forge) {
    case Forge::kGitHub:
      return is_signature(request.header("X-Hub-Signature-256"), secret, request.body);
    case Forge::kGitLab:
      return is_secret(request.header("X-Gitlab-Token"), secret);
    case Forge::kGitea:
      return is_authentic_gitea(request, secret);
    case Forge::kBitbucket:
      return is_signature(request.header("X-Hub-Signature"), secret, request.body);
    case Forge::kGeneric:
      return has_signature(request, secret);
  }
  return false;
}

bool has_signature(const Request& request, std::string_view secret) {
  for (const char* name : {"X-Signature", "X-Signature-256", "X-Hub-Signature-256"}) {
    const auto value = request.header(name);
    if (!value.empty()) return is_signature(value, secret, request.body);
  }
  return false;
}

bool is_unsigned_ping(Forge forge, const Request& request) {
  return forge == Forge::kBitbucket && event_of(forge, request) == "diagnostics:ping";
}

std::string_view event_of(Forge forge, const Request& request) {
  switch (forge) {
    case Forge::kGitHub:
      return request.header("X-GitHub-Event");
    case Forge::kGitLab:
      return request.header("X-Gitlab-Event");
    case Forge::kGitea:
      return request.header("X-Gitea-Event");
    case Forge::kBitbucket:
      return request.header("X-Event-Key");
    case Forge::kGeneric:
      return "";
  }
  return "";
}

}  // namespace reconciler::http
