#pragma once

#include <algorithm>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "controller/reconciler.h"
#include "sync/apply_set.h"
#include "sync/execution.h"

namespace reconciler::controller {

/// How long to wait for the API server's first list before calling it out of reach.
inline constexpr Duration kListPatience = std::chrono::seconds(20);

/// Between two tries of what an outage keeps from being done.
inline constexpr Duration kLongestOutageRetry = std::chrono::seconds(5);

/// The kinds and namespaces of what Git holds.
inline sync::ApplySetScope scope_of(const sync::DesiredSet& set) {
  sync::ApplySetScope scope;
  for (const auto& desired : set.objects) scope.include(desired.key);
  return scope;
}

/// What Git holds of an environment that left it.
inline sync::DesiredSet nothing_of(const Resource& resource) {
  return {part_of(resource.live.key.name), std::make_shared<const Rendered>(), {}, {}, {}, resource.account};
}

/// The names of the hooks that run before the set is deleted.
std::vector<std::string> pre_delete_hooks(const sync::DesiredSet& set);

inline Failure failure_at(Stage stage, Error error) { return Failure{stage, std::move(error)}; }

inline std::shared_ptr<const Rendered> manifests_of(const std::shared_ptr<const kustomize::Rendering>& rendering) {
  return {rendering, &rendering->manifests()};
}

inline bool is_outage(const std::optional<Failure>& failure) {
  return failure && failure->error.kind == ErrorKind::kUnavailable;
}

/// Whether a resync could not be done for it, and is still owed: in an outage of the API server, or without the rights
/// that it needs. Nobody has any on an API server that has just started.
inline bool is_kept_from(const Failure& failure) {
  const bool is_of_git = failure.stage == Stage::kSource || failure.stage == Stage::kBuild;
  const auto kind = failure.error.kind;
  return !is_of_git && (kind == ErrorKind::kUnavailable || kind == ErrorKind::kForbidden);
}

/// A sync that waits between waves, or that a crash interrupted.
inline bool is_under_way(const std::optional<LastSync>& sync) { return sync && sync->result == "Running"; }

inline bool all_in_sync(const std::vector<ObjectStatus>& objects) {
  return std::all_of(objects.begin(), objects.end(),
                     [](const auto& object) { return object.sync == SyncStatus::kSynced; });
}

/// One reconciliation under way.
struct Reconciler::Round {
  Findings findings;
  std::stop_token stop;
  std::optional<std::string> request;        ///< The id of the sync that answers `resync`, when none has.
  std::string id;                            ///< That of its sync when none was asked for.
  std::vector<std::string> tales;            ///< What the sync did that a person should hear of.
  std::optional<SteadyTime> truce_over;      ///< When objects that others keep changing are put back again.
  std::string pruning;                       ///< The target of the large prune that somebody confirmed.
  std::string resync;                        ///< What was last asked for when the round began, answered or not.
  std::optional<sync::DesiredSet> set = {};  ///< Once it is known.
  bool hooks_run = false;
  std::vector<std::string> earlier = {};  ///< Commits that objects may be at which are not as the head says.

  const std::string& name() const { return findings.environment.name; }
  const git::Commit& head() const { return *findings.source.head; }
  sync::Revision revision() const { return {head().id, findings.digest}; }
};

}  // namespace reconciler::controller
