#pragma once

#include <optional>
#include <string>

#include "kube/cluster.h"

namespace reconciler::sync {

/// The object that is the parent of an ApplySet (KEP-3659), found by its label: a Secret, a ConfigMap, or an object of
/// a kind whose definition says that such are parents. Absent when there is none, or none that may be listed.
std::optional<ObjectKey> find_parent(const std::string& part_of, kube::Cluster& cluster);

}  // namespace reconciler::sync
