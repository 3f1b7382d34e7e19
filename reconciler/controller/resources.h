#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "controller/environment.h"
#include "controller/event_recorder.h"
#include "controller/resource.h"
#include "controller/rush.h"
#include "controller/status.h"
#include "controller/time_text.h"
#include "controller/undeclared_fields.h"
#include "kube/cluster.h"

namespace reconciler::controller {

/// The `Environment` custom resources: mirrors of what Git says, parents of the ApplySets, and where status is
/// published. Keeps a watch on them; publishes on a thread of its own, the latest status of each environment, and only
/// what differs from what is published. Thread-safe.
class Resources {
 public:
  /// Called, from the transport thread, with the name of a resource that was changed or deleted, by whomever; with ""
  /// when all are listed for the first time, and when the API server went out of reach or came back.
  using Changed = std::function<void(const std::string& name)>;

  /// `service` tells apart the resources of several services in one cluster: which repository, branch and folder.
  Resources(kube::Cluster& cluster, std::string service, Changed changed, const Clock& clock = system_clock());
  ~Resources();

  /// Begins to follow the resources. What is known stays empty until the first list came (`listed`).
  void start();
  /// `changed` is not called any more, and nothing published, when this returns. The destructor does it, too.
  void stop();
  /// Whether what lives is known.
  bool listed() const;
  /// Waits for it. Errors: kUnavailable at once when the API server cannot be reached (also when all was known: it may
  /// be out of date), else after `patience`; kNotFound when the definition is not installed; kForbidden.
  Status wait_listed(Duration patience, const std::stop_token& stop) const;

  std::optional<Resource> find(const std::string& name) const;
  /// The resources that this service made.
  std::vector<std::string> names() const;
  bool is_ours(const Resource& resource) const { return resource.service == service_; }
  /// The name of the `Environment` that is the ApplySet's parent; absent when none lives.
  std::optional<std::string> parent_of(const std::string& part_of) const;
  /// As the function of that name (`resource.h`), of all that live. `goes` may not call back.
  std::map<ObjectKey, std::string> needed_by_others(const std::string& name, const sync::LiveSet& live,
                                                    const std::function<bool(const Resource&)>& goes) const;

  /// Makes the resource what the environment says, if it is not. One that is no parent yet becomes that of `scope`, a
  /// new one at once. Errors: those of an apply; kConflict when another service made it.
  Status ensure(const Environment& environment, const sync::ApplySetScope& scope = {});
  /// Makes the parent name these kinds and namespaces, and the target of a confirmed prune ("" for none), if it does
  /// not.
  Status set_scope(const std::string& name, const sync::ApplySetScope& scope, const std::string& pruning = "");
  /// An order counts at once, is written soon (as annotations of the resource, so that it outlives this process) where
  /// a resource of ours lives, and tried again until it is.
  void suspend(const std::string& name, Suspension suspension);
  void resume(const std::string& name);
  /// Asks whoever works on the environment for a sync with that id.
  void ask_resync(const std::string& name, const std::string& id);
  /// What was last asked for, of this process or by the annotation; "" when nothing was.
  std::string asked_resync(const std::string& name) const;
  /// Waits until all orders for that environment are written, while the API server is in reach. Whether they are.
  bool wait_written(const std::string& name, Duration patience);
  /// Lets a resource that is being deleted go: takes our finalizer from it.
  Status release(const Resource& resource);
  /// Deletes the resource, finalizer and all. Errors: those of a delete.
  Status remove(const std::string& name);

  /// Tells Kubernetes what happened to an environment (`event_recorder.h`), once no status was published for a moment,
  /// and in ten seconds at the latest: syncs under way need the API server more. Does not wait.
  void announce(const std::string& name, const std::vector<Transition>& happened);
  /// How many Events wait to be written.
  std::size_t events_waiting() const { return events_.waiting(); }
  /// Publishes soon; does not wait. A later status of the same environment takes the place of one that waits. That a
  /// sync is under way is published when it lasts. When many environments sync at a time, their statuses go together,
  /// five seconds late at most.
  void publish(const std::shared_ptr<const EnvironmentStatus>& status);
  /// What was given to `publish` and is not out yet stays unsaid: another replica speaks for the environment now.
  void withdraw(const std::string& name);
  /// Waits until what was last given to `publish` for that environment is in the cluster. Errors: kUnavailable after
  /// `patience`, kCancelled.
  Status wait_published(const std::string& name, Duration patience, const std::stop_token& stop);
  /// Waits until all that was given to `publish` and `announce`, and all orders, are out, at once, or `patience` has
  /// passed. Nothing is kept back from then on.
  void flush(Duration patience, const std::stop_token& stop = {});
  /// The same of what was given to `publish`. Returns the environments whose status is not out.
  std::set<std::string> flush_statuses(Duration patience, const std::stop_token& stop);

 private:
  class Follower;
  /// What was asked of one environment.
  struct Order {
    std::optional<std::optional<Suspension>> suspension;  ///< Nothing in it for an end.
    std::string resync;                                   ///< "" when none was asked for.
    bool operator==(const Order&) const = default;
  };
  using Orders = std::map<std::string, Order>;
  using Statuses = std::map<std::string, std::shared_ptr<const EnvironmentStatus>>;

  struct Waiting {
    std::shared_ptr<const EnvironmentStatus> status;
    SteadyTime due;
  };

  void run_publisher(const std::stop_token& stop);
  /// Waits until something is to be written; false when it is to end. The mutex is held.
  bool wait_due(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  Statuses take_due();
  SteadyTime due_of(const std::string& name, const Waiting& waiting) const;
  /// Returns what could not be published. What the definition in the cluster does not know is left out.
  Statuses publish_all(const Statuses& batch);
  void tell_undeclared();
  /// What has to be sent for it to be published; nothing when it is, or when there is no resource of ours.
  std::optional<kube::ApplyRequest> publication(const EnvironmentStatus& status) const;
  /// When Events are to be written; never when none waits. The mutex is held.
  SteadyTime events_due() const;
  bool write_events();
  void give(const std::string& name, const std::function<void(Order&)>& change);
  /// Whether a resource of ours lives on which an order can be written. The mutex is held.
  bool can_write(const std::string& name) const;
  /// Those that can be written. The mutex is held.
  Orders orders_due() const;
  /// Returns whether all were written. Ends at the first that does not reach the API server: the others come before it
  /// the next time.
  bool write_all(const Orders& orders);
  Status write_now(const std::string& name, const Order& order);
  Status apply(const std::string& name, const Json& body, const std::string& subresource, const std::string& manager);
  void put(const Json& object);

  kube::Cluster& cluster_;
  const std::string service_;
  const Changed changed_;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any news_;
  // Guarded by mutex_.
  std::map<std::string, Resource> resources_;
  std::map<std::string, std::string> parents_;  ///< By ApplySet, also of those that went.
  bool listed_ = false;
  std::optional<Error> trouble_;
  std::map<std::string, Waiting> waiting_;
  std::set<std::string> awaited_;    ///< Whose status somebody waits for: it is not kept back.
  std::set<std::string> withdrawn_;  ///< While statuses are being written: those that are not written again.
  Rush rush_;                        ///< Of the statuses that are no passing ones.
  bool keeps_back_ = true;
  Orders orders_;               ///< Given, and not written yet.
  bool has_new_order_ = false;  ///< Given since the publisher looked.
  bool publishing_ = false;
  std::set<std::string> in_flight_;  ///< Whose statuses are being written.
  unsigned flushes_ = 0;             ///< Under way.
  SteadyTime published_{};           ///< When the last status came.
  SteadyTime untold_since_{};        ///< When the Events that wait began to.
  EventRecorder events_;             ///< Needs no guard.
  std::string unreached_;            ///< The environment whose order found the API server out of reach. As below.
  UndeclaredFields undeclared_;      ///< Of statuses. The publisher's thread alone uses it.
  std::size_t told_undeclared_ = 0;  ///< How many of them the log names. As above.

  std::unique_ptr<Follower> follower_;
  std::jthread publisher_;
};

}  // namespace reconciler::controller
