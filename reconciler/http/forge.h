#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace reconciler::http {

/// Who sends a webhook: the last segment of `/webhooks/…`.
enum class Forge { kGitHub, kGitLab, kGitea, kBitbucket, kGeneric };

/// Nothing for a name that is none of `github`, `gitlab`, `gitea`, `bitbucket`, `generic`.
std::optional<Forge> forge_named(std::string_view name);

/// Whether the request proves that its sender knows the secret. Looks at headers and at the raw body's digest, and
/// parses nothing; takes the same time for every wrong answer of one length.
///  - GitHub: `X-Hub-Signature-256: sha256=…`; the older `X-Hub-Signature` with SHA-1 counts for nothing.
///  - GitLab: `X-Gitlab-Token` is the secret itself.
///  - Gitea and Forgejo: `X-Gitea-Signature` (bare SHA-256 digits), or GitHub's header, which they send too.
///  - Bitbucket (Cloud and Data Center): `X-Hub-Signature: sha256=…`.
///  - Generic: as `has_signature`.
bool is_authentic(Forge forge, const Request& request, std::string_view secret);

/// Whether the request carries the body's HMAC under the secret as `X-Signature`, `X-Signature-256` or
/// `X-Hub-Signature-256`, each `sha256=…` or `sha512=…` with hexadecimal digits of either case.
bool has_signature(const Request& request, std::string_view secret);

/// Whether it is the "Test connection" of Bitbucket Data Center, the one delivery that a forge does not sign.
bool is_unsigned_ping(Forge forge, const Request& request);

/// The event that the forge's header names; "" when it names none.
std::string_view event_of(Forge forge, const Request& request);

}  // namespace reconciler::http
