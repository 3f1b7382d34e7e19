#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "controller/pods.h"
#include "controller/time_text.h"
#include "kube/cluster.h"
#include "sync/execution.h"
#include "sync/live.h"
#include "sync/names.h"

namespace reconciler::controller {

/// Follows every object that belongs to an ApplySet, of the kinds that it was told, by one watch a kind for all
/// environments. What is asked of it costs no request. Thread-safe.
class Members final : public sync::LiveView {
 public:
  /// Called when something that matters to an environment changed: its ApplySet, or "" for all of them (a kind cannot
  /// be followed any more, or can be again). Comes from the transport thread or from a caller of `applied`; must not
  /// block.
  using Changed = std::function<void(const std::string& part_of)>;

  /// `label` marks what belongs to an ApplySet: its members, or its hooks.
  Members(kube::Cluster& cluster, Changed changed, const Clock& clock = system_clock(),
          const char* label = sync::kPartOfLabel);
  ~Members() override;
  /// Follows nothing any more; `changed` is not called by a watch when this returns. The destructor does it, too.
  void stop();

  /// Follows these kinds from now on and waits until what lives of them is known. Kinds that the cluster does not serve
  /// (yet) are passed over. Errors: kUnavailable after `patience`, kForbidden (no right to watch), kCancelled.
  Status follow(const std::set<GroupKind>& kinds, Duration patience, const std::stop_token& stop);

  /// How the health of an ApplySet's members is assessed, before our own rules. Others than before make the service
  /// list the kinds that they concern anew: the next `follow` waits for that.
  void use_rules(const std::string& part_of, const std::vector<health::HealthRule>& rules);

  /// Follows the pods of an ApplySet's workloads, which are in these namespaces: a workload whose pods cannot run is
  /// Degraded with their cause, long before its own deadline. Not to be called from a watch's handler.
  void follow_pods(const std::string& part_of, const std::set<std::string>& namespaces);
  /// Brings the health that changes by the passing of time alone up to date. Returns when that will be next for a
  /// member of the set; nothing when only news can change it.
  std::optional<SteadyTime> look_at_pods(const std::string& part_of);

  /// The members of an ApplySet, and what else lives under the keys of the set and belongs to another one: when such an
  /// object goes, or changes hands, that is news for this set, too, until its next snapshot.
  sync::LiveSet snapshot(const sync::DesiredSet& set);
  /// The parent of an ApplySet is gone: news for those that want what belonged to it.
  void parent_gone(const std::string& part_of);

  /// What bears the label with that value.
  sync::LiveSet members_of(const std::string& part_of) const;

  /// Why what is known of one of these kinds may be out of date (kUnavailable); absent while all of them that are
  /// followed can be. One kind alone may be out of reach, as when its conversion webhook or its aggregated API server
  /// is down.
  std::optional<Error> trouble(const std::set<GroupKind>& kinds) const;

  void applied(const Json& object) override;
  void deletion_accepted(const ObjectKey& key, const std::string& uid) override;
  Status wait_gone(const std::vector<std::pair<ObjectKey, std::string>>& objects, Duration patience,
                   std::stop_token stop) override;
  Status wait_healthy(const std::vector<ObjectKey>& keys, Duration patience, std::stop_token stop) override;

 private:
  class KindWatch;
  using Member = std::shared_ptr<const sync::LiveMember>;

  /// A live object as it was shown.
  struct Shown {
    sync::LiveMember member;
    bool by_pods = false;  ///< Its pods say how it does, too.
  };

  /// Remembers the object. Returns the ApplySets for which that is news.
  std::set<std::string> put(Shown shown);
  std::set<std::string> drop(const ObjectKey& key);
  void add_wanting(const ObjectKey& key, std::set<std::string>& sets) const;
  void tell(const std::set<std::string>& part_of);
  Shown reduced(const Json& object) const;
  health::Health judged(const ObjectKey& key, const health::Health& own) const;
  std::set<std::string> judge(const ObjectKey& key);
  bool needs_body(const GroupKind& type) const;
  void list_again(const std::vector<health::HealthRule>& concerned);
  bool is_known(const std::set<GroupKind>& kinds, std::optional<Error>& refused) const;

  kube::Cluster& cluster_;
  const Changed changed_;
  const char* const label_;

  mutable std::mutex mutex_;
  std::condition_variable_any news_;
  // Guarded by mutex_.
  std::unordered_map<ObjectKey, Member> members_;
  std::unordered_map<std::string, std::set<ObjectKey>> keys_by_set_;
  std::map<std::string, std::set<ObjectKey>> wanted_;  ///< By ApplySet: what its last snapshot found to be another's.
  std::map<GroupKind, std::unique_ptr<KindWatch>> watches_;
  std::map<std::string, std::vector<health::HealthRule>> rules_;  ///< By ApplySet.
  std::unordered_map<ObjectKey, health::Health> own_health_;      ///< Of members whose pods say more.

  const std::unique_ptr<Pods> pods_;  ///< Last: its watches call all of the above.
};

}  // namespace reconciler::controller
