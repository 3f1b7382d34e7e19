#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "controller/lease_record.h"
#include "kube/cluster.h"

namespace reconciler::controller {

/// Shares the environments among the replicas of a service: an environment is worked on by the replica that holds its
/// Lease, which has its name. A holder that cannot renew stops before another may begin; one that ends gives its Leases
/// up. Costs a watch, and a request every few seconds for each Lease that is held. Thread-safe.
class Leases {
 public:
  /// Called, from a thread of its own, when this replica has got an environment, or has lost it.
  using Changed = std::function<void(const std::string& name, bool held)>;

  /// `identity` tells the replicas apart. A restarted one keeps it, and goes on at once with what it held.
  Leases(kube::Cluster& cluster, const Clock& clock, std::string namespace_, std::string identity, Changed changed);
  ~Leases();
  void start();
  /// `changed` is not called any more when this returns. The destructor does it, too.
  void stop();

  /// Whether the environment is this replica's to work on now. From the first call on, it takes part in the contest.
  bool claim(const std::string& name);
  /// The same without taking part.
  bool holds(const std::string& name) const;
  /// Who works on it, as was last heard; "" when nobody does.
  std::string holder(const std::string& name) const;
  /// The environment is no more: its Lease goes when it is ours.
  void drop(const std::string& name);
  /// Gives up all but `kept`, so that others take them at once, and takes none any more. Waits for the server.
  void release(const std::set<std::string>& kept);

 private:
  class Follower;

  void run(const std::stop_token& stop);
  void step(const std::string& name);
  void take(const std::string& name, const LeaseView& view, LeaseStep step);
  Result<Json> send(const std::string& name, const LeaseView& view, LeaseStep step);
  Result<Json> patch(const std::string& name, const Json& body);
  void give_up(const std::string& name, const LeaseView& view);
  bool is_wanted(const std::string& name) const;
  void remove(const std::string& name);
  void tell_changes();
  void put(const std::string& name, LeaseRecord record);
  void forget(const std::string& name);
  void wake();
  ObjectKey key_of(const std::string& name) const;

  kube::Cluster& cluster_;
  const Clock& clock_;
  const std::string namespace_;
  const std::string identity_;
  const Changed changed_;

  mutable std::mutex mutex_;
  std::condition_variable_any news_;
  // Guarded by mutex_.
  std::map<std::string, LeaseView> views_;  ///< All Leases that live, and those that are wanted.
  std::set<std::string> wanted_;
  std::set<std::string> told_;  ///< Those that `changed` was last told are held.
  bool listed_ = false;
  bool has_news_ = false;

  std::unique_ptr<Follower> follower_;
  std::jthread thread_;
};

}  // namespace reconciler::controller
