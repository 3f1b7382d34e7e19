#include "controller/service.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/thread_name.h"
#include "controller/leases.h"
#include "controller/members.h"
#include "controller/metrics.h"
#include "controller/reconciler.h"
#include "controller/registry.h"
#include "controller/renderer.h"
#include "controller/resources.h"
#include "controller/sources.h"
#include "controller/status_store.h"
#include "controller/sync_id.h"
#include "controller/work_queue.h"
#include "git/url.h"
#include "kube/connect.h"

namespace reconciler::controller {
namespace {

constexpr Duration kFlushPatience = std::chrono::seconds(1);
/// For a suspension to be in the cluster before whoever asked for it has an answer.
constexpr Duration kWritePatience = std::chrono::seconds(1);
/// For what is under way, and then for the server to take the Leases back.
constexpr Duration kIdlePatience = std::chrono::milliseconds(700);
constexpr Duration kReleasePatience = std::chrono::milliseconds(1200);
constexpr Duration kAfterDefect = std::chrono::minutes(1);
/// Every request has a time limit, so that no reconciliation takes this long unless something is broken.
constexpr Duration kLongestReconciliation = std::chrono::minutes(30);

/// Of this replica, also after a restart: two processes never share a data folder.
std::string replica_identity(const std::string& data_dir) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return std::string(host) + "_" + sha256_hex(std::filesystem::weakly_canonical(data_dir).string()).substr(0, 8);
}

class RunningService final : public Service {
 public:
  RunningService(ServiceOptions options, std::unique_ptr<git::Mirror> mirror)
      : options_(std::move(options)), main_mirror_(std::move(mirror)) {}
  ~RunningService() override { stop(); }

  Status start();
  void stop() override;

  std::vector<std::shared_ptr<const EnvironmentStatus>> environments() const override;
  std::shared_ptr<const EnvironmentStatus> environment(const std::string& name) const override;
  std::shared_ptr<const std::vector<ObjectStatus>> objects(const std::string& name) const override {
    return is_others(name) ? nullptr : statuses_.objects(name);
  }
  Result<std::string> request_sync(const std::string& name) override;
  Result<bool> request_suspend(const std::string& name, const std::string& by, const std::string& reason) override;
  Result<bool> request_resume(const std::string& name) override;
  std::vector<std::string> pushed(const Push& push) override;
  std::unique_ptr<EventLog::Following> follow_events(const std::string& name, const std::string& since,
                                                     EventLog::Listener listener) override;
  bool live() const override;
  bool ready() const override;
  std::string metrics() const override;

 private:
  const std::string& main_url() const { return options_.repository.url; }
  const std::string& url_of(const Environment& environment) const {
    return environment.source.repository.empty() ? main_url() : environment.source.repository;
  }

  /// The environment as Git says it, and its resource. Errors: as `request_suspend`.
  Result<std::pair<Environment, Resource>> mirrored(const std::string& name) const;
  void work_anew(const std::string& name);
  bool knows(const std::string& url, const Push& push) const;
  Result<std::unique_ptr<git::Mirror>> open_mirror(const std::string& url);
  void looked(const std::string& url);
  void look_again(const Environment& environment);
  std::set<std::string> read_environments();
  Result<Environments> without_folder() const;
  void follow_sources();
  std::set<std::string> moved(const std::string& url);
  void enqueue_set(const std::string& part_of);
  void resource_changed(const std::string& name);
  void work(const std::stop_token& stop);
  std::optional<Duration> reconcile(const std::string& name, const std::stop_token& stop);

  // With several replicas.
  bool is_others(const std::string& name) const { return leases_ != nullptr && !leases_->holds(name); }
  bool is_known(const std::string& name) const { return registry_.find(name) || resources_->find(name); }
  void hand_over(const std::string& name);
  void lease_changed(const std::string& name, bool held);
  void release_leases();

  const ServiceOptions options_;
  const SystemClock clock_;
  std::stop_source working_;                  ///< Ends the workers.
  std::stop_source stop_;                     ///< Ends all, requests that are under way included.
  std::unique_ptr<git::Mirror> main_mirror_;  ///< Until the followers have it.

  mutable Metrics metrics_;
  mutable WorkQueue queue_{clock_};
  Registry registry_;
  Renderer renderer_{options_.rendering};
  StatusStore statuses_;
  EventLog events_{make_sync_id()};
  std::unique_ptr<kube::Cluster> cluster_;
  std::unique_ptr<Members> members_;
  std::unique_ptr<Members> hooks_;
  std::unique_ptr<Resources> resources_;
  std::unique_ptr<Sources> sources_;
  std::unique_ptr<Reconciler> reconciler_;
  std::unique_ptr<Leases> leases_;  ///< Null when this is the only replica there can be.
  std::vector<std::jthread> workers_;

  mutable std::mutex mutex_;
  std::condition_variable idle_;
  // Guarded by mutex_.
  std::map<std::string, std::string> seen_heads_;  ///< By environment: the head that it was last enqueued for.
  std::optional<std::string> read_at_;             ///< The commit that the environments were read from.
  std::set<std::string> looked_at_;                ///< Environments that were reconciled at least once.
  std::map<std::string, SteadyTime> in_work_;      ///< Environments that are worked on, and since when.
};

Status RunningService::start() {
  kube::ConnectOptions connection;
  connection.observer = &metrics_;
  connection.stop = stop_.get_token();
  TRY(cluster_, kube::connect(options_.cluster, connection));
  const auto service = git::scrubbed(main_url()) + " " + options_.branch + ":" + options_.environments;
  members_ = std::make_unique<Members>(*cluster_, [this](const std::string& part_of) { enqueue_set(part_of); }, clock_);
  hooks_ = std::make_unique<Members>(
      *cluster_, [this](const std::string& part_of) { enqueue_set(part_of); }, clock_, sync::kHookOfLabel);
  resources_ = std::make_unique<Resources>(
      *cluster_, service, [this](const std::string& name) { resource_changed(name); }, clock_);
  sources_ = std::make_unique<Sources>([this](const std::string& url) { return open_mirror(url); }, clock_,
                                       [this](const std::string& url, const SourceState& state) {
                                         metrics_.fetched(state.took, state.error.has_value());
                                         looked(url);
                                       });
  reconciler_ = std::make_unique<Reconciler>(Workplace{clock_, *cluster_, registry_, *sources_, renderer_, *members_,
                                                       *hooks_, *resources_, statuses_, metrics_, events_, main_url(),
                                                       options_.branch, options_.verify_interval});
  if (!options_.leases.empty()) {
    leases_ = std::make_unique<Leases>(*cluster_, clock_, options_.leases, replica_identity(options_.data_dir),
                                       [this](const std::string& name, bool held) { lease_changed(name, held); });
    leases_->start();
  }
  resources_->start();
  for (unsigned i = 0; i < options_.workers; ++i) {
    workers_.emplace_back([this] { work(working_.get_token()); });
  }
  follow_sources();
  return {};
}

void RunningService::stop() {
  if (resources_ != nullptr) resources_->flush(kFlushPatience);
  working_.request_stop();
  {
    const auto released = std::async(std::launch::async, [this] { release_leases(); });
    released.wait_for(kReleasePatience);
    stop_.request_stop();
  }
  workers_.clear();
  // Each calls into those after it.
  leases_.reset();
  sources_.reset();
  members_.reset();
  hooks_.reset();
  resources_.reset();
}

void RunningService::work(const std::stop_token& stop) {
  name_this_thread("worker");
  while (const auto name = queue_.take(stop)) {
    {
      const std::scoped_lock lock(mutex_);
      in_work_[*name] = clock_.steady();
    }
    const auto next = reconcile(*name, stop);
    {
      const std::scoped_lock lock(mutex_);
      in_work_.erase(*name);
      looked_at_.insert(*name);
    }
    idle_.notify_all();
    queue_.done(*name);
    if (next) queue_.add(*name, clock_.steady() + *next);
  }
}

/// What the reconciler does not take for a failure of the environment itself keeps from others no worker.
std::optional<Duration> RunningService::reconcile(const std::string& name, const std::stop_token& stop) try {
  if (leases_ == nullptr) return reconciler_->reconcile(name, stop);
  if (!is_known(name)) {
    leases_->drop(name);
    reconciler_->forget(name);
  } else if (leases_->claim(name)) {
    return reconciler_->reconcile(name, stop);
  } else {
    hand_over(name);
  }
  return std::nullopt;
} catch (const std::exception& thrown) {
  spdlog::error("environment {}: {}", name, defect_of(thrown).message);
  return kAfterDefect;
}

/// Another replica works on it: what was known here is out of date, and what was asked for here is for it to do.
void RunningService::hand_over(const std::string& name) {
  const auto request = reconciler_->take_request(name);
  reconciler_->forget(name);
  if (!request) return;
  if (const auto asked = resources_->ask_resync(name, *request); !asked) {
    spdlog::warn("environment {}: the resync is not asked for: {}", name, asked.error().line());
  }
}

void RunningService::lease_changed(const std::string& name, bool held) {
  if (!held) {
    reconciler_->supersede(name);
    resources_->withdraw(name);
  }
  queue_.add(name);
}

/// Whatever is still worked on is not given to another: its Lease runs out.
void RunningService::release_leases() {
  if (leases_ == nullptr) return;
  std::set<std::string> busy;
  {
    std::unique_lock lock(mutex_);
    idle_.wait_for(lock, kIdlePatience, [this] { return in_work_.empty(); });
    for (const auto& [name, since] : in_work_) busy.insert(name);
  }
  leases_->release(busy);
}

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
  for (const auto& name : due) {
    reconciler_->supersede(name);
    queue_.add(name);
  }
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
  for (const auto& [name, entry] : registry_.all()) {
    if (set.empty() || part_of(name) == set) queue_.add(name);
  }
  for (const auto& name : resources_->names()) {
    if (set.empty() || part_of(name) == set) queue_.add(name);
  }
}

void RunningService::resource_changed(const std::string& name) {
  if (name.empty()) return enqueue_set("");
  const auto entry = registry_.find(name);
  if (entry && entry->environment && reconciler_->owes_resync(name)) return look_again(*entry->environment);
  const auto resource = resources_->find(name);
  if (resource && resource->suspension) return work_anew(name);
  queue_.add(name);
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
  auto id = make_sync_id();
  reconciler_->request(name, id);
  look_again(*entry->environment);
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

/// Asks the remote for news, and enqueues the environment whatever they are.
void RunningService::look_again(const Environment& environment) {
  {
    const std::scoped_lock lock(mutex_);
    seen_heads_.erase(environment.name);
  }
  sources_->look_now(url_of(environment));
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

/// A forge may tell one push many times: what is known already need not be asked for.
bool RunningService::knows(const std::string& url, const Push& push) const {
  const auto view = sources_->view(url, push.branch);
  return view.head && !view.error && view.head->id == push.commit;
}

std::unique_ptr<EventLog::Following> RunningService::follow_events(const std::string& name, const std::string& since,
                                                                   EventLog::Listener listener) {
  if (statuses_.find(name) == nullptr) return nullptr;
  return events_.follow(name, since, std::move(listener));
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
  return metrics_.text();
}

}  // namespace

Result<std::unique_ptr<Service>> start(ServiceOptions options) {
  TRY(auto mirror, git::open_mirror(options.data_dir, options.repository));
  auto service = std::make_unique<RunningService>(std::move(options), std::move(mirror));
  TRY_VOID(service->start());
  return service;
}

}  // namespace reconciler::controller
