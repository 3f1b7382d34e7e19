#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kustomize/id.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// What a generated ConfigMap or Secret does to one of the same id. The reference reads any other word as kUnspecified.
enum class Behavior { kUnspecified, kCreate, kReplace, kMerge };
Behavior behavior_of(std::string_view word);
const char* to_string(Behavior behavior);

/// An id that an object had before a transformer changed its name, namespace or kind.
struct PreviousId {
  std::string_view name;
  std::string_view namespace_;  ///< The effective one.
  std::string_view kind;
};

/// One object on its way through a build: its tree, and what the build has to remember of it (the reference keeps that
/// in annotations of the object). Text belongs to the build's arena.
struct Resource {
  yaml::Node* node = nullptr;  ///< A mapping, with kind and metadata.name. Null once a patch deleted the object.
  std::shared_ptr<const std::string> file;  ///< Where it came from, for errors; null when it was generated.
  std::uint32_t line = 0;
  std::size_t turn = 0;  ///< Grows along the order of the map that holds it.

  std::vector<PreviousId> previous;
  std::vector<std::string_view> prefixes;
  std::vector<std::string_view> suffixes;
  std::vector<std::string_view> vars;  ///< Names of the vars that read from it.
  Behavior behavior = Behavior::kUnspecified;
  bool needs_hash = false;
  bool allows_name_change = false;  ///< Of a patch: may rename what it patches.
  bool allows_kind_change = false;
  bool from_helm = false;  ///< Made by a chart, which cares for the namespace itself.

  std::string_view api_version() const { return node->text_of("apiVersion"); }
  std::string_view kind() const { return node->text_of("kind"); }
  std::string_view name() const;
  std::string_view namespace_() const;  ///< As the object says it; "" when it does not.
  Gvk type() const { return gvk_of(api_version(), kind()); }

  Id id() const;
  /// The id it had when it was read.
  Id original_id() const;
  /// All former ids, the oldest first, with the group and version of today.
  std::vector<Id> previous_ids() const;
  /// Notes the present id as a former one. To be called before name, namespace or kind change.
  void remember_id();

  void set_name(std::string_view name, yaml::Arena& arena);
  /// "" removes the field.
  void set_namespace(std::string_view name, yaml::Arena& arena);
  void set_kind(std::string_view kind, yaml::Arena& arena);

  /// `file:line`, or "generated".
  std::string origin() const;
};

/// A text of the object's metadata; "" when it is absent, null or empty.
std::string_view metadata_text(const yaml::Node& object, std::string_view field);
/// metadata.labels or metadata.annotations; null when there are none.
yaml::Node* metadata_map(const yaml::Node& object, std::string_view field);

/// Replaces metadata's map of that name by these pairs, sorted by key, each value a string; of pairs with one key, the
/// last counts; without pairs it goes.
using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;
void set_metadata_map(yaml::Node& object, std::string_view field, Pairs pairs, yaml::Arena& arena);
/// The map's pairs in their order; the text of a value that is no scalar is "".
Pairs metadata_pairs(const yaml::Node& object, std::string_view field);

}  // namespace reconciler::kustomize
