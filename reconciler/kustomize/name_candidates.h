#pragma once

#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kustomize/resource_map.h"

namespace reconciler::kustomize {

/// One object that holds names of others, and what it may reach.
struct Referrer {
  const Resource& resource;
  Id id;
  std::set<std::string_view> subject_namespaces;  ///< Of the service accounts that a RoleBinding names.
  std::optional<Gvk> role;                        ///< The type that its `roleRef` says.
};
/// Errors: kInvalid for a RoleBinding whose service account has a namespace that is no text.
Result<Referrer> make_referrer(const Resource& resource);

/// What one field of a referrer refers to.
struct Reference {
  const Gvk& target;
  bool is_role = false;                        ///< The field is the name in a `roleRef`.
  std::optional<std::string_view> namespace_;  ///< What the reference says beside the name.
  bool reads_namespace = false;  ///< The namespace, too, is read from the answer: it has to be the only one.
};

/// Finds the object that a former name means, among those whose id changed.
class NameCandidates {
 public:
  explicit NameCandidates(const ResourceMap& resources);

  /// Null when nothing of that name changed, or nothing fits. Errors: kConflict when several fit equally well.
  Result<const Resource*> find(std::string_view old_name, const Referrer& referrer, const Reference& reference) const;

 private:
  using Namespaces =
      std::pair<std::string_view, std::string_view>;  ///< The effective one, and the one that is written.
  bool has_original_namespace(std::string_view name, const Referrer& referrer) const;

  std::unordered_map<std::string_view, std::vector<const Resource*>> by_former_name_;
  std::unordered_map<std::string_view, std::set<Namespaces>> by_original_namespace_;
};

}  // namespace reconciler::kustomize
