// What the HTTP interface asks of the service.
#include <algorithm>
#include <utility>

#include "controller/running_service.h"

namespace reconciler::controller {
namespace {

/// For a suspension or a resync to be in the cluster before whoever asked for it has an answer.
constexpr Duration kWritePatience = std::chrono::seconds(1);
/// Every request has a time limit, so that no reconciliation takes this long unless something is broken.
constexpr Duration kLongestReconciliation = std::chrono::minutes(30);

}  // namespace

/// What another replica works on is known here from what it published.
std::shared_ptr<const EnvironmentStatus> RunningService::environment(const std::string& name) const {
  if (!is_others(name)) return statuses_.find(name);
  const auto resource = resources_->find(name);
  if (!resource || !resources_->is_ours(*resource)) return nullptr;
  return std::make_shared<const EnvironmentStatus>(resource->status);
}

std::vector<std::shared_ptr<const EnvironmentStatus>> RunningService::environments() const {
  if (leases_ == nullptr) return statuses_.all();
  std::map<std::string, std::shared_ptr<const EnvironmentStatus>> all;
  for (const auto& status : statuses_.all()) all[status->name] = status;
  for (const auto& name : resources_->names()) {
    if (is_others(name)) all[name] = environment(name);
  }
  std::vector<std::shared_ptr<const EnvironmentStatus>> known;
  for (auto& [name, status] : all) {
    if (status != nullptr) known.push_back(std::move(status));
  }
  return known;
}

Result<std::string> RunningService::request_sync(const std::string& name) {
  const auto entry = registry_.find(name);
  if (!entry || !entry->environment) return fail(ErrorKind::kNotFound, "there is no environment '" + name + "'");
  if (entry->environment->suspend) {
    return fail(ErrorKind::kConflict, "environment '" + name + "' is suspended; take `suspend` out of its file first");
  }
  if (const auto resource = resources_->find(name); resource && resource->suspension) {
    return fail(ErrorKind::kConflict,
                "environment '" + name + "' is " + resource->suspension->text() + "; resume it first");
  }
  auto id = reconciler_->request(name);
  look_again(*entry->environment);
  resources_->wait_written(name, kWritePatience);
  return id;
}

Result<std::pair<Environment, Resource>> RunningService::mirrored(const std::string& name) const {
  const auto entry = registry_.find(name);
  if (!entry || !entry->environment) return fail(ErrorKind::kNotFound, "there is no environment '" + name + "'");
  const auto resource = resources_->find(name);
  if (!resource || !resources_->is_ours(*resource)) {
    return fail(ErrorKind::kUnavailable, "environment '" + name + "' is not in the cluster yet; try again");
  }
  return std::pair(*entry->environment, *resource);
}

Result<bool> RunningService::request_suspend(const std::string& name, const std::string& by,
                                             const std::string& reason) {
  TRY_VOID(mirrored(name).map([](const auto&) {}));
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  resources_->suspend(name, Suspension{by, reason, now, false});
  work_anew(name);
  return resources_->wait_written(name, kWritePatience);
}

Result<bool> RunningService::request_resume(const std::string& name) {
  TRY(const auto found, mirrored(name));
  const auto& [environment, resource] = found;
  if (environment.suspend || (resource.suspension && resource.suspension->in_git)) {
    return fail(ErrorKind::kConflict, "environment '" + name + "' is suspended in Git; take that out of its file");
  }
  if (resource.suspension) resources_->resume(name);
  work_anew(name);
  return resources_->wait_written(name, kWritePatience);
}

/// What is under way works on what no longer holds.
void RunningService::work_anew(const std::string& name) {
  reconciler_->supersede(name);
  queue_.add(name);
}

std::vector<std::string> RunningService::pushed(const Push& push) {
  std::vector<std::string> names;
  std::set<std::string> urls;
  for (const auto& [name, entry] : registry_.all()) {
    if (!entry.environment || entry.environment->source.branch != push.branch) continue;
    names.push_back(name);
    if (knows(url_of(*entry.environment), push)) continue;
    reconciler_->note_push(name, push.commit);
    urls.insert(url_of(*entry.environment));
  }
  if (push.branch == options_.branch && !knows(main_url(), push)) urls.insert(main_url());
  for (const auto& url : urls) sources_->look_now(url);
  return names;
}

std::unique_ptr<EventLog::Following> RunningService::follow_events(const std::string& name, const std::string& since,
                                                                   EventLog::Listener listener) {
  // Asked afterwards: whoever follows before the environment is handed over is told of that.
  auto following = events_.follow(name, since, std::move(listener));
  if (is_others(name) || statuses_.find(name) == nullptr) return nullptr;
  return following;
}

bool RunningService::live() const {
  const auto now = clock_.steady();
  const std::scoped_lock lock(mutex_);
  return std::all_of(in_work_.begin(), in_work_.end(),
                     [now](const auto& entry) { return now - entry.second < kLongestReconciliation; });
}

bool RunningService::ready() const {
  if (!registry_.is_loaded() || !resources_->listed()) return false;
  const auto all = registry_.all();
  const std::scoped_lock lock(mutex_);
  return std::all_of(all.begin(), all.end(), [&](const auto& entry) { return looked_at_.count(entry.first) != 0; });
}

std::string RunningService::metrics() const {
  metrics_.queue_depth(queue_.depth());
  metrics_.events_waiting(resources_->events_waiting());
  return metrics_.text();
}

}  // namespace reconciler::controller
