#include "kustomize/repo_spec.h"

#include <algorithm>
#include <charconv>

#include <re2/re2.h>

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kFile = "file://";
constexpr std::string_view kSsh = "ssh://";
constexpr std::string_view kHttps = "https://";

bool same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!same_letters(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string_view take_scheme(std::string_view& text) {
  for (const auto scheme : {kSsh, kHttps, std::string_view("http://"), kFile}) {
    if (take_prefix(text, scheme)) return scheme;
  }
  return {};
}

std::string_view take_user(std::string_view& text) {
  static const RE2 kUser("([a-zA-Z][a-zA-Z0-9-]*@)");
  re2::StringPiece user;
  re2::StringPiece input(text.data(), text.size());
  if (!RE2::Consume(&input, kUser, &user)) return {};
  text.remove_prefix(user.size());
  return {user.data(), user.size()};
}

// Where the host ends: behind the first `/`, or behind a colon before it where that form is allowed.
std::size_t host_end(std::string_view text, bool allows_colon) {
  const auto slash = text.find('/');
  const auto colon = allows_colon ? text.find(':') : std::string_view::npos;
  if (slash == std::string_view::npos) return allows_colon ? colon : slash;
  return colon != std::string_view::npos && colon > 0 && colon < slash ? colon : slash;
}

// The part before the path, as `https://host/`; takes it off the text.
std::optional<std::string> take_host(std::string_view& text) {
  take_prefix(text, "git::");
  const auto scheme = take_scheme(text);
  const auto before_user = text;
  const auto user = take_user(text);
  std::string_view rest = text;
  const bool is_github = take_prefix(rest, "github.com/") || take_prefix(rest, "github.com:");
  const bool allows_colon = scheme.empty() && (!user.empty() || is_github);
  if (scheme.empty() && !allows_colon) return std::nullopt;
  if (scheme == kFile) {
    text = before_user;
    return std::string(kFile);
  }
  const auto end = host_end(text, allows_colon);
  const std::string_view host = end == std::string_view::npos ? text : text.substr(0, end + 1);
  text.remove_prefix(host.size());
  if (is_github) return scheme == kSsh || !user.empty() ? std::string(user) + "github.com:" : "https://github.com/";
  if (host.empty()) return std::nullopt;
  return std::string(scheme) + std::string(user) + std::string(host);
}

struct PathParts {
  std::string_view repository;
  std::string_view folder;
  bool is_marked = false;
};

std::size_t nth_slash(std::string_view text, std::size_t n) {
  std::size_t at = text.find('/');
  while (--n > 0 && at != std::string_view::npos) at = text.find('/', at + 1);
  return at;
}

std::optional<PathParts> split(std::string_view text, bool is_file) {
  constexpr std::string_view kRoot = "_git/";
  if (const auto root = text.find(kRoot); root != std::string_view::npos) {
    const auto end = std::min(text.find('/', root + kRoot.size()), text.size());
    return PathParts{text.substr(0, end), text.substr(std::min(end + 1, text.size())), true};
  }
  if (const auto end = text.find("//"); end != std::string_view::npos)
    return PathParts{text.substr(0, end), text.substr(end + 2), true};
  if (const auto end = text.find(".git"); end != std::string_view::npos)
    return PathParts{text.substr(0, end + 4), text.substr(end + 4), true};
  if (is_file) return PathParts{text, {}, false};
  if (text.find('/') == std::string_view::npos) return std::nullopt;
  const auto end = std::min(nth_slash(text, 2), text.size());
  return PathParts{text.substr(0, end), text.substr(std::min(end + 1, text.size())), false};
}

std::chrono::milliseconds timeout_of(std::string_view text, std::chrono::milliseconds otherwise) {
  double seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const double factor = unit.empty() || unit == "s" ? 1
                        : unit == "m"               ? 60
                        : unit == "h"               ? 3600
                        : unit == "ms"              ? 0.001
                                                    : 0;
  if (problem != std::errc() || seconds <= 0 || factor == 0) return otherwise;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds * factor, 86400.0) * 1000));
}

void read_query(std::string_view query, RepoSpec& spec) {
  std::string_view version;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::string_view key = pair.substr(0, pair.find('='));
    const std::string_view value = key.size() < pair.size() ? pair.substr(key.size() + 1) : std::string_view();
    if (key == "ref" && spec.ref.empty()) spec.ref = value;
    if (key == "version" && version.empty()) version = value;
    if (key == "timeout") spec.timeout = timeout_of(value, spec.timeout);
    if (key == "submodules")
      spec.submodules = !(value == "0" || same_letters(value, "f") || same_letters(value, "false"));
  }
  if (spec.ref.empty()) spec.ref = version;
}

}  // namespace

bool is_web_url(std::string_view text) { return take_prefix(text, kHttps) || take_prefix(text, "http://"); }

std::optional<RepoSpec> parse_repo_spec(std::string_view text) {
  if (text.starts_with('/')) return std::nullopt;
  RepoSpec spec;
  const auto question = text.find('?');
  if (question != std::string_view::npos) read_query(text.substr(question + 1), spec);
  text = text.substr(0, question);
  const auto host = take_host(text);
  if (!host) return std::nullopt;
  const auto parts = split(text, *host == kFile);
  if (!parts || parts->repository.empty()) return std::nullopt;
  std::string_view folder = parts->folder;
  while (folder.starts_with('/')) folder.remove_prefix(1);
  auto path = join("", folder);
  if (!path) return std::nullopt;
  spec.path = std::move(*path);
  spec.repository = *host + std::string(parts->repository);
  spec.is_marked = parts->is_marked || !spec.ref.empty();
  return spec;
}

}  // namespace reconciler::kustomize
