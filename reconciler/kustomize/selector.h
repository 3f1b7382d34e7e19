#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kustomize/id.h"
#include "kustomize/kustomization.h"
#include "kustomize/label_selector.h"
#include "kustomize/resource_map.h"
#include "yaml/node.h"

namespace re2 {
class RE2;
}

namespace reconciler::kustomize {

/// Selectors of patches and replacements: each part of SelectorFields but the last two is a regular expression (RE2)
/// for the whole text; "" allows anything.

/// `kind=Deployment name=web.*`, for errors: the parts that are set.
std::string text_of(const SelectorFields& selector);

/// A regular expression for a whole text, or the text itself when it holds no operator.
class Pattern {
 public:
  /// Errors: kInvalid with RE2's reason.
  static Result<Pattern> compile(std::string_view text);

  /// "" matches everything.
  bool matches(std::string_view text) const;
  /// The text, when only it matches.
  std::optional<std::string_view> literal() const;

 private:
  std::string text_;
  std::shared_ptr<const re2::RE2> expression_;
};

/// A selector made ready. Immutable.
class Matcher {
 public:
  /// Errors: kInvalid for a part that is no regular expression or no label selector; one cause, `field` is the part.
  static Result<Matcher> compile(const SelectorFields& selector);

  bool matches_type(const Gvk& type) const;
  bool matches_name(std::string_view name) const { return name_.matches(name); }
  bool matches_namespace(std::string_view name) const { return namespace_.matches(name); }
  bool matches_labels(const yaml::Node& object) const;

  /// Whether a patch for this selector is for the object: by its original or present name, by its original or present
  /// effective namespace, by its present type, labels and annotations.
  bool matches(const Resource& resource) const;
  /// The name of all that it selects, when there can be but one.
  std::optional<std::string_view> only_name() const { return name_.literal(); }

 private:
  Pattern group_, version_, kind_, name_, namespace_;
  LabelSelector labels_, annotations_;
};

/// The objects that the selector is for, in order. Errors: as Matcher::compile.
Result<std::vector<Resource*>> select(const ResourceMap& resources, const SelectorFields& selector);

}  // namespace reconciler::kustomize
