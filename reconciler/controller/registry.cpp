#include "controller/registry.h"

#include <utility>

#include "controller/resource.h"

namespace reconciler::controller {
namespace {

bool is_same(const Registry::Entry& a, const Registry::Entry& b) {
  if (a.environment != b.environment || a.bad.has_value() != b.bad.has_value()) return false;
  return !a.bad || a.bad->line() == b.bad->line();
}

}  // namespace

std::set<std::string> Registry::update(Environments environments) {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, Entry> entries;
  for (auto& [name, environment] : environments.good) entries[name].environment = std::move(environment);
  for (auto& bad : environments.bad) {
    auto& entry = entries[bad.name];
    entry.bad = std::move(bad.error);
    const auto before = entries_.find(bad.name);
    if (before != entries_.end()) entry.environment = before->second.environment;
  }
  // Which file a vanished environment was in is not known: while a file is bad, none counts as gone.
  complete_ = environments.bad.empty();
  if (!complete_) {
    for (const auto& [name, entry] : entries_) entries.emplace(name, entry);
  }
  std::set<std::string> changed;
  for (const auto& [name, entry] : entries) {
    const auto before = entries_.find(name);
    if (before == entries_.end() || !is_same(before->second, entry)) changed.insert(name);
  }
  for (const auto& [name, entry] : entries_) {
    if (entries.count(name) == 0) changed.insert(name);
  }
  entries_ = std::move(entries);
  names_.clear();
  for (const auto& [name, entry] : entries_) names_.emplace(part_of(name), name);
  loaded_ = true;
  return changed;
}

std::optional<Registry::Entry> Registry::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(name);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

std::map<std::string, Registry::Entry> Registry::all() const {
  const std::scoped_lock lock(mutex_);
  return entries_;
}

std::optional<std::string> Registry::name_of(const std::string& part_of) const {
  const std::scoped_lock lock(mutex_);
  const auto found = names_.find(part_of);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

bool Registry::is_complete() const {
  const std::scoped_lock lock(mutex_);
  return complete_;
}

bool Registry::is_loaded() const {
  const std::scoped_lock lock(mutex_);
  return loaded_;
}

}  // namespace reconciler::controller
