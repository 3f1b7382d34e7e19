#include "controller/status_store.h"

#include <utility>

namespace reconciler::controller {

void StatusStore::put(Snapshot status, Objects objects) {
  const std::scoped_lock lock(mutex_);
  auto& entry = entries_[status->name];
  if (objects != nullptr) entry.objects = std::move(objects);
  entry.status = std::move(status);
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
