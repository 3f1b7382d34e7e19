#pragma once

#include <string_view>
#include <vector>

#include "controller/api.h"
#include "http/forge.h"

namespace reconciler::http {

/// What a webhook delivery says.
struct Delivery {
  enum class Kind {
    kPing,     ///< The forge tries whether the webhook works.
    kPush,     ///< Branches have new heads: `pushes`.
    kIgnored,  ///< Something that does not concern this service.
  };
  Kind kind = Kind::kIgnored;
  /// One for each branch that got a new head. Tags and deleted branches are not among them, so it may be empty.
  std::vector<controller::Push> pushes;
};

/// Reads a delivery that is known to be authentic. `event` is what the forge's header says; one that says nothing is
/// taken for a push. URLs of the payload are handed on to be compared, and are never asked for anything. Pure.
///
/// Of GitHub, GitLab and Gitea the push events are read as their documentation has them, of Bitbucket both those of
/// Cloud (`repo:push`, all of its changes) and of Data Center (`repo:refs_changed`). The generic body is
/// `{"branch": "main"}` or `{"ref": "refs/heads/main"}`, and may have `commit` or `after` (the new head; zeros for a
/// deleted branch) and `repository` (a URL).
///
/// Errors: kInvalid when the body is not JSON or lacks what every such event has. The text says what, and quotes
/// nothing.
Result<Delivery> parse_delivery(Forge forge, std::string_view event, std::string_view body);

}  // namespace reconciler::http
