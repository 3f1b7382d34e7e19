#pragma once

#include "base/result.h"
#include "kustomize/schema.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// What became of the target of a patch.
enum class MergeOutcome {
  kMerged,
  kDeleted,  ///< The patch says `$patch: delete` at its top: the whole object goes. The target is left as it was.
};

/// Merges a strategic merge patch into an object, as kustomize 5.8 does (kyaml's merge2 with prepended lists):
/// - mappings merge field by field, a null removes a field, everything else is replaced; a value keeps the quotes of
/// the
///   one that it replaces, so that a number put in the place of a quoted string is a string;
/// - `$patch: delete | replace | merge` in a mapping, or as an item of its own in a list that merges;
/// - lists that merge by the schema of the object's type (else of the first mapping below that has `apiVersion` and
/// `kind`;
///   before all by a comment behind the field that holds a schema) start with the patch's items in the patch's order;
///   their items merge by one or several keys. Other lists are replaced.
/// As in the reference, `$patch: replace` in an item of a list and at the top of a patch changes nothing, an item of a
/// list that merges without its key drops the others, and fields of the target without a value (`a:`) go. The target's
/// identity (kind, name, namespace) is the caller's business.
///
/// `patch` is not changed and shares nothing with the target afterwards; new nodes are made in `arena`, which must live
/// as long as the target. Neither tree may be deeper than yaml::kMaxDepth. Errors (kInvalid), one cause: `where` is
/// `line:column` in the patch's file, `field` the path in the object. The target is then half-changed and must not be
/// used.
Result<MergeOutcome> merge_patch(yaml::Node& target, const yaml::Node& patch, const Schema& schema, yaml::Arena& arena);

}  // namespace reconciler::kustomize
