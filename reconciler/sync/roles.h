#pragma once

#include <optional>

#include "sync/desired.h"

namespace reconciler::sync {

/// Whoever may not `bind` at will may bind a role only once it exists and grants nothing that he does not hold
/// (Kubernetes: "Privilege escalation prevention and bootstrapping"). A binding whose role comes, or changes, with the
/// same set can therefore be tried only after that role is there.

bool is_role(const GroupKind& type);

/// The role that a RoleBinding or ClusterRoleBinding binds; nothing for other kinds.
std::optional<ObjectKey> bound_role(const Desired& desired);

/// Whether the API server refused a binding because of the role that lives, or because none does: another role may mend
/// that.
bool is_for_want_of_role(const Error& error);

}  // namespace reconciler::sync
