#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/cluster.h"
#include "sync/apply_set.h"
#include "sync/lost_fields.h"
#include "sync/plan.h"

namespace reconciler::sync {

/// One field that differs. Values are JSON texts; what must not be seen (`redact.h`) reads `<redacted>` on both sides.
struct FieldChange {
  std::string path;                   ///< As `spec.template.spec.containers[name=main].image`.
  std::optional<std::string> before;  ///< Absent for a field that is added.
  std::optional<std::string> after;   ///< Absent for a field that is removed.

  bool operator==(const FieldChange&) const = default;
};

/// Field by field, what turns one form of an object into the other, in the order of the paths. Passed over is what the
/// API server keeps for itself (managed fields, versions, times, `status`) and our own annotations. Items of lists are
/// matched by their `name` where all have one, else by their place. Pure.
std::vector<FieldChange> diff_fields(const Json& before, const Json& after);

Json to_json(const FieldChange& change);

/// How a live object differs from what Git says.
struct Drift {
  std::vector<FieldChange> changes;  ///< What an apply would do.
  std::vector<LostField> lost;       ///< Whose the fields are now.
};

/// Asked of the API server by a look and a dry-run; nothing of an object that does not live. Errors: those of both.
/// Of an object that is adopted, a further dry-run tells what goes with its former manager (`as_adopted`), unless the
/// server does not take the manifest under another name.
Result<Drift> drift_of(const DesiredSet& set, const Step& step, kube::Cluster& cluster);

/// A step of a plan with what it would change.
struct ObjectDiff {
  Step step;
  std::vector<FieldChange> changes;  ///< Of objects that live; empty for those to be created or pruned.
};

/// What executing the plan would do, asked of the API server by dry-runs: the steps that write, are blocked or
/// tolerated. Nothing changes. Errors: kUnavailable, kForbidden.
Result<std::vector<ObjectDiff>> explain(const DesiredSet& set, const Plan& plan, kube::Cluster& cluster);

/// What lives under the set's ApplySet label or under a key of the set, listed from the API server: of the set's kinds
/// and those of `scope`. For a caller that follows no watches. Errors: those of a list.
Result<LiveSet> list_live(const DesiredSet& set, const ApplySetScope& scope, kube::Cluster& cluster);

}  // namespace reconciler::sync
