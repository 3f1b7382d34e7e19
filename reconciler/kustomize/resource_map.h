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
  /// Drops objects without a tree, and those whose tree is empty: of all, or of these.
  void drop_deleted();
  void drop_deleted(const std::vector<Resource*>& resources);

  /// Objects whose present id is this one.
  std::vector<Resource*> with_id(const Id& id) const;
  /// Objects that have this id or had it.
  std::vector<Resource*> with_any_id(const Id& id) const;
  /// Objects that have that name or had it, in order; of any type and namespace.
  std::vector<Resource*> with_any_name(std::string_view name) const;

  /// To be called after ids changed: of any objects, or of these (some of which may be deleted).
  void ids_changed();
  void ids_changed(const std::vector<Resource*>& resources);

 private:
  struct Place {
    std::string_view name;
    std::string_view namespace_;
    bool operator==(const Place&) const = default;
  };
  struct PlaceHash {
    std::size_t operator()(const Place& place) const {
      const std::hash<std::string_view> hash;
      return hash(place.name) * 31 + hash(place.namespace_);
    }
  };
  /// Objects by something that they have or had, in order; made when first asked. May hold objects that do not have it
  /// any more.
  template <class Key, class Hash = std::hash<Key>>
  struct Index {
    bool is_made = false;
    std::unordered_map<Key, std::vector<Resource*>, Hash> entries;
  };

  const std::vector<Resource*>& at(const Place& place) const;
  void index_name(Resource& resource) const;
  void index_place(Resource& resource) const;
  void index_again(Resource& resource) const;

  std::vector<std::unique_ptr<Resource>> storage_;
  std::vector<Resource*> order_;
  std::size_t turns_ = 0;  ///< That were given out.
  mutable Index<std::string_view> by_name_;
  mutable Index<Place, PlaceHash> by_place_;
};

}  // namespace reconciler::kustomize
