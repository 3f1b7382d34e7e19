#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "kustomize/resource.h"

namespace reconciler::kustomize {

/// The objects of a build in the order in which they came, no two with one id; found by id without a scan.
/// Resources stay where they are while the map grows or shrinks. Not thread-safe.
class ResourceMap {
 public:
  /// In order. Pointers are never null.
  const std::vector<Resource*>& all() const { return order_; }
  std::size_t size() const { return order_.size(); }

  /// Adds an object at the end. Errors: kConflict when there is one of its id.
  Status append(Resource resource);
  /// Moves all objects of the other map to the end. Errors: as append, one cause for each.
  Status append_all(ResourceMap&& other);
  /// Adds a generated object as its behavior says: creates, replaces or merges. Errors: kConflict, kNotFound.
  Status absorb(Resource resource, yaml::Arena& arena);
  /// Puts the objects in that order: a permutation or subset of `all()`.
  void reorder(std::vector<Resource*> order);
  /// Drops objects without a tree, and those whose tree is empty.
  void drop_deleted();

  /// Objects whose present id is this one.
  std::vector<Resource*> with_id(const Id& id) const;
  /// Objects that have this id or had it.
  std::vector<Resource*> with_any_id(const Id& id) const;
  /// Objects that have that name or had it, in order; of any type and namespace.
  std::vector<Resource*> with_any_name(std::string_view name) const;

  /// To be called after ids changed: the next search looks afresh.
  void ids_changed() { indexed_ = false; }

 private:
  const std::vector<Resource*>& named(std::string_view name) const;
  void index_one(Resource* resource) const;

  std::vector<std::unique_ptr<Resource>> storage_;
  std::vector<Resource*> order_;
  mutable bool indexed_ = false;
  mutable std::unordered_map<std::string_view, std::vector<Resource*>>
      by_name_;  ///< By every name that each has or had, in order.
};

}  // namespace reconciler::kustomize
