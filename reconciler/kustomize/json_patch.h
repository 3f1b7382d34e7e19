#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// A JSON patch (RFC 6902) as kustomize 5.8 applies it (evanphx/json-patch v4), with what it adds to the standard:
/// `replace` of a field that is absent adds it, indexes may be negative (-1 is the last item), a missing `value` is
/// null. Immutable; its values live in the arena that it was read into.
class JsonPatch {
 public:
  /// Reads a patch from text: JSON when it starts with `[`, else the first document of YAML 1.1. Text without a
  /// document is a patch without operations. Errors (kInvalid): `file:line:column` and what is wrong, for a text that
  /// cannot be read and for one that is no list of mappings. The operations themselves are looked at when they are
  /// applied, as in the reference.
  static Result<JsonPatch> parse(std::string_view text, const std::string& file, yaml::Arena& arena);

  bool empty() const { return operations_.empty(); }

  /// Applies the operations in order. The target is converted as by a passage through JSON, as in the reference: typed
  /// values in their JSON form, all numbers as 64-bit floating point, annotations as strings, empty annotations
  /// removed. Copies are made in `arena`, which must live as long as the target. Errors (kInvalid), one cause: `where`
  /// is `line:column` in the patch's file, `field` the path of the operation. The target is then half-changed and must
  /// not be used.
  Status apply(yaml::Node& target, yaml::Arena& arena) const;

 private:
  std::vector<const yaml::Node*> operations_;
};

}  // namespace reconciler::kustomize
