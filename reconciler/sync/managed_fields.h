#pragma once

#include <optional>
#include <string>
#include <vector>

#include "object/manifest.h"

namespace reconciler::sync {

/// `metadata.managedFields`: who owns which field of a live object (Kubernetes: server-side apply, "field management";
/// the form of a field set is `fieldsV1` of structured-merge-diff). All functions here are pure.

/// A place in a field set, as a JSON pointer into `fieldsV1`: `/f:spec/f:replicas`,
/// `/f:spec/f:containers/k:{"name":"main"}/f:image`.
using FieldPath = std::string;

/// Where a field of a manifest stands in the field sets of its live object. `pointer` is a JSON pointer into `body`
/// (RFC 6901); items of a list are found by the keys that the server merges them by. Nothing when no manager owns
/// anything below the list or map that it is in, which is then one value to the server.
std::optional<FieldPath> field_path(const std::string& pointer, const Json& body, const Json& live);

/// The field set that our field manager owns by server-side apply; null when there is none.
const Json& owned_fields(const Json& live);

/// The set without what stands at these places, and without what has nothing left in it.
Json without(Json fields, const std::vector<FieldPath>& paths);

/// Whether the set holds what stands there, or anything below it.
bool holds(const Json& fields, const FieldPath& path);

/// Who made an object that belongs to no environment.
struct Origin {
  std::vector<std::string> managers;  ///< Tools whose fields are taken over: "helm", "kubectl-client-side-apply", …
  std::string api_version;            ///< Of the fields that are taken over: a manager has those of one version only.
  std::string keeper;                 ///< Who says that it still manages the object; "" when nobody does.

  /// For people: `adopt from helm; Helm release spira/nats still …`.
  std::string text() const;
};
Origin origin_of(const Json& live);

/// The patch (RFC 6902) that makes the fields of the origin ours, in the version that they are of, so that the next
/// apply removes those that Git does not have, and takes those at `released` from us, so that it leaves them as they
/// are. It holds for just this version of the object. Nothing when there is nothing to change.
std::optional<std::string> ownership_patch(const Json& live, const Origin& origin,
                                           const std::vector<FieldPath>& released);

/// What becomes of an object once the fields of the origin are ours and the manifest is applied, told without either:
/// `tried` is the answer to a dry-run of the apply, which leaves their fields where they are, and `anew` what the
/// server makes of the same manifest as a new object. Fields that they alone own in `tried` are as in `anew`: gone, or
/// at their default.
Json as_adopted(Json tried, Json anew, const Origin& origin);

}  // namespace reconciler::sync
