#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "kube/cluster.h"
#include "sync/plan.h"

namespace reconciler::sync {

/// Where live objects are followed; execution tells it what it did and asks it to wait. Thread-safe.
class LiveView {
 public:
  virtual ~LiveView() = default;
  /// The API server's answer to an apply: newer than what the watch has said so far.
  virtual void applied(const Json& object) = 0;
  /// The API server accepted the deletion of the object with that UID; it may live on until its finalizers are done.
  virtual void deletion_accepted(const ObjectKey& key, const std::string& uid) = 0;
  /// Waits until none of the objects lives under that UID. Errors: kUnavailable when `patience` has passed (the causes
  /// name the objects and what holds them), kCancelled.
  virtual Status wait_gone(const std::vector<std::pair<ObjectKey, std::string>>& objects, Duration patience,
                           std::stop_token stop) = 0;
  /// Waits until every object is healthy, as the watches tell. Errors: kRejected when one is degraded and stays so for
  /// a moment, kUnavailable when `patience` has passed (the causes name the objects and their health), kCancelled.
  virtual Status wait_healthy(const std::vector<ObjectKey>& keys, Duration patience, std::stop_token stop) = 0;
};

/// How a sync goes about the API server.
struct Effort {
  std::size_t concurrency = 32;                  ///< Requests under way at a time.
  Duration patience = std::chrono::seconds(60);  ///< For a definition to be established and served.
  std::string trial_namespace = "default";       ///< Where objects of a namespace to come are tried.
};

/// What the dry-run of an object told.
struct Trial {
  std::string fields;           ///< The digest of the fields that will be ours.
  std::string left;             ///< Where the fields are that the object leaves to others (`paths_text`).
  std::optional<Action> found;  ///< What is to be done instead of what was planned: kAdopt, kSkip or kReplace.
  std::string reason;           ///< Why.
  std::string uid;              ///< Of an object that was met.
};
/// What the answer to a dry-run of the step tells. An object that was to be created and lives belongs to nobody, as no
/// watch has told of it: it is adopted, or skipped where it asks for that.
Trial trial_of(const Step& step, const Json& answer);
/// Writes into the step what its trial has found.
void tell(Step& step, const Trial& trial);
using Trials = std::unordered_map<ObjectKey, Trial>;

/// A plan that the API server has accepted object by object, without any change.
struct Admission {
  Plan* plan = nullptr;
  Trials trials;  ///< Steps that could not be tried yet have none until `execute` has tried them.
};

/// Dry-runs everything that the plan would apply, held steps and hooks included, and writes into the plan what that
/// tells: objects that live unknown to us are adopted (kAdopt), or skipped where they ask for it; those that Git
/// changes in an immutable field are replaced (kReplace) where they ask for it, once the new form was tried under
/// another name. Objects whose namespace comes with the set are tried in `trial_namespace`; those that are forbidden
/// there are tried later, in their own, as follows (hooks when they are created). Objects whose definition comes or
/// changes with the set are checked against its schema (`check_schema`), and tried later, by `execute`, before the
/// first object other than namespaces and definitions is written. Nothing changes in the cluster. Errors: kRejected
/// with all causes of all objects (blocked ones included); kUnavailable, kCancelled.
Result<Admission> admit(const DesiredSet& set, Plan& plan, kube::Cluster& cluster, const Effort& effort,
                        std::stop_token stop);

/// What became of an executed plan.
struct Execution {
  std::size_t applied = 0;
  std::size_t pruned = 0;
  std::vector<const Step*> done;  ///< Those that were written, of the plan, in that order.
  Refusals refused;               ///< Others may not have been tried.
  std::optional<Error> error;     ///< Why it ended early, all causes included; absent when all was done.
};

/// Does what the plan says, except for held steps: applies namespaces and definitions, waits until these are served,
/// applies the rest, all of one wave and rank at once; prunes last. What is replaced, and does not go at once, is left
/// to the next plan. What admission could not try is tried before it is applied; what that finds is written into the
/// admission and its plan, and acted upon. Ends early at the first rank with a failure, having tried all of that rank,
/// and when `stop` fires: what was done stays done, and the next plan continues from there.
Execution execute(const DesiredSet& set, Admission& admission, kube::Cluster& cluster, LiveView& live,
                  const Effort& effort, std::stop_token stop);

}  // namespace reconciler::sync
