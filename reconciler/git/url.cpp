#include "git/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace reconciler::git {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    decoded += escape ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Error bad(std::string_view text, const std::string& why) {
  return Error{ErrorKind::kInvalid, "Git URL '" + scrubbed(text) + "': " + why, {}};
}

std::optional<Scheme> scheme_of(std::string_view word) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "https") return Scheme::kHttps;
  if (lower == "http") return Scheme::kHttp;
  if (lower == "ssh" || lower == "git+ssh" || lower == "ssh+git") return Scheme::kSsh;
  if (lower == "file") return Scheme::kFile;
  return std::nullopt;
}

/// `user:password@` off the front of an authority.
std::string_view take_user_info(std::string_view authority, Url& url) {
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return authority;
  const auto info = authority.substr(0, at);
  const auto colon = info.find(':');
  url.user = percent_decoded(info.substr(0, colon));
  if (colon != std::string_view::npos) url.password = percent_decoded(info.substr(colon + 1));
  return authority.substr(at + 1);
}

bool parse_port(std::string_view digits, int& port) {
  if (digits.empty()) return true;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return code == std::errc() && end == digits.data() + digits.size() && port > 0 && port < 65536;
}

/// `host`, `host:port`, `[v6]:port`. False when it is none of them.
bool take_host(std::string_view text, Url& url) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    url.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    url.host = text.substr(0, text.find(':'));
    rest = text.substr(url.host.size());
  }
  if (url.host.empty() || url.host.front() == '-') return false;
  return rest.empty() || (rest.front() == ':' && parse_port(rest.substr(1), url.port));
}

Result<Url> parse_with_scheme(std::string_view text, std::string_view word, std::string_view rest) {
  const auto scheme = scheme_of(word);
  if (!scheme) return fail(bad(text, "the scheme is not one of https, http, ssh and file"));
  Url url{*scheme, "", "", "", 0, ""};
  const auto slash = rest.find('/');
  const auto authority = take_user_info(rest.substr(0, slash), url);
  url.path = slash == std::string_view::npos ? "" : rest.substr(slash);
  if (url.path.size() <= 1) return fail(bad(text, "there is no path to a repository"));
  if (*scheme == Scheme::kFile) {
    if (!authority.empty() && authority != "localhost") return fail(bad(text, "a file: URL cannot name another host"));
    url.path = percent_decoded(url.path);
  } else if (!take_host(authority, url)) {
    return fail(bad(text, "the host or the port is not valid"));
  }
  if (*scheme == Scheme::kSsh) {
    url.path = percent_decoded(url.path);
    // As Git has it: `/~user/repo` is relative to that user's home, which the far shell resolves.
    if (url.path.starts_with("/~")) url.path.erase(0, 1);
  }
  return url;
}

/// `user@host:path` as scp takes it; anything with a slash before the first colon is a path on this machine.
Result<Url> parse_plain(std::string_view text) {
  const auto bracket = text.find("]:");
  const auto colon = bracket != std::string_view::npos ? bracket + 1 : text.find(':');
  if (colon == std::string_view::npos || text.find('/') < colon)
    return Url{Scheme::kFile, "", "", "", 0, std::string(text)};
  Url url{Scheme::kSsh, "", "", "", 0, std::string(text.substr(colon + 1))};
  if (!take_host(take_user_info(text.substr(0, colon), url), url)) return fail(bad(text, "the host is not valid"));
  if (url.path.empty()) return fail(bad(text, "there is no path to a repository"));
  return url;
}

std::string authority_of(const Url& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  return (v6 ? "[" + url.host + "]" : url.host) + (url.port != 0 ? ":" + std::to_string(url.port) : "");
}

}  // namespace

std::string Url::shown() const {
  if (scheme == Scheme::kFile) return path;
  if (scheme == Scheme::kHttp) return "http://" + authority_of(*this) + path;
  if (scheme == Scheme::kHttps) return "https://" + authority_of(*this) + path;
  const std::string who = user.empty() ? "" : user + "@";
  if (path.starts_with('/')) return "ssh://" + who + authority_of(*this) + path;
  return port == 0 ? who + authority_of(*this) + ":" + path : "ssh://" + who + authority_of(*this) + "/" + path;
}

Result<Url> parse_url(std::string_view text) {
  if (text.empty()) return fail(ErrorKind::kInvalid, "the Git URL is empty");
  if (has_control_character(text)) return fail(ErrorKind::kInvalid, "the Git URL holds a control character");
  const auto mark = text.find("://");
  if (mark == std::string_view::npos) return parse_plain(text);
  auto url = parse_with_scheme(text, text.substr(0, mark), text.substr(mark + 3));
  if (url && has_control_character(url->user + url->password + url->path)) {
    return fail(ErrorKind::kInvalid, "the Git URL holds a control character");
  }
  return url;
}

std::string scrubbed(std::string_view text) {
  std::string clean;
  while (true) {
    const auto mark = text.find("://");
    if (mark == std::string_view::npos) return clean += text;
    clean += text.substr(0, mark + 3);
    text.remove_prefix(mark + 3);
    // The user information may itself hold an unescaped '@': the last one before the path ends it.
    const auto authority = text.substr(0, text.find_first_of("/?# '\"\t\n"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  }
}

}  // namespace reconciler::git
