#include "sync/roles.h"

#include <nlohmann/json.hpp>

#include "health/json_view.h"

namespace reconciler::sync {
namespace {

constexpr const char* kGroup = "rbac.authorization.k8s.io";

}  // namespace

bool is_role(const GroupKind& type) {
  return type.group == kGroup && (type.kind == "Role" || type.kind == "ClusterRole");
}

std::optional<ObjectKey> bound_role(const Desired& desired) {
  const auto& type = desired.key.type;
  if (type.group != kGroup || (type.kind != "RoleBinding" && type.kind != "ClusterRoleBinding")) return std::nullopt;
  const Json body = desired.manifest->parse();
  const auto kind = health::text(body, {"roleRef", "kind"});
  const auto namespace_ = kind == "Role" ? desired.key.namespace_ : "";
  return ObjectKey{{kGroup, kind}, namespace_, health::text(body, {"roleRef", "name"})};
}

bool is_for_want_of_role(const Error& error) {
  // The text of the API server's escalation check (pkg/registry/rbac/validation).
  constexpr const char* kEscalation = "attempting to grant RBAC permissions not currently held";
  if (error.kind == ErrorKind::kNotFound) return true;
  return error.kind == ErrorKind::kForbidden && error.message.find(kEscalation) != std::string::npos;
}

}  // namespace reconciler::sync
