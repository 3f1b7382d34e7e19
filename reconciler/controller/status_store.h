#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "controller/status.h"

namespace reconciler::controller {

/// The latest published status of every environment. Readers get immutable snapshots and never wait for a sync.
/// Thread-safe.
class StatusStore {
 public:
  using Snapshot = std::shared_ptr<const EnvironmentStatus>;
  using Objects = std::shared_ptr<const std::vector<ObjectStatus>>;

  /// Both at once, so that nobody reads the one without the other. Null leaves the objects as they were.
  void put(Snapshot status, Objects objects = nullptr);
  void erase(const std::string& name);

  std::vector<Snapshot> all() const;
  Snapshot find(const std::string& name) const;
  /// Null when there is no such environment; empty while its objects are not known.
  Objects objects(const std::string& name) const;

 private:
  struct Entry {
    Snapshot status;
    Objects objects = std::make_shared<std::vector<ObjectStatus>>();
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  ///< Guarded by mutex_.
};

}  // namespace reconciler::controller
