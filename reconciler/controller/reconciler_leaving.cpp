// What becomes of an environment that left Git.
#include <spdlog/spdlog.h>

#include "controller/round.h"

namespace reconciler::controller {
namespace {

/// An environment that is suspended loses nothing, whatever becomes of its file.
Failure kept_by_suspension(const Resource& resource) {
  const auto& name = resource.live.key.name;
  const auto resume = resource.suspension
                          ? "annotate environment " + name + " " + kSuspendAnnotation + "-"
                          : "patch environment " + name + R"( --type merge -p '{"spec":{"suspend":false}}')";
  return failure_at(Stage::kDelete,
                    {ErrorKind::kConflict, "left Git; nothing is deleted before it is resumed: kubectl " + resume, {}});
}

Failure waits_for(const std::vector<sync::Awaited>& hooks) {
  Error error{ErrorKind::kConflict, "left Git; waits for its PreDelete hooks to end", {}};
  for (const auto& hook : hooks) error.causes.push_back({hook.key.text(), "", hook.health.message});
  return failure_at(Stage::kDelete, std::move(error));
}

Failure waits_for(const std::vector<ObjectStatus>& objects) {
  Error error{ErrorKind::kConflict, "left Git; waits for its objects to go", {}};
  for (const auto& object : objects) error.causes.push_back({object.key.text(), "", object.message});
  return failure_at(Stage::kDelete, std::move(error));
}

}  // namespace

Reconciler::Next Reconciler::retire(const std::string& name, const std::stop_token& stop) {
  const auto resource = at_.resources.find(name);
  if (!resource || !at_.resources.is_ours(*resource)) {
    forget(name);
    return std::nullopt;
  }
  if (!at_.registry.is_complete()) {
    Environment unread;
    unread.name = name;
    unread.source = {"", resource->status.branch, resource->status.path};
    tell_unread(unread, std::nullopt);
    return std::nullopt;
  }
  if (resource->deletion == Deletion::kDelete) {
    if (last_suspension(*resource)) {
      tell_leaving(*resource, kept_by_suspension(*resource));
      return std::nullopt;
    }
    const auto hooks = run_pre_delete(*resource, name, stop);
    if (hooks && !hooks->empty()) {
      tell_leaving(*resource, waits_for(*hooks));
      return std::nullopt;
    }
    auto living = hooks ? delete_all(*resource, name, stop) : Result<std::vector<ObjectStatus>>(fail(hooks.error()));
    if (!living && living.error().kind == ErrorKind::kCancelled) return std::nullopt;
    if (!living) {
      spdlog::error("environment {} left Git, its objects are not deleted yet: {}", name, living.error().line());
      tell_leaving(*resource, failure_at(Stage::kUndeleted, living.error()));
      return kLongestOutageRetry;
    }
    if (!living->empty()) {
      tell_leaving(*resource, waits_for(*living), *living);
      return std::nullopt;
    }
  }
  if (const auto removed = at_.resources.remove(name); !removed) return kLongestOutageRetry;
  spdlog::info("environment {} left Git; its objects {}", name,
               resource->deletion == Deletion::kDelete ? "are deleted" : "stay");
  forget(name);
  return std::nullopt;
}

Result<Reconciler::Leaving> Reconciler::plan_to_leave(const Resource& resource, bool protect,
                                                      const std::stop_token& stop) {
  Leaving leaving{nothing_of(resource), {}, {}};
  TRY_VOID(at_.members.follow(resource.scope.kinds, kListPatience, stop));
  leaving.live = at_.members.snapshot(leaving.nothing);
  sync::Policy policy;
  policy.protect = protect;
  policy.shared = needed_by_others(resource.live.key.name, leaving.live);
  leaving.plan = sync::make_plan(leaving.nothing, leaving.live, policy);
  return leaving;
}

Result<std::vector<ObjectStatus>> Reconciler::delete_all(const Resource& resource, const std::string& name,
                                                         const std::stop_token& stop) {
  TRY_VOID(end_hooks(resource, name, stop));
  TRY(auto leaving, plan_to_leave(resource, false, stop));
  auto& plan = leaving.plan;
  if (!plan.nothing_to_do()) {
    sync::Admission admission{&plan, {}};
    const auto execution = sync::execute(leaving.nothing, admission, at_.cluster, at_.members, sync::Effort{}, stop);
    at_.metrics.pruned(name, execution.pruned);
    if (execution.error) return fail(*execution.error);
  }
  // What may not be pruned stays behind.
  std::erase_if(plan.steps, [](const sync::Step& step) { return step.action == sync::Action::kRetain; });
  auto living = object_statuses(plan, leaving.live);
  for (auto& object : living) object.health = HealthStatus::kProgressing;
  return living;
}

std::map<ObjectKey, std::string> Reconciler::needed_by_others(const std::string& name,
                                                              const sync::LiveSet& live) const {
  return at_.resources.needed_by_others(name, live, [this](const Resource& other) { return takes_its_objects(other); });
}

/// What its PreDelete hooks may still need does not go before them.
bool Reconciler::takes_its_objects(const Resource& resource) const {
  const bool has_left = at_.registry.is_complete() && !at_.registry.find(resource.live.key.name);
  const bool is_suspended = resource.suspend || resource.suspension;
  return has_left && at_.resources.is_ours(resource) && resource.deletion == Deletion::kDelete && !is_suspended &&
         (resource.status.pre_delete.empty() || resource.skips_pre_delete);
}

std::optional<Suspension> Reconciler::last_suspension(const Resource& resource) const {
  Environment left;
  left.name = resource.live.key.name;
  left.suspend = resource.suspend;
  return suspension(left);
}

void Reconciler::tell_leaving(const Resource& resource, Failure failure, std::vector<ObjectStatus> living) {
  Findings findings;
  findings.environment.name = resource.live.key.name;
  findings.environment.source = {"", resource.status.branch, resource.status.path};
  findings.source = at_.sources.view(at_.repository, at_.branch);
  findings.suspension = last_suspension(resource);
  findings.failure = std::move(failure);
  findings.planned = !living.empty();
  findings.objects = std::move(living);
  publish(findings);
}

}  // namespace reconciler::controller
