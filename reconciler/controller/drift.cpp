#include "controller/drift.h"

#include <algorithm>

namespace reconciler::controller {
namespace {

constexpr std::size_t kMostAsked = 50;

const ObjectStatus* find_same(const std::vector<ObjectStatus>& before, const ObjectStatus& object, bool any_version) {
  const auto found = std::find_if(before.begin(), before.end(), [&](const ObjectStatus& old) {
    return old.key == object.key && old.explained &&
           (old.version == object.version || (any_version && !old.changes.empty()));
  });
  return found == before.end() ? nullptr : &*found;
}

/// A field that somebody has taken with the value that Git says differs in its owner only.
void tell(ObjectStatus& object, std::vector<sync::FieldChange> changes, std::string contenders) {
  object.explained = true;
  object.changes = std::move(changes);
  object.contenders = std::move(contenders);
  if (!object.changes.empty()) return;
  object.sync = SyncStatus::kSynced;
  object.action = sync::Action::kKeep;
  object.message.clear();
}

}  // namespace

Status explain_drift(const sync::DesiredSet& set, const sync::Plan& plan, const std::vector<ObjectStatus>& before,
                     const std::set<ObjectKey>& contested, kube::Cluster& cluster, std::vector<ObjectStatus>& objects) {
  std::size_t asked = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const sync::Step& step = plan.steps[i];
    if (step.action != sync::Action::kTolerate || step.uid.empty()) continue;
    if (const auto* same = find_same(before, objects[i], contested.count(step.key) != 0)) {
      tell(objects[i], same->changes, same->contenders);
      continue;
    }
    if (++asked > kMostAsked) continue;
    auto drift = sync::drift_of(set, step, cluster);
    // The object was tried when it was applied; what is refused now is told by the next sync.
    if (!drift && drift.error().kind != ErrorKind::kUnavailable) continue;
    if (!drift) return fail(std::move(drift).error());
    tell(objects[i], std::move(drift->changes), sync::text_of(drift->lost));
  }
  return {};
}

}  // namespace reconciler::controller
