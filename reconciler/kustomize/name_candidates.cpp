#include "kustomize/name_candidates.h"

#include <algorithm>

namespace reconciler::kustomize {
namespace {

using yaml::Node;
using Candidates = std::vector<const Resource*>;
using Names = std::vector<std::string_view>;

bool same_ending(const Names& a, const Names& b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty();
  const auto shared = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return std::equal(a.end() - shared, a.end(), b.end() - shared);
}

// Whether both were renamed by the same layers; with `lenient`, one that was not renamed fits any.
bool same_layers(const Resource& a, const Resource& b, bool lenient) {
  const auto fit = [&](const Names& x, const Names& y) {
    return (lenient && (x.empty() || y.empty())) || same_ending(x, y);
  };
  return fit(a.prefixes, b.prefixes) && fit(a.suffixes, b.suffixes);
}

bool was_of_type(const Resource& resource, const Gvk& selector) {
  const auto former = resource.previous_ids();
  return std::any_of(former.begin(), former.end(), [&](const Id& id) { return selects(selector, id.type); });
}

// Objects of cluster scope reach everything and are reached from everywhere; others their own namespace, and a
// RoleBinding those of its service accounts. `effective` and `written` are the namespace of what is to be reached.
bool reaches(const Referrer& referrer, std::string_view effective, std::string_view written) {
  return referrer.id.is_cluster_scoped() || effective == kNoNamespace || effective == referrer.id.namespace_ ||
         referrer.subject_namespaces.contains(written);
}

bool may_name(const Referrer& referrer, const Resource& candidate, const Id& id) {
  return referrer.id.is_cluster_scoped() || id.is_cluster_scoped() || candidate.kind() == "ServiceAccount" ||
         id.namespace_ == referrer.id.namespace_;
}

bool all_alike(const Candidates& candidates, bool with_namespace) {
  const Resource& first = *candidates.front();
  return std::all_of(candidates.begin(), candidates.end(), [&](const Resource* other) {
    return other->name() == first.name() && (!with_namespace || other->namespace_() == first.namespace_());
  });
}

tl::unexpected<Error> ambiguous(const Candidates& candidates) {
  std::string ids;
  for (const Resource* candidate : candidates)
    ids += (ids.empty() ? "" : ", ") + candidate->id().text() + " (" + candidate->origin() + ")";
  return fail(ErrorKind::kConflict, "", {Cause{"", "", "the name may mean several objects: " + ids}});
}

}  // namespace

Result<Referrer> make_referrer(const Resource& resource) {
  Referrer referrer{resource, resource.id(), {}, std::nullopt};
  const Node* role = resource.node->find("roleRef");
  if (role != nullptr && role->find("apiGroup") != nullptr && role->find("kind") != nullptr) {
    referrer.role = Gvk{role->text_of("apiGroup"), "", role->text_of("kind")};
  }
  const Node* subjects = resource.node->find("subjects");
  if (resource.kind() != "RoleBinding" || subjects == nullptr) return referrer;
  for (const Node* subject : subjects->items()) {
    const Node* space = subject->find("namespace");
    if (space == nullptr || subject->text_of("kind") != "ServiceAccount") continue;
    if (!space->is_scalar() || space->is_null()) {
      return fail(ErrorKind::kInvalid, "", {Cause{"", "subjects.namespace", "expected a text"}});
    }
    referrer.subject_namespaces.insert(space->text());
  }
  return referrer;
}

NameCandidates::NameCandidates(const ResourceMap& resources) {
  for (const Resource* resource : resources.all()) {
    const Id id = resource->id();
    by_original_namespace_[resource->original_id().namespace_].emplace(id.namespace_, resource->namespace_());
    for (const PreviousId& former : resource->previous) {
      auto& alike = by_former_name_[former.name];
      if (alike.empty() || alike.back() != resource) alike.push_back(resource);
    }
  }
}

bool NameCandidates::has_original_namespace(std::string_view name, const Referrer& referrer) const {
  const auto found = by_original_namespace_.find(name);
  if (found == by_original_namespace_.end() || name == kNoNamespace) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const Namespaces& now) { return reaches(referrer, now.first, now.second); });
}

Result<const Resource*> NameCandidates::find(std::string_view old_name, const Referrer& referrer,
                                             const Reference& reference) const {
  const auto named = by_former_name_.find(old_name);
  if (named == by_former_name_.end()) return nullptr;
  const bool by_original = reference.namespace_ && has_original_namespace(*reference.namespace_, referrer);
  Candidates fit;
  for (const Resource* candidate : named->second) {
    const Id id = candidate->id();
    if (!reaches(referrer, id.namespace_, candidate->namespace_())) continue;
    if (reference.namespace_) {
      const std::string_view space = by_original ? candidate->original_id().namespace_ : id.namespace_;
      if (space == kNoNamespace || space != *reference.namespace_) continue;
    }
    if (!was_of_type(*candidate, reference.target) || !may_name(referrer, *candidate, id)) continue;
    if (reference.is_role && referrer.role && !was_of_type(*candidate, *referrer.role)) continue;
    fit.push_back(candidate);
  }
  if (fit.size() == 1) return fit.front();
  std::erase_if(fit, [&](const Resource* candidate) { return !same_layers(*candidate, referrer.resource, true); });
  if (fit.size() > 1) {
    std::erase_if(fit, [&](const Resource* candidate) { return !same_layers(*candidate, referrer.resource, false); });
  }
  if (fit.empty()) return nullptr;
  if (fit.size() == 1 || all_alike(fit, reference.reads_namespace)) return fit.front();
  return ambiguous(fit);
}

}  // namespace reconciler::kustomize
