#pragma once

#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "object/manifest.h"
#include "validate/finding.h"
#include "validate/label_selector.h"
#include "validate/target.h"
#include "yaml/node.h"

namespace reconciler::validate {

/// Opts an object out of rules: their ids, with commas.
inline constexpr const char* kIgnoreAnnotation = "gitops.spira.dev/validate-ignore";
/// Declares objects that something else makes, an operator for one. See `parse_declaration`.
inline constexpr const char* kProvidesAnnotation = "gitops.spira.dev/provides";
/// Declares what an object needs and no field of it names: keys that a program reads from its environment, a Service
/// whose address is in a configuration, the Service by which people call it.
inline constexpr const char* kRequiresAnnotation = "gitops.spira.dev/requires";

/// One object of the set.
struct Object {
  const Manifest* manifest = nullptr;
  const yaml::Node* root = nullptr;
  std::string_view namespace_;            ///< Where it will live; "" for one of cluster scope.
  std::vector<std::string_view> ignored;  ///< Ids of rules that it opts out of.

  const GroupKind& type() const { return manifest->key.type; }
  bool is(std::string_view group, std::string_view kind) const { return type().group == group && type().kind == kind; }
  /// "" when there is none.
  std::string_view annotation(std::string_view name) const;
};

/// Collects findings.
class Report {
 public:
  /// Unless the object opts out of the rule.
  void add(const Rule& rule, const Object& object, std::string field, std::string message);
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  std::vector<Finding> findings_;
};

/// A rendered set, indexed by what fields can name and select. Points into the rendering, which must outlive it.
class Objects {
 public:
  /// What is wrong with the annotations of declarations goes to `report`. Objects that name no namespace live in
  /// `default_namespace`. Errors: kInternal when a body is no JSON.
  static Result<Objects> of(const Rendered& rendered, std::string_view default_namespace, Report& report);
  Objects(Objects&&) noexcept = default;
  Objects& operator=(Objects&&) noexcept = default;

  std::span<const Object> all() const { return objects_; }
  /// The object of that name in the set, or a declared one; null when there is neither.
  const Target* find(const ObjectKey& key) const;
  /// The same for a name that a person wrote: it also means one that a generator gave a hash (`settings-5f2kb8tdc9`).
  const Target* find_unhashed(const ObjectKey& key) const;
  /// Whether an object that is not there would be in the set if anywhere. Nobody knows what is in namespaces that the
  /// set has nothing of, unless it has an object of that kind and name elsewhere, or the namespace looks misspelled;
  /// nor what there is of custom kinds that it brings none of.
  bool would_hold(const ObjectKey& key) const;
  /// What else there is of a kind in a namespace, for messages.
  std::vector<std::string_view> names(const GroupKind& type, std::string_view namespace_) const;
  /// The Services or Pods (those of workloads too) that the selector selects in a namespace; in all for nothing.
  std::vector<const Target*> select(std::string_view kind, std::optional<std::string_view> namespace_,
                                    const LabelSelector& selector) const;
  /// Whether the set has any of these in one of the namespaces, so that a selector of them says something there.
  bool has_any(std::string_view kind, std::string_view namespace_) const;
  /// Whether objects of the kind have namespaces, when that is known.
  std::optional<bool> namespaced(const GroupKind& type) const;
  /// Where an object of a kind is looked for: `said` when that is not empty, else in the namespace `home`.
  std::string_view place(const GroupKind& type, std::string_view said, std::string_view home) const;

 private:
  explicit Objects(std::string_view default_namespace)
      : default_namespace_(default_namespace), namespaces_{default_namespace} {}
  Status read(const Rendered& rendered);
  void note_definition(const Object& object);
  void add_object(const Object& object, Report& report);
  void add_pods(const Object& object);
  void add_made(const Object& object);
  void add_declared(const Object& object, Report& report);
  void add(Target target);
  void index();
  void index(const Target& target);

  std::string_view default_namespace_;
  yaml::Arena arena_;
  std::vector<Object> objects_;
  std::unordered_map<ObjectKey, Target> named_;
  std::set<std::string_view> namespaces_;
  std::deque<Target> pods_;  ///< Of workloads, whose names nobody knows yet.
  std::unordered_map<GroupKind, bool> defined_;
  /// By `kind`, by `kind namespace` and by `kind namespace label=value`.
  std::unordered_map<std::string, std::vector<const Target*>> selectable_;
};

}  // namespace reconciler::validate
