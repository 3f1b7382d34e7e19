#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// Kubernetes' label selector (`app=web,tier in (a,b),!legacy,size>3`), which kustomize also holds against annotations.
/// Syntax and checks of keys and values are those of apimachinery 0.19, which the reference carries. Immutable.
class LabelSelector {
 public:
  /// "" selects everything. Errors: kInvalid, with what was expected.
  static Result<LabelSelector> parse(std::string_view text);

  /// `labels` is the mapping of names to values; null when there is none. Values count by their text.
  bool selects(const yaml::Node* labels) const;

 private:
  friend class LabelSelectorParser;
  enum class Operator : std::uint8_t { kExists, kNotExists, kIn, kNotIn, kGreater, kLess };
  struct Requirement {
    std::string key;
    Operator operation = Operator::kExists;
    std::vector<std::string> values;

    bool holds(const yaml::Node* value) const;
  };

  std::vector<Requirement> requirements_;
};

}  // namespace reconciler::kustomize
