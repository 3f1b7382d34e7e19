#include "controller/status_store.h"

#include <utility>

namespace reconciler::controller {

void StatusStore::put(Snapshot status) {
  const std::scoped_lock lock(mutex_);
  auto& entry = entries_[status->name];
  entry.status = std::move(status);
}

void StatusStore::put_objects(const std::string& name, std::vector<ObjectStatus> objects) {
  auto shared = std::make_shared<const std::vector<ObjectStatus>>(std::move(objects));
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(name);
  if (found != entries_.end()) found->second.objects = std::move(shared);
}

void StatusStore::erase(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  entries_.erase(name);
}

std::vector<StatusStore::Snapshot> StatusStore::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Snapshot> all;
  for (const auto& [name, entry] : entries_) all.push_back(entry.status);
  return all;
}

StatusStore::Snapshot StatusStore::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : found->second.status;
}

StatusStore::Objects StatusStore::objects(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : found->second.objects;
}

}  // namespace reconciler::controller
