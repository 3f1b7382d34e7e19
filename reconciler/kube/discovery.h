#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kube/cluster.h"
#include "kube/persistent_send.h"

namespace reconciler::kube {

/// The kinds that a server serves, as two documents tell it: the aggregated discovery of `/api` and `/apis`.
/// Source: k8s.io/api/apidiscovery/v2 (KEP-3352; on by default since Kubernetes 1.27). Immutable.
class ApiCatalogue {
 public:
  /// Nothing when a text is not such a document.
  static std::optional<ApiCatalogue> read(std::string_view core, std::string_view groups);

  /// `version` "" takes the first in the server's order of preference.
  std::optional<ApiResource> find(const GroupKind& type, const std::string& version) const;

  /// Whether the server itself could not tell all kinds of a group: the aggregated API behind it is down.
  bool is_incomplete(const std::string& group) const { return incomplete_.count(group) != 0; }

 private:
  std::map<GroupKind, std::vector<ApiResource>> kinds_;  // the versions in the server's order
  std::set<std::string> incomplete_;                     // groups
};

/// What is known of the server's kinds, read when it is asked for. Thread-safe.
class Discovery {
 public:
  /// Outlives the transport's thread.
  explicit Discovery(SendMeans means);

  /// From memory only; nothing after `forget` until it was read anew.
  std::optional<ApiResource> find(const GroupKind& type, const std::string& version) const;

  /// Whether the server could not tell all kinds of the group when it was last asked.
  bool is_incomplete(const std::string& group) const;
  /// What to say of a kind that `find` does not know: kNotFound, or kUnavailable where the server could not tell.
  Error missing(const GroupKind& type, const std::string& version) const;

  /// Whether reading again could tell more: never read, read more than a second ago, or told to forget.
  bool is_due() const;
  void forget();
  /// Whether it was told to forget so lately (3 s) that the server may still be about to list a new kind: it does so
  /// some time after the definition is established. Meanwhile a reading is due every 100 ms.
  bool is_settling() const;

  /// Reads discovery, with more tries where they help; `then` is called on the transport thread. Whoever asks while a
  /// reading is under way shares it.
  void refresh(std::function<void(const Status&)> then);

 private:
  struct Reading;
  void take(const std::shared_ptr<Reading>& reading, bool core, HttpAnswer&& answer);
  Status store(const Reading& reading);
  bool settles() const;  // with the lock held

  const SendMeans means_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const ApiCatalogue> catalogue_;
  std::optional<SteadyTime> read_at_;
  std::optional<SteadyTime> forgotten_at_;
  std::uint64_t forgotten_ = 0;                              // how often: a reading that began before is no news
  std::vector<std::function<void(const Status&)>> waiting_;  // for the reading under way; empty when there is none
};

}  // namespace reconciler::kube
