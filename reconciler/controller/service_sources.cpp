// From news of remotes, and of the cluster, to names in the queue.
#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "controller/running_service.h"
#include "git/url.h"

namespace reconciler::controller {

Result<std::unique_ptr<git::Mirror>> RunningService::open_mirror(const std::string& url) {
  if (url == main_url() && main_mirror_ != nullptr) return std::move(main_mirror_);
  auto options = options_.repository;
  options.url = url;
  return git::open_mirror(options_.data_dir, std::move(options));
}

void RunningService::looked(const std::string& url) {
  const auto view = sources_->view(url, options_.branch);
  metrics_.looked(view.error ? "failed" : "news");
  if (view.error) spdlog::warn("git: {}", view.error->line());
  if (url == main_url() && view.looked && !view.head && !view.error)
    spdlog::warn("git: {} has no branch '{}', so there are no environments", git::scrubbed(url), options_.branch);
  std::set<std::string> due;
  if (url == main_url() && view.head) due = read_environments();
  due.merge(moved(url));
  for (const auto& name : due) work_anew(name);
  for (const auto& name : asked_of(url)) queue_.add(name);
}

std::vector<std::string> RunningService::asked_of(const std::string& url) {
  std::vector<std::string> names;
  const std::scoped_lock lock(mutex_);
  std::erase_if(asked_, [&](const auto& asked) {
    if (asked.second != url) return false;
    names.push_back(asked.first);
    return true;
  });
  return names;
}

/// Reads them when their branch moved. Returns the names that changed, came or went, also while nobody looked.
std::set<std::string> RunningService::read_environments() {
  const auto view = sources_->view(main_url(), options_.branch);
  {
    const std::scoped_lock lock(mutex_);
    if (!view.head || read_at_ == view.head->id) return {};
  }
  const auto tree = sources_->tree(main_url(), view.head->id);
  auto environments =
      tree ? controller::read_environments(**tree, options_.environments) : Result<Environments>(fail(tree.error()));
  if (tree && !environments && environments.error().kind == ErrorKind::kNotFound) environments = without_folder();
  if (!environments) {
    spdlog::error("{} of branch {} cannot be read: {}", options_.environments, options_.branch,
                  environments.error().line());
    return {};
  }
  for (const auto& bad : environments->bad) spdlog::error("environment {}: {}", bad.name, bad.error.line());
  auto due = registry_.update(*std::move(environments));
  {
    const std::scoped_lock lock(mutex_);
    read_at_ = view.head->id;
  }
  follow_sources();
  for (const auto& name : resources_->names()) {
    if (!registry_.find(name)) due.insert(name);
  }
  return due;
}

/// The folder of the environments is not in the commit. That may be a mistake, so none of them counts as gone.
Result<Environments> RunningService::without_folder() const {
  const Error error{ErrorKind::kInvalid,
                    "there is no folder '" + options_.environments + "' on branch " + options_.branch +
                        " any more, so nothing is removed; if that is meant, commit " + options_.environments +
                        "/.gitkeep",
                    {}};
  std::set<std::string> names;
  for (const auto& [name, entry] : registry_.all()) names.insert(name);
  for (auto& name : resources_->names()) names.insert(std::move(name));
  if (names.empty()) return fail(error);
  Environments environments;
  for (const auto& name : names) environments.bad.push_back({name, error});
  return environments;
}

void RunningService::follow_sources() {
  std::map<std::string, Sources::Following> remotes;
  remotes[main_url()] = {{options_.branch}, options_.interval};
  for (const auto& [name, entry] : registry_.all()) {
    if (!entry.environment) continue;
    const Environment& environment = *entry.environment;
    auto& following = remotes.try_emplace(url_of(environment), Sources::Following{{}, options_.interval}).first->second;
    following.branches.insert(environment.source.branch);
    if (environment.interval.count() > 0) following.interval = std::min(following.interval, environment.interval);
  }
  sources_->follow(remotes);
}

/// The environments whose head, or whose trouble with the remote, is another one than when they were last returned.
std::set<std::string> RunningService::moved(const std::string& url) {
  std::set<std::string> names;
  for (const auto& [name, entry] : registry_.all()) {
    if (!entry.environment || url_of(*entry.environment) != url) continue;
    const auto view = sources_->view(url, entry.environment->source.branch);
    const auto seen = (view.head     ? view.head->id
                       : view.looked ? "none"
                                     : "") +
                      (view.error ? " " + view.error->line() : "");
    const std::scoped_lock lock(mutex_);
    if (std::exchange(seen_heads_[name], seen) != seen) names.insert(name);
  }
  // Those of an earlier process have to be told that Git cannot be read.
  if (!registry_.is_loaded()) {
    for (auto& name : resources_->names()) names.insert(std::move(name));
  }
  return names;
}

void RunningService::enqueue_set(const std::string& set) {
  if (set.empty()) return enqueue_all();
  if (const auto name = registry_.name_of(set))
    return queue_.add(*name, std::max(clock_.steady(), reconciler_->rests_until(*name)));
  const auto parent = resources_->parent_of(set);
  const auto resource = parent ? resources_->find(*parent) : std::nullopt;
  if (resource && resources_->is_ours(*resource)) queue_.add(*parent);
}

void RunningService::enqueue_all() {
  for (const auto& [name, entry] : registry_.all()) queue_.add(name);
  for (const auto& name : resources_->names()) queue_.add(name);
}

void RunningService::resource_changed(const std::string& name) {
  if (name.empty()) return enqueue_all();
  const auto entry = registry_.find(name);
  if (entry && entry->environment && reconciler_->owes_resync(name)) return look_again(*entry->environment);
  const auto resource = resources_->find(name);
  if (resource && resource->suspension) return work_anew(name);
  queue_.add(name);
}

/// Asks the remote for news, and enqueues the environment whatever they are.
void RunningService::look_again(const Environment& environment) {
  {
    const std::scoped_lock lock(mutex_);
    asked_[environment.name] = url_of(environment);
  }
  sources_->look_now(url_of(environment));
}

/// A forge may tell one push many times: what is known already need not be asked for.
bool RunningService::knows(const std::string& url, const Push& push) const {
  const auto view = sources_->view(url, push.branch);
  return view.head && !view.error && view.head->id == push.commit;
}

}  // namespace reconciler::controller
