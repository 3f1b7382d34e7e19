#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "validate/target.h"
#include "yaml/node.h"

namespace reconciler::validate {

/// A selector by labels. Requirements on labels that controllers give to pods as they make them (a pod's name in its
/// StatefulSet, the hash of a template) count as met.
class LabelSelector {
 public:
  /// Of a plain map of labels, as a Service has it.
  static LabelSelector of_labels(const yaml::Node* labels);
  /// Of `matchLabels` and `matchExpressions`.
  static LabelSelector of_selector(const yaml::Node* selector);

  bool matches(const Labels& labels) const;
  /// Whether it selects everything.
  bool empty() const { return requirements_.empty(); }
  /// A label and its only value, which all that it selects has; null when there is no such label.
  const std::pair<std::string_view, std::string_view>* certain() const;
  /// `app=nats,tier in (a,b)`: the form of kubectl, for messages. The same for equal selectors.
  std::string text() const;

 private:
  struct Requirement {
    std::string_view key;
    std::string_view operator_;
    std::vector<std::string_view> values;
  };
  static bool meets(const Labels& labels, const Requirement& requirement);
  void require(std::string_view key, std::string_view operator_, std::vector<std::string_view> values);
  void sort();

  std::vector<Requirement> requirements_;
  std::vector<std::pair<std::string_view, std::string_view>> certain_;
};

/// The map as labels; none for null.
Labels labels_of(const yaml::Node* map);

}  // namespace reconciler::validate
