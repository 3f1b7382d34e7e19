#pragma once

#include <set>
#include <string>

#include "object/key.h"

namespace reconciler::sync {

/// The ID of the ApplySet whose parent is that object, as the specification (KEP-3659) makes it:
/// `applyset-<base64url(sha256("<name>.<namespace>.<kind>.<group>"))>-v1`.
std::string apply_set_id(const ObjectKey& parent);

/// What a parent says of its members. The lists are written before the first member of a kind or namespace is applied
/// and shrunk only when the last one is gone.
struct ApplySetScope {
  std::set<GroupKind> kinds;
  std::set<std::string> namespaces;

  bool operator==(const ApplySetScope&) const = default;
  void include(const ObjectKey& key);
  void include(const ApplySetScope& other);
  /// Whether that namespace, or definition, has objects of this scope in it. A definition's name tells its group and
  /// not its kind: it counts for all kinds of the group.
  bool stands_on(const ObjectKey& key) const;
};

/// The annotations' texts: sorted, comma-separated.
std::string kinds_text(const ApplySetScope& scope);
std::string namespaces_text(const ApplySetScope& scope);
/// The reverse: what does not parse is passed over.
ApplySetScope parse_scope(const std::string& kinds, const std::string& namespaces);

}  // namespace reconciler::sync
