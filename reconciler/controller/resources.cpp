#include "controller/resources.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "base/digest.h"
#include "base/thread_name.h"
#include "controller/status_reader.h"
#include "controller/time_text.h"
#include "health/json_view.h"
#include "sync/names.h"

namespace reconciler::controller {
namespace {

constexpr const char* kServiceAnnotation = "gitops.spira.dev/service";
constexpr const char* kResyncAnnotation = "gitops.spira.dev/resync";
constexpr const char* kConfirmPruneAnnotation = "gitops.spira.dev/confirm-prune";
constexpr const char* kPruningAnnotation = "gitops.spira.dev/pruning";
/// On an Environment with `deletion: Delete`: it stays until its objects are gone, also when the service is down.
constexpr const char* kFinalizer = "gitops.spira.dev/objects";
constexpr const char* kSuspendAnnotation = "gitops.spira.dev/suspend";
constexpr const char* kSuspendedByAnnotation = "gitops.spira.dev/suspended-by";
constexpr const char* kSuspendedAtAnnotation = "gitops.spira.dev/suspended-at";
constexpr const char* kSuspendManager = "spira-reconciler-suspend";
constexpr const char* kScopeManager = "spira-reconciler-applyset";
constexpr const char* kStatusManager = "spira-reconciler-status";
constexpr const char* kResyncManager = "spira-reconciler-resync";
constexpr const char* kTooling = "spira-reconciler/v1";
/// Statuses under way at a time.
constexpr std::size_t kPublications = 16;
constexpr Duration kPublishAgain = std::chrono::seconds(2);
/// Most syncs are over before anybody could read that they have begun: that one is under way is told when it lasts.
constexpr Duration kShortSync = std::chrono::milliseconds(250);

std::string annotation(const Json& object, const char* name) {
  return health::text(object, {"metadata", "annotations", name});
}

/// Who wrote the annotation, and when, as the API server noted it.
Suspension written_by(const Json& object) {
  static const std::string kField = std::string("f:") + kSuspendAnnotation;
  Suspension suspension;
  const Json* managers = health::find(object, {"metadata", "managedFields"});
  if (managers == nullptr || !managers->is_array()) return suspension;
  for (const Json& entry : *managers) {
    if (health::find(entry, {"fieldsV1", "f:metadata", "f:annotations", kField.c_str()}) == nullptr) continue;
    suspension.by = health::text(entry, {"manager"});
    suspension.since = parse_rfc3339(health::text(entry, {"time"})).value_or(WallTime{});
  }
  return suspension;
}

std::optional<Suspension> suspension_of(const Json& object) {
  if (health::find(object, {"metadata", "annotations", kSuspendAnnotation}) == nullptr) return std::nullopt;
  auto suspension = written_by(object);
  suspension.reason = annotation(object, kSuspendAnnotation);
  if (suspension.by == sync::kFieldManager) {
    suspension.by = "Git";
    suspension.in_git = true;
  } else if (suspension.by == kSuspendManager) {
    suspension.by = annotation(object, kSuspendedByAnnotation);
    suspension.since = parse_rfc3339(annotation(object, kSuspendedAtAnnotation)).value_or(suspension.since);
  }
  return suspension;
}

Resource resource_of(const Json& object) {
  Resource resource;
  resource.live = sync::reduce(object, false);
  resource.service = annotation(object, kServiceAnnotation);
  resource.deletion = health::text(object, {"spec", "deletion"}) == "Delete" ? Deletion::kDelete : Deletion::kOrphan;
  resource.source = {health::text(object, {"spec", "source", "repository"}),
                     health::text(object, {"spec", "source", "branch"}),
                     health::text(object, {"spec", "source", "path"})};
  resource.namespace_ = health::text(object, {"spec", "namespace"});
  resource.scope = sync::parse_scope(annotation(object, sync::kApplySetKindsAnnotation),
                                     annotation(object, sync::kApplySetNamespacesAnnotation));
  resource.account =
      account_of(health::text(object, {"spec", "serviceAccountName"}), health::text(object, {"spec", "namespace"}));
  resource.resync = annotation(object, kResyncAnnotation);
  resource.confirmed_prune = annotation(object, kConfirmPruneAnnotation);
  resource.pruning = annotation(object, kPruningAnnotation);
  if (const Json* list = health::find(object, {"metadata", "finalizers"}); list != nullptr && list->is_array()) {
    resource.finalizers = list->get<std::vector<std::string>>();
  }
  resource.suspension = suspension_of(object);
  resource.generation = health::integer(object, {"metadata", "generation"});
  resource.status = read_status(object);
  resource.body = std::make_shared<const Json>(object);
  return resource;
}

/// Whether a change of a resource was one that nobody has to act upon, such as a new status.
bool asks_for_the_same(const Resource& a, const Resource& b) {
  return a.live.digest == b.live.digest && a.live.owned_fields == b.live.owned_fields && a.service == b.service &&
         a.resync == b.resync && a.confirmed_prune == b.confirmed_prune && a.suspension == b.suspension &&
         a.scope == b.scope && a.live.being_deleted == b.live.being_deleted;
}

/// Whether all that is wanted is there, whatever else is.
bool covers(const Json& live, const Json& wanted) {
  if (!wanted.is_object()) return live == wanted;
  if (!live.is_object()) return false;
  const auto items = wanted.items();
  return std::all_of(items.begin(), items.end(), [&live](const auto& field) {
    const auto found = live.find(field.key());
    return found != live.end() && covers(*found, field.value());
  });
}

std::string text_of_status(const Json& object) {
  const auto status = object.find("status");
  return status == object.end() ? "" : status->dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json skeleton(const std::string& name) {
  return {{"apiVersion", kApiVersion}, {"kind", kEnvironmentKind}, {"metadata", {{"name", name}}}};
}

kube::ApplyRequest apply_request(const std::string& name, const Json& body, const std::string& subresource,
                                 const std::string& manager) {
  kube::ApplyRequest request;
  request.key = resource_key(name);
  request.api_version = kApiVersion;
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  request.subresource = subresource;
  request.field_manager = manager;
  return request;
}

/// The watch of the resources does not begin: says what to do when that is for want of their definition.
Error without_definition(Error error) {
  if (error.kind != ErrorKind::kNotFound) return error;
  return {ErrorKind::kNotFound,
          "the cluster does not know Environments yet; bring their definition, and the service goes on: "
          "kubectl apply --server-side -f deploy/definitions",
          {}};
}

std::string belongs_to_another(const std::string& environment, const std::string& owner, const std::string& us) {
  return "environment '" + environment + "' belongs to another service (" + owner +
         "); rename one of the two, or hand it over if that service is gone: kubectl annotate environment " +
         environment + " --overwrite " + kServiceAnnotation + "='" + us + "'";
}

}  // namespace

std::string part_of(const std::string& environment) { return sync::apply_set_id(resource_key(environment)); }

ObjectKey resource_key(const std::string& environment) { return {{kGroup, kEnvironmentKind}, "", environment}; }

/// The watch of the resources. All calls come from the transport thread.
class Resources::Follower final : public kube::WatchHandler {
 public:
  explicit Follower(Resources& owner) : owner_(owner) {}

  void start() {
    kube::ListRequest request;
    request.type = {kGroup, kEnvironmentKind};
    request.version = version_of(kApiVersion);
    watch_ = owner_.cluster_.watch(request, *this);
  }

  void begin_list() override { listing_.clear(); }
  void item(Json&& object) override {
    listing_.insert(sync::key_of(object).name);
    owner_.put(object);
  }
  void end_list(const std::string&) override {
    std::vector<std::string> gone;
    {
      const std::scoped_lock lock(owner_.mutex_);
      for (const auto& [name, resource] : owner_.resources_) {
        if (listing_.count(name) == 0) gone.push_back(name);
      }
    }
    for (const auto& name : gone) forget(name);
    settle(true, std::nullopt);
  }
  void changed(Json&& object) override {
    const auto name = sync::key_of(object).name;
    const auto before = owner_.find(name);
    owner_.put(object);
    const auto after = owner_.find(name);
    if (!before || !after || !asks_for_the_same(*before, *after)) owner_.changed_(name);
  }
  void deleted(Json&& object) override { forget(sync::key_of(object).name); }
  void failing(const Error& error) override {
    const auto trouble = without_definition(error);
    if (trouble.kind == ErrorKind::kNotFound) spdlog::error("{}", trouble.message);
    settle(false, trouble);
  }
  void recovered() override { settle(true, std::nullopt); }

 private:
  void forget(const std::string& name) {
    {
      const std::scoped_lock lock(owner_.mutex_);
      owner_.resources_.erase(name);
    }
    owner_.changed_(name);
  }

  void settle(bool listed, std::optional<Error> trouble) {
    bool is_first_list = false;
    {
      const std::scoped_lock lock(owner_.mutex_);
      is_first_list = listed && !std::exchange(owner_.listed_, owner_.listed_ || listed);
      owner_.trouble_ = std::move(trouble);
    }
    owner_.news_.notify_all();
    if (is_first_list) owner_.changed_("");
  }

  Resources& owner_;
  std::set<std::string> listing_;
  std::unique_ptr<kube::Watch> watch_;
};

Resources::Resources(kube::Cluster& cluster, std::string service, Changed changed, const Clock& clock)
    : cluster_(cluster),
      service_(std::move(service)),
      changed_(std::move(changed)),
      events_(clock),
      follower_(std::make_unique<Follower>(*this)) {}

Resources::~Resources() {
  follower_.reset();
  publisher_.request_stop();
}

void Resources::start() {
  follower_->start();
  publisher_ = std::jthread([this](const std::stop_token& stop) { run_publisher(stop); });
}

bool Resources::listed() const {
  const std::scoped_lock lock(mutex_);
  return listed_;
}

Status Resources::wait_listed(Duration patience, const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, stop, patience, [&] { return listed_ || trouble_; });
  if (listed_) return {};
  if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopped");
  return fail(
      trouble_.value_or(Error{ErrorKind::kUnavailable, "the API server has not listed the environments in time", {}}));
}

std::optional<Resource> Resources::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = resources_.find(name);
  if (found == resources_.end()) return std::nullopt;
  auto resource = found->second;
  if (const auto order = orders_.find(name); order != orders_.end()) resource.suspension = order->second;
  return resource;
}

std::vector<std::string> Resources::names() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, resource] : resources_) {
    if (resource.service == service_) names.push_back(name);
  }
  return names;
}

std::optional<std::string> Resources::parent_of(const std::string& set) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, resource] : resources_) {
    if (part_of(name) == set) return name;
  }
  return std::nullopt;
}

Status Resources::ensure(const Environment& environment) {
  Json body = to_resource(environment);
  if (environment.deletion == Deletion::kDelete) body["metadata"]["finalizers"] = Json::array({kFinalizer});
  const auto digest = sha256_hex(service_ + "\n" + body.dump()).substr(0, 32);
  const auto known = find(environment.name);
  if (known && !known->service.empty() && known->service != service_) {
    return fail(ErrorKind::kConflict, belongs_to_another(environment.name, known->service, service_));
  }
  // Git holds it: deleted by hand, it is let go and made again, and its objects stay.
  const bool is_leaving = known && known->live.being_deleted;
  if (is_leaving) {
    TRY_VOID(release(*known));
    const std::scoped_lock lock(mutex_);
    resources_.erase(environment.name);
  }
  Json& annotations = body["metadata"]["annotations"];
  annotations[kServiceAnnotation] = service_;
  annotations[sync::kDigestAnnotation] = digest;
  if (known && !is_leaving && covers(*known->body, body)) return {};
  return apply(environment.name, body, "", sync::kFieldManager);
}

Status Resources::set_scope(const std::string& name, const sync::ApplySetScope& scope, const std::string& pruning) {
  const auto known = find(name);
  if (known && known->scope == scope && known->pruning == pruning) return {};
  Json body = skeleton(name);
  body["metadata"]["labels"][sync::kApplySetIdLabel] = part_of(name);
  Json& annotations = body["metadata"]["annotations"];
  annotations[sync::kApplySetToolingAnnotation] = kTooling;
  annotations[sync::kApplySetKindsAnnotation] = sync::kinds_text(scope);
  annotations[sync::kApplySetNamespacesAnnotation] = sync::namespaces_text(scope);
  if (!pruning.empty()) annotations[kPruningAnnotation] = pruning;
  return apply(name, body, "", kScopeManager);
}

Status Resources::ask_resync(const std::string& name, const std::string& id) {
  kube::PatchRequest request;
  request.key = resource_key(name);
  request.api_version = kApiVersion;
  request.body = Json{{"metadata", {{"annotations", {{kResyncAnnotation, id}}}}}}.dump();
  request.field_manager = kResyncManager;
  TRY(const auto answer, cluster_.patch(request));
  put(answer);
  return {};
}

void Resources::suspend(const std::string& name, Suspension suspension) {
  {
    const std::scoped_lock lock(mutex_);
    orders_[name] = std::move(suspension);
  }
  news_.notify_all();
}

void Resources::resume(const std::string& name) {
  {
    const std::scoped_lock lock(mutex_);
    orders_[name] = std::nullopt;
  }
  news_.notify_all();
}

bool Resources::wait_written(const std::string& name, Duration patience) {
  std::unique_lock lock(mutex_);
  return news_.wait_for(lock, std::stop_token(), patience, [&] { return orders_.count(name) == 0; });
}

Status Resources::release(const Resource& resource) {
  auto rest = resource.finalizers;
  if (std::erase(rest, kFinalizer) == 0) return {};
  Json metadata{{"finalizers", rest}, {"resourceVersion", resource.live.resource_version}};
  const auto patched = cluster_.patch({resource.live.key, kApiVersion, kube::PatchType::kMerge,
                                       Json{{"metadata", std::move(metadata)}}.dump(), "", sync::kFieldManager, ""});
  if (!patched && patched.error().kind != ErrorKind::kNotFound) return fail(patched.error());
  return {};
}

Status Resources::remove(const std::string& name) {
  const auto known = find(name);
  if (!known) return {};
  TRY_VOID(release(*known));
  if (known->live.being_deleted) return {};
  return cluster_.remove(
      {resource_key(name), kApiVersion, known->live.uid, kube::Propagation::kBackground, kube::DryRun::kNo, ""});
}

Status Resources::apply(const std::string& name, const Json& body, const std::string& subresource,
                        const std::string& manager) {
  TRY(const auto answer, cluster_.apply(apply_request(name, body, subresource, manager)));
  put(answer);
  return {};
}

void Resources::put(const Json& object) {
  auto resource = resource_of(object);
  const std::scoped_lock lock(mutex_);
  auto& known = resources_[resource.live.key.name];
  const auto number = [](const Resource& r) { return std::strtoull(r.live.resource_version.c_str(), nullptr, 10); };
  if (number(known) > number(resource)) return;
  known = std::move(resource);
}

void Resources::announce(const std::string& name, const std::vector<Transition>& happened) {
  {
    // Under the lock, so that the publisher does not miss it between looking and waiting.
    const std::scoped_lock lock(mutex_);
    for (const auto& transition : happened) events_.add(name, transition);
  }
  news_.notify_all();
}

bool Resources::write_events() {
  return events_.write(cluster_, [this](const std::string& name) {
    const auto resource = find(name);
    return resource ? std::optional(resource->live.uid) : std::nullopt;
  });
}

void Resources::publish(const std::shared_ptr<const EnvironmentStatus>& status) {
  const bool is_passing = status->sync == SyncStatus::kSyncing;
  auto due = system_clock().steady() + (is_passing ? kShortSync : Duration(0));
  {
    const std::scoped_lock lock(mutex_);
    const auto waiting = waiting_.find(status->name);
    if (is_passing && waiting != waiting_.end()) due = std::min(due, waiting->second.due);
    waiting_[status->name] = {status, due};
  }
  news_.notify_all();
}

void Resources::withdraw(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  waiting_.erase(name);
}

Status Resources::wait_published(const std::string& name, Duration patience, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (news_.wait_for(lock, stop, patience, [&] { return waiting_.count(name) == 0 && !publishing_; })) return {};
  if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopped");
  return fail(ErrorKind::kUnavailable, "the environment's status could not be written in time");
}

void Resources::flush(Duration patience) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, std::stop_token(), patience,
                 [&] { return waiting_.empty() && orders_.empty() && !events_.waits() && !publishing_; });
}

void Resources::run_publisher(const std::stop_token& stop) {
  name_this_thread("publisher");
  for (;;) {
    Statuses batch;
    Orders orders;
    {
      std::unique_lock lock(mutex_);
      publishing_ = false;
      news_.notify_all();
      if (!wait_due(lock, stop)) return;
      batch = take_due();
      orders = orders_;
      publishing_ = true;
    }
    const bool all_written = write_all(orders);
    const auto failed = publish_all(batch);
    const bool all_told = write_events();
    std::unique_lock lock(mutex_);
    // A status that came meanwhile is newer.
    for (const auto& [name, status] : failed) {
      waiting_.try_emplace(name, Waiting{status, system_clock().steady() + kPublishAgain});
    }
    if (all_written && all_told) continue;
    publishing_ = false;
    news_.wait_for(lock, stop, kPublishAgain, [] { return false; });
  }
}

bool Resources::wait_due(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  const auto next = [this] {
    auto due = SteadyTime::max();
    for (const auto& [name, waiting] : waiting_) due = std::min(due, waiting.due);
    return orders_.empty() && !events_.waits() ? due : SteadyTime::min();
  };
  while (!stop.stop_requested()) {
    const auto due = next();
    if (due <= system_clock().steady()) return true;
    const auto is_earlier = [&] { return next() < due; };
    if (due == SteadyTime::max()) {
      news_.wait(lock, stop, is_earlier);
    } else {
      news_.wait_until(lock, stop, due, is_earlier);
    }
  }
  return false;
}

Resources::Statuses Resources::take_due() {
  Statuses batch;
  const auto now = system_clock().steady();
  std::erase_if(waiting_, [&](const auto& entry) {
    if (entry.second.due > now) return false;
    batch.emplace(entry.first, entry.second.status);
    return true;
  });
  return batch;
}

bool Resources::write_all(const Orders& orders) {
  bool all_written = true;
  for (const auto& [name, suspension] : orders) {
    const auto written = write_now(name, suspension);
    const bool is_gone = !written && written.error().kind == ErrorKind::kNotFound;
    if (!written && !is_gone) {
      spdlog::warn("suspension of environment {} not written yet: {}", name, written.error().line());
      all_written = false;
      continue;
    }
    const std::scoped_lock lock(mutex_);
    // One that came meanwhile is newer.
    if (const auto order = orders_.find(name); order != orders_.end() && order->second == suspension) {
      orders_.erase(order);
      news_.notify_all();
    }
  }
  return all_written;
}

Status Resources::write_now(const std::string& name, const std::optional<Suspension>& suspension) {
  Json annotations{{kSuspendAnnotation, nullptr}, {kSuspendedByAnnotation, nullptr}, {kSuspendedAtAnnotation, nullptr}};
  if (suspension) {
    annotations = {{kSuspendAnnotation, suspension->reason},
                   {kSuspendedByAnnotation, suspension->by},
                   {kSuspendedAtAnnotation, rfc3339(suspension->since)}};
  }
  kube::PatchRequest request;
  request.key = resource_key(name);
  request.api_version = kApiVersion;
  request.body = Json{{"metadata", {{"annotations", std::move(annotations)}}}}.dump();
  request.field_manager = kSuspendManager;
  TRY(const auto answer, cluster_.patch(request));
  put(answer);
  return {};
}

Resources::Statuses Resources::publish_all(const Statuses& batch) {
  std::vector<kube::ApplyRequest> requests;
  std::vector<Statuses::value_type> sent;
  for (const auto& entry : batch) {
    if (auto request = publication(*entry.second)) {
      requests.push_back(*std::move(request));
      sent.push_back(entry);
    }
  }
  Statuses failed;
  cluster_.apply_all(requests, kPublications, {}, [&](std::size_t i, Result<Json>&& answer) {
    if (answer) return put(*answer);
    spdlog::warn("status of environment {} not published yet: {}", sent[i].first, answer.error().line());
    failed.insert(sent[i]);
  });
  return failed;
}

std::optional<kube::ApplyRequest> Resources::publication(const EnvironmentStatus& status) const {
  const auto known = find(status.name);
  if (!known || known->service != service_) return std::nullopt;
  EnvironmentStatus current = status;
  current.generation = known->generation;
  Json body = skeleton(status.name);
  body["status"] = to_resource_status(current);
  if (text_of_status(*known->body) == text_of_status(body)) return std::nullopt;
  return apply_request(status.name, body, "status", kStatusManager);
}

}  // namespace reconciler::controller
