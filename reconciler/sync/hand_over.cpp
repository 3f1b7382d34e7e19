#include "sync/hand_over.h"

#include <nlohmann/json.hpp>

#include "sync/left_fields.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

/// Somebody else may write the object between our look and our patch.
constexpr int kMostTries = 5;

/// Whether the object may be taken by `taker`, of which no watch has told whose it is.
Status check_owner(const Json& live, const std::string& taker) {
  const auto owner = reduce(live, false).part_of;
  if (taker.empty() || owner.empty() || owner == taker) return {};
  return fail(ErrorKind::kConflict, "belongs to ApplySet " + owner + " since a moment ago: remove it there first");
}

/// Changes the owners of the live object as the step needs it. Returns the object before; nothing when it is gone.
Result<std::optional<Json>> change_owners(const Step& step, const Json& body, const std::string& account,
                                          const std::string& taker, kube::Cluster& cluster) {
  for (int tries = 1;; ++tries) {
    auto live = cluster.get(step.key, step.api_version, kube::Projection::kFull);
    if (!live && live.error().kind == ErrorKind::kNotFound) return std::optional<Json>();
    if (!live) return fail(std::move(live).error());
    TRY_VOID(check_owner(*live, taker));
    const auto left = left_paths(step.desired->directives.ignore, body, *live);
    const auto patch = ownership_patch(*live, taken_over(step, *live), left);
    if (!patch) return std::optional(*std::move(live));
    const auto patched =
        cluster.patch({step.key, step.api_version, kube::PatchType::kJson, *patch, "", kFieldManager, account});
    if (patched) return std::optional(*std::move(live));
    if (patched.error().kind == ErrorKind::kNotFound) return std::optional<Json>();
    if (patched.error().kind != ErrorKind::kConflict || tries == kMostTries) return fail(patched.error());
  }
}

}  // namespace

Origin taken_over(const Step& step, const Json& live) {
  if (step.action != Action::kAdopt) return {};
  auto origin = origin_of(live);
  if (!step.desired->directives.ignore.empty()) origin.api_version = step.api_version;
  return origin;
}

bool needs_hand_over(const Step& step) {
  return step.action == Action::kAdopt || !step.desired->directives.ignore.empty();
}

Status hand_over(const Step& step, const std::string& left, const std::string& taker, kube::Cluster& cluster,
                 kube::ApplyRequest& request) {
  const auto& ignore = step.desired->directives.ignore;
  Json body = Json::parse(request.body);
  const bool lives = !step.uid.empty() && step.action != Action::kReplace;
  std::optional<Json> live;
  if (lives) {
    TRY(live, change_owners(step, body, request.account, taker, cluster));
  }
  if (live) body = without_left_fields(ignore, body, *live);
  if (!ignore.empty()) body["metadata"]["annotations"][kLeftAnnotation] = left;
  request.body = body.dump();
  return {};
}

}  // namespace reconciler::sync
