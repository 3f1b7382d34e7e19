#pragma once

#include <string>
#include <string_view>

namespace reconciler::kustomize {

/// Group, version and kind of an object, or a selector of types in which "" stands for any. The text belongs to the
/// rendering's arena or to a table in the program.
struct Gvk {
  std::string_view group;
  std::string_view version;
  std::string_view kind;

  bool operator==(const Gvk&) const = default;
  /// `Deployment.apps/v1`, `Service.v1`.
  std::string text() const;
};

/// The type that an `apiVersion` and a kind name.
Gvk gvk_of(std::string_view api_version, std::string_view kind);
/// Whether the selector allows the type.
bool selects(const Gvk& selector, const Gvk& type);
/// The order of types in which the reference keeps its tables and prints objects.
bool legacy_less(const Gvk& a, const Gvk& b);

/// Whether the type is known to have no namespace: the reference's built-in knowledge (Kubernetes 1.21.2).
bool is_cluster_scoped(const Gvk& type);

/// The namespace of ids whose type has none.
inline constexpr std::string_view kNoNamespace = "_non_namespaceable_";

/// Which object within one build.
struct Id {
  Gvk type;
  std::string_view name;
  std::string_view namespace_;  ///< The effective one: "default" where none is said, kNoNamespace for cluster scope.

  bool operator==(const Id&) const = default;
  bool is_cluster_scoped() const { return namespace_ == kNoNamespace; }
  /// `Deployment.apps/v1 spira/nats`, for errors; without the namespace when it is the default one or there is none.
  std::string text() const;
};

Id make_id(const Gvk& type, std::string_view name, std::string_view namespace_);

}  // namespace reconciler::kustomize
