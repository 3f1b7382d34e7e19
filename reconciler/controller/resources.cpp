#include "controller/resources.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "base/digest.h"
#include "sync/names.h"

namespace reconciler::controller {
namespace {

/// On an Environment with `deletion: Delete`: it stays until its objects are gone, also when the service is down.
constexpr const char* kFinalizer = "gitops.spira.dev/objects";
constexpr const char* kScopeManager = "spira-reconciler-applyset";
constexpr const char* kTooling = "spira-reconciler/v1";
/// While statuses of several environments come one after the other, they wait until none has come for so long, and not
/// longer than that: the syncs under way need the API server more.
constexpr Duration kRush = std::chrono::milliseconds(150);
constexpr Duration kRushPatience = std::chrono::seconds(5);

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

/// The watch of the resources does not begin: says what to do when that is for want of their definition.
Error without_definition(Error error) {
  if (error.kind != ErrorKind::kNotFound) return error;
  return {ErrorKind::kNotFound,
          "the cluster does not know Environments yet; bring their definition, and the service goes on: "
          "kubectl apply --server-side -f deploy/definitions",
          {}};
}

/// Makes of a resource the parent of an ApplySet.
void add_scope(Json& body, const std::string& name, const sync::ApplySetScope& scope) {
  body["metadata"]["labels"][sync::kApplySetIdLabel] = part_of(name);
  Json& annotations = body["metadata"]["annotations"];
  annotations[sync::kApplySetToolingAnnotation] = kTooling;
  annotations[sync::kApplySetKindsAnnotation] = sync::kinds_text(scope);
  annotations[sync::kApplySetNamespacesAnnotation] = sync::namespaces_text(scope);
}

bool is_outage(const std::optional<Error>& trouble) { return trouble && trouble->kind == ErrorKind::kUnavailable; }

std::string belongs_to_another(const std::string& environment, const std::string& owner, const std::string& us) {
  return "environment '" + environment + "' belongs to another service (" + owner +
         "); rename one of the two, or hand it over if that service is gone: kubectl annotate environment " +
         environment + " --overwrite " + kServiceAnnotation + "='" + us + "'";
}

}  // namespace

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
  void failing(const Error& error) override { settle(false, without_definition(error)); }
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
    bool is_news = false;
    {
      const std::scoped_lock lock(owner_.mutex_);
      const bool is_first_list = listed && !std::exchange(owner_.listed_, owner_.listed_ || listed);
      is_news = is_first_list || is_outage(trouble) != is_outage(owner_.trouble_);
      if (trouble && trouble->kind == ErrorKind::kNotFound && !owner_.trouble_) spdlog::error("{}", trouble->message);
      owner_.trouble_ = std::move(trouble);
    }
    owner_.news_.notify_all();
    if (is_news) owner_.changed_("");
  }

  Resources& owner_;
  std::set<std::string> listing_;
  std::unique_ptr<kube::Watch> watch_;
};

Resources::Resources(kube::Cluster& cluster, std::string service, Changed changed, const Clock& clock)
    : cluster_(cluster),
      service_(std::move(service)),
      changed_(std::move(changed)),
      rush_(kRush, kRushPatience),
      events_(clock),
      follower_(std::make_unique<Follower>(*this)) {}

Resources::~Resources() { stop(); }

void Resources::stop() {
  follower_.reset();
  publisher_ = {};
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
  if (listed_ && !is_outage(trouble_)) return {};
  if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopped");
  return fail(
      trouble_.value_or(Error{ErrorKind::kUnavailable, "the API server has not listed the environments in time", {}}));
}

std::optional<Resource> Resources::find(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = resources_.find(name);
  if (found == resources_.end()) return std::nullopt;
  auto resource = found->second;
  if (const auto order = orders_.find(name); order != orders_.end()) {
    if (order->second.suspension) resource.suspension = *order->second.suspension;
    if (!order->second.resync.empty()) resource.resync = order->second.resync;
  }
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
  const auto parent = parents_.find(set);
  if (parent == parents_.end() || resources_.count(parent->second) == 0) return std::nullopt;
  return parent->second;
}

std::map<ObjectKey, std::string> Resources::needed_by_others(const std::string& name, const sync::LiveSet& live,
                                                             const std::function<bool(const Resource&)>& goes) const {
  const std::scoped_lock lock(mutex_);
  return controller::needed_by_others(name, live, resources_, goes);
}

Status Resources::ensure(const Environment& environment, const sync::ApplySetScope& scope) {
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
  // What this manager has said once stays as it is only if it is said again.
  auto members = known ? known->scope : scope;
  if (is_leaving || members == sync::ApplySetScope{}) members.include(scope);
  if (members != sync::ApplySetScope{}) add_scope(body, environment.name, members);
  if (known && !is_leaving && covers(*known->body, body)) return {};
  return apply(environment.name, body, "", sync::kFieldManager);
}

Status Resources::set_scope(const std::string& name, const sync::ApplySetScope& scope, const std::string& pruning) {
  const auto known = find(name);
  if (known && known->scope == scope && known->pruning == pruning) return {};
  Json body = skeleton_of(name);
  add_scope(body, name, scope);
  if (!pruning.empty()) body["metadata"]["annotations"][kPruningAnnotation] = pruning;
  return apply(name, body, "", kScopeManager);
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
  TRY(const auto answer, cluster_.apply(request_of(name, body, subresource, manager)));
  put(answer);
  return {};
}

void Resources::put(const Json& object) {
  auto resource = read_resource(object);
  const std::scoped_lock lock(mutex_);
  if (!orders_.empty()) news_.notify_all();  // One may have waited for its resource.
  const auto& name = resource.live.key.name;
  if (resources_.count(name) == 0) parents_.emplace(part_of(name), name);
  auto& known = resources_[name];
  const auto number = [](const Resource& r) { return std::strtoull(r.live.resource_version.c_str(), nullptr, 10); };
  if (number(known) > number(resource)) return;
  known = std::move(resource);
}

}  // namespace reconciler::controller
