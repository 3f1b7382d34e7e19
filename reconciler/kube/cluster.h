#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "kube/watch.h"
#include "object/key.h"
#include "object/manifest.h"

namespace reconciler::kube {

/// A kind as this API server serves it (discovery).
struct ApiResource {
  GroupKind type;
  std::string version;  ///< "v1" of `apps/v1`.
  std::string plural;   ///< "deployments": the name in URLs and in RBAC rules.
  bool namespaced = false;
  std::vector<std::string> verbs;  ///< "get", "list", "watch", "patch", "delete", …; sorted.

  /// `apps/v1`, or `v1` for the core group.
  std::string api_version() const;
  bool can(const std::string& verb) const;
};

enum class DryRun { kNo, kYes };

/// A server-side apply.
struct ApplyRequest {
  ObjectKey key;            ///< The namespace is "" for an object of cluster scope, else the one where it shall live.
  std::string api_version;  ///< As `apps/v1`; its group is that of the key.
  std::string body;         ///< The object as JSON.
  DryRun dry_run = DryRun::kNo;
  bool force = true;                          ///< Takes fields from other managers; without it they are kConflict.
  std::string subresource;                    ///< "", "status" or "scale".
  Projection projection = Projection::kFull;  ///< What of the object the answer holds.
  std::string field_manager = "spira-reconciler";
  std::string account;  ///< As whom, as `system:serviceaccount:spira:deployer`; "" for the connection's own account.
};

enum class Propagation { kBackground, kForeground, kOrphan };

struct RemoveRequest {
  ObjectKey key;
  std::string api_version;
  std::string uid;  ///< Only the object of this UID is deleted; "" deletes whichever has the name.
  Propagation propagation = Propagation::kBackground;
  DryRun dry_run = DryRun::kNo;
  std::string account;  ///< As that of an apply.
};

enum class PatchType {
  kMerge,      ///< RFC 7386.
  kJson,       ///< RFC 6902.
  kStrategic,  ///< Built-in kinds only.
};

struct PatchRequest {
  ObjectKey key;
  std::string api_version;
  PatchType type = PatchType::kMerge;
  std::string body;  ///< JSON.
  std::string subresource;
  std::string field_manager = "spira-reconciler";
  std::string account;  ///< As that of an apply.
};

struct CreateRequest {
  ObjectKey key;  ///< The name is only for errors: the body's `metadata.name` or `generateName` decides.
  std::string api_version;
  std::string body;  ///< The object as JSON.
  DryRun dry_run = DryRun::kNo;
  std::string field_manager = "spira-reconciler";
  std::string account;  ///< As that of an apply.
};

/// What the service needs of a Kubernetes API server. The real one (`kube/connect.h`) speaks HTTP/2; tests wrap it to
/// lose, delay and reorder what the real server does.
///
/// Thread-safe. Calls block the caller, not the transport. A call ends within the request time limit of the connection
/// (30 s unless told otherwise), tries again included: 429 (with its Retry-After), 503, 504 and a lost connection are
/// tried again within it, the latter only where a second time does no harm. When the connection's stop token fires, all
/// calls end with kCancelled; what they asked for may or may not have been done.
///
/// Errors of every call, from the server's `metav1.Status`:
///   kRejected     400, 413, 415, 422, 405: `causes` names object, field and reason as the server does
///   kForbidden    401, 403, and what a policy or webhook denies: the text names verb, resource, namespace and account
///   kNotFound     404; and a kind that the cluster does not serve
///   kConflict     409: fields of other managers (one cause each, naming the manager), UID or resource version, a name
///   taken kUnavailable  no connection, 429 and 5xx after all tries, a broken answer kCancelled    stopped
/// No error text holds a value of a Secret, even where the server quotes one, and none holds a credential.
///
/// Every object that is handed out carries its own `apiVersion` and `kind`, also where the server leaves them out
/// (items of a list) or says `PartialObjectMetadata` (Projection::kMetadata).
class Cluster {
 public:
  virtual ~Cluster() = default;

  /// How the cluster serves a kind; `version` "" asks for the server's preferred version of it.
  /// From memory, except for the first call and for a kind (or version) that is unknown: then discovery is read again,
  /// at most once a second. Errors: kNotFound when the cluster has no such kind.
  virtual Result<ApiResource> resource(const GroupKind& type, const std::string& version) = 0;

  /// The next `resource` reads discovery anew, whatever its age: after a definition was established. As the server
  /// lists a new kind some time after that, `resource` waits for an unknown one up to 3 s from here.
  virtual void forget_discovery() = 0;

  using Answer = std::function<void(std::size_t index, Result<Json>&& object)>;

  /// Server-side apply of all requests, at most `concurrency` at a time, started in their order. `answer` is called on
  /// the caller's thread, once a request, in the order in which answers arrive. When `stop` fires, what was sent has
  /// half a second to be answered; all else is kCancelled: not sent, or sent and given up (it may have been done).
  virtual void apply_all(std::span<const ApplyRequest> requests, std::size_t concurrency, std::stop_token stop,
                         const Answer& answer) = 0;

  using Removed = std::function<void(std::size_t index, Status&& status)>;

  /// Deletes all, under the rules of `apply_all`. An object that is not there counts as deleted; one under the name
  /// with another UID is kConflict. Success means that the server accepted it: finalizers may keep the object for a
  /// while.
  virtual void remove_all(std::span<const RemoveRequest> requests, std::size_t concurrency, std::stop_token stop,
                          const Removed& removed) = 0;

  virtual Result<Json> get(const ObjectKey& key, const std::string& api_version, Projection projection) = 0;

  /// All objects of the request, one page at a time in memory (500 objects), each handed to `each` on the caller's
  /// thread. When the pages expire midway (410) the list begins again: `each` may then see an object twice, the later
  /// one newer.
  virtual Status list(const ListRequest& request, const std::function<void(Json&& object)>& each) = 0;

  virtual Result<Json> patch(const PatchRequest& request) = 0;

  /// The last lines that a container of a pod has written, at most 64 KiB; `container` "" for a pod with only one.
  virtual Result<std::string> log(const ObjectKey& pod, const std::string& container, int lines) = 0;

  /// Not repeated when the connection was lost after sending.
  virtual Result<Json> create(const CreateRequest& request) = 0;

  /// Follows what the request names until the returned object is destroyed. Never blocks; `handler` outlives the watch.
  virtual std::unique_ptr<Watch> watch(const ListRequest& request, WatchHandler& handler) = 0;

  /// The server's version, as `v1.36.0`.
  virtual Result<std::string> version() = 0;

  /// The server says that it is ready for work (`/readyz`).
  virtual Status ready() = 0;

  /// One request of `apply_all`.
  Result<Json> apply(const ApplyRequest& request);
  /// `apply_all` with the answers in the order of the requests.
  std::vector<Result<Json>> apply_all(std::span<const ApplyRequest> requests, std::size_t concurrency,
                                      std::stop_token stop);
  /// One request of `remove_all`.
  Status remove(const RemoveRequest& request);
  /// `remove_all` with the answers in the order of the requests.
  std::vector<Status> remove_all(std::span<const RemoveRequest> requests, std::size_t concurrency,
                                 std::stop_token stop);
};

}  // namespace reconciler::kube
