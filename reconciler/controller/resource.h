#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/environment.h"
#include "controller/status.h"
#include "kube/requests.h"
#include "object/manifest.h"
#include "sync/apply_set.h"
#include "sync/live.h"
#include "sync/prune_guard.h"

namespace reconciler::controller {

/// Annotations of an `Environment` in the cluster; README.md says what people do with them.
inline constexpr const char* kServiceAnnotation = "gitops.spira.dev/service";
inline constexpr const char* kResyncAnnotation = "gitops.spira.dev/resync";
inline constexpr const char* kConfirmPruneAnnotation = "gitops.spira.dev/confirm-prune";
inline constexpr const char* kPruningAnnotation = "gitops.spira.dev/pruning";
inline constexpr const char* kPreDeleteAnnotation = "gitops.spira.dev/pre-delete";
inline constexpr const char* kSuspendAnnotation = "gitops.spira.dev/suspend";
inline constexpr const char* kSuspendedByAnnotation = "gitops.spira.dev/suspended-by";
inline constexpr const char* kSuspendedAtAnnotation = "gitops.spira.dev/suspended-at";
/// The field manager of what was asked of the service: suspensions and resyncs.
inline constexpr const char* kOrderManager = "spira-reconciler-orders";
/// That of suspensions before there were other orders.
inline constexpr const char* kSuspendManager = "spira-reconciler-suspend";

/// An `Environment` as it lives in the cluster.
struct Resource {
  sync::LiveMember live;
  std::string service;  ///< Which service made it (annotation gitops.spira.dev/service); "" when a person did.
  Deletion deletion = Deletion::kOrphan;
  Source source;
  std::string namespace_;  ///< For objects that name none; "" takes "default".
  sync::ApplySetScope scope;
  std::string account;  ///< As whom its objects are written; "" for the service's own.
  std::vector<std::string> finalizers;
  std::string resync;                    ///< The value of the annotation gitops.spira.dev/resync.
  std::string confirmed_prune;           ///< The value of the annotation gitops.spira.dev/confirm-prune.
  std::string pruning;                   ///< The target of a large prune that was confirmed and is not done yet.
  bool suspend = false;                  ///< As its file says, or said last.
  bool skips_pre_delete = false;         ///< The annotation gitops.spira.dev/pre-delete says `skip`.
  std::optional<Suspension> suspension;  ///< By the annotation gitops.spira.dev/suspend.
  std::int64_t generation = 0;
  EnvironmentStatus status;          ///< As it was last published, by this process or one before it.
  std::shared_ptr<const Json> body;  ///< All of it.
};

/// Reads one as the API server gives it; what is not there, or has another type, is as if it were empty.
Resource read_resource(const Json& object);

/// Whether a change of a resource was one that nobody has to act upon, such as a new status.
bool asks_for_the_same(const Resource& a, const Resource& b);

/// The namespaces and definitions of the environment that objects of others stand on, each with one of those: as the
/// scopes of their resources say. Those that `goes` says take their objects with them do not count.
std::map<ObjectKey, std::string> needed_by_others(const std::string& environment, const sync::LiveSet& live,
                                                  const std::map<std::string, Resource>& resources,
                                                  const std::function<bool(const Resource&)>& goes);

/// Whether somebody has confirmed just this prune, in the environment's file or by the annotation of its resource; or
/// one of the same target, which is under way. `resource` is null where none lives.
bool is_confirmed(const sync::LargePrune& prune, const Environment& environment, const Resource* resource);

/// The identity of an environment's ApplySet.
std::string part_of(const std::string& environment);

/// The key of the custom resource.
ObjectKey resource_key(const std::string& environment);

/// The beginning of what is written: an `Environment` of that name, and nothing else.
Json skeleton_of(const std::string& environment);

/// The apply of `body`, to a subresource or to "".
kube::ApplyRequest request_of(const std::string& environment, const Json& body, const std::string& subresource,
                              const std::string& manager);

}  // namespace reconciler::controller
