#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "object/key.h"
#include "yaml/node.h"

namespace reconciler::validate {

inline constexpr const char* kAllContainers = "containers|initContainers|ephemeralContainers";

/// The pods that an object makes.
struct PodTemplate {
  const yaml::Node* spec;
  const yaml::Node* metadata;  ///< Null when there is none.
  std::string field;           ///< The place of `spec`; "spec" for a Pod.
  /// Whether an operator adds to it, so that what is missing means nothing.
  bool is_partial = false;
};

/// Calls `use` for each pod template of an object of that kind: of every workload of Kubernetes, and of custom
/// resources that hold one.
void for_each_pod_template(const GroupKind& type, const yaml::Node& root,
                           const std::function<void(const PodTemplate&)>& use);

}  // namespace reconciler::validate
