#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace reconciler {

/// The kind of an object without its version: what identity and membership go by.
struct GroupKind {
  std::string group;  ///< "" for the core group.
  std::string kind;

  auto operator<=>(const GroupKind&) const = default;
  /// `Kind.group`, or `Kind` for the core group, as the ApplySet specification writes it.
  std::string text() const { return group.empty() ? kind : kind + "." + group; }
};

/// Which object: at most one of each key lives in a cluster.
struct ObjectKey {
  GroupKind type;
  std::string namespace_;  ///< "" for an object of cluster scope.
  std::string name;

  auto operator<=>(const ObjectKey&) const = default;
  /// `Deployment.apps spira/nats` or `Namespace spira`: how logs, errors and plans name it.
  std::string text() const { return type.text() + " " + (namespace_.empty() ? name : namespace_ + "/" + name); }
};

/// The group of an `apiVersion`: "apps" of `apps/v1`, "" of `v1`.
std::string_view group_of(std::string_view api_version);
/// The version of an `apiVersion`: "v1" of both.
std::string_view version_of(std::string_view api_version);

}  // namespace reconciler

template <>
struct std::hash<reconciler::GroupKind> {
  std::size_t operator()(const reconciler::GroupKind& type) const noexcept;
};
template <>
struct std::hash<reconciler::ObjectKey> {
  std::size_t operator()(const reconciler::ObjectKey& key) const noexcept;
};
