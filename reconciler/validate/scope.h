#pragma once

#include <optional>

#include "object/key.h"

namespace reconciler::validate {

/// Whether objects of a kind that Kubernetes brings, or of a widespread definition of cluster scope, have namespaces.
/// Nothing for kinds that are not known.
std::optional<bool> is_namespaced(const GroupKind& type);

/// Whether Kubernetes itself brings the kinds of the group.
bool is_built_in(std::string_view group);

/// Whether a cluster holds this object without anybody's manifests: namespaces, accounts and roles of its own, and what
/// it puts into every namespace.
bool is_of_every_cluster(std::string_view group, std::string_view kind, std::string_view namespace_,
                         std::string_view name);

}  // namespace reconciler::validate
