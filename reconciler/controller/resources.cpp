#include "controller/resources.h"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "base/digest.h"
#include "object/kind_order.h"
#include "sync/names.h"

namespace reconciler::controller {
namespace {

/// On an Environment with `deletion: Delete`: it stays until its objects are gone, also when the service is down.
constexpr const char* kFinalizer = "gitops.spira.dev/objects";
constexpr const char* kResyncManager = "spira-reconciler-resync";
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

/// Makes it the parent of an ApplySet (KEP-3659).
void put_scope(Json& resource, const sync::ApplySetScope& scope) {
  Json& metadata = resource["metadata"];
  metadata["labels"][sync::kApplySetIdLabel] = part_of(metadata["name"]);
  Json& annotations = metadata["annotations"];
  annotations[sync::kApplySetToolingAnnotation] = kTooling;
  annotations[sync::kApplySetKindsAnnotation] = sync::kinds_text(scope);
  annotations[sync::kApplySetNamespacesAnnotation] = sync::namespaces_text(scope);
}

/// The watch of the resources does not begin: says what to do when that is for want of their definition.
Error without_definition(Error error) {
  if (error.kind != ErrorKind::kNotFound) return error;
  return {ErrorKind::kNotFound,
          "the cluster does not know Environments yet; bring their definition, and the service goes on: "
          "kubectl apply --server-side -f deploy/definitions",
          {}};
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
  const auto parent = parents_.find(set);
  if (parent == parents_.end() || resources_.count(parent->second) == 0) return std::nullopt;
  return parent->second;
}

std::map<ObjectKey, std::string> Resources::needed_by_others(const std::string& name, const sync::LiveSet& live,
                                                             const std::function<bool(const Resource&)>& goes) const {
  const std::scoped_lock lock(mutex_);
  return controller::needed_by_others(name, live, resources_, goes);
}

Status Resources::declare(const Environment& environment) {
  const auto& name = environment.name;
  Json body = to_resource(environment);
  if (environment.deletion == Deletion::kDelete) body["metadata"]["finalizers"] = Json::array({kFinalizer});
  const auto digest = sha256_hex(service_ + "\n" + body.dump()).substr(0, 32);
  Json& annotations = body["metadata"]["annotations"];
  annotations[kServiceAnnotation] = service_;
  annotations[sync::kDigestAnnotation] = digest;
  const auto known = find(name);
  if (known && !known->service.empty() && known->service != service_) {
    return fail(ErrorKind::kConflict, belongs_to_another(name, known->service, service_));
  }
  // Git holds it: deleted by hand, it is let go and made again, and its objects stay.
  const bool is_leaving = known && known->live.being_deleted;
  if (is_leaving) TRY_VOID(release(*known));
  const bool is_so = known && covers(*known->body, body);
  {
    const std::scoped_lock lock(mutex_);
    if (is_leaving) resources_.erase(name);
    auto& wanted = wanted_[name];
    wanted.body = std::make_shared<const Json>(std::move(body));
    if (known) {
      wanted.scope = known->scope;
      wanted.pruning = known->pruning;
    }
  }
  return !known || is_leaving || is_so ? Status() : write(name);
}

Status Resources::set_scope(const std::string& name, const sync::ApplySetScope& scope, const std::string& pruning) {
  const auto known = find(name);
  if (known && known->scope == scope && known->pruning == pruning) return {};
  {
    const std::scoped_lock lock(mutex_);
    auto& wanted = wanted_.at(name);
    wanted.scope = scope;
    wanted.pruning = pruning;
  }
  return write(name);
}

Status Resources::make(const std::string& name) {
  {
    const std::scoped_lock lock(mutex_);
    if (resources_.count(name) != 0 || wanted_.count(name) == 0) return {};
  }
  return write(name);
}

/// Holds the writing of a resource; the next one begins when it ends.
class Resources::Writing {
 public:
  Writing(Resources& owner, std::string name) : owner_(owner), name_(std::move(name)) {
    std::unique_lock lock(owner_.mutex_);
    owner_.news_.wait(lock, [this] { return owner_.writing_.insert(name_).second; });
    const auto found = owner_.wanted_.find(name_);
    if (found != owner_.wanted_.end()) wanted_ = found->second;
  }
  ~Writing() {
    {
      const std::scoped_lock lock(owner_.mutex_);
      owner_.writing_.erase(name_);
    }
    owner_.news_.notify_all();
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

  /// Absent when nothing is wanted of it any more.
  const std::optional<Wanted>& wanted() const { return wanted_; }

 private:
  Resources& owner_;
  const std::string name_;
  std::optional<Wanted> wanted_;
};

Status Resources::write(const std::string& name) {
  const Writing writing(*this, name);
  const auto& wanted = writing.wanted();
  if (!wanted) return {};
  Json body = *wanted->body;
  put_scope(body, wanted->scope);
  if (!wanted->pruning.empty()) body["metadata"]["annotations"][kPruningAnnotation] = wanted->pruning;
  TRY(const auto answer, cluster_.apply(request_of(name, body, "", sync::kFieldManager)));
  put(answer);
  return {};
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
  {
    const std::scoped_lock lock(mutex_);
    wanted_.erase(name);
  }
  if (!known) return {};
  TRY_VOID(release(*known));
  if (known->live.being_deleted) return {};
  return cluster_.remove(
      {resource_key(name), kApiVersion, known->live.uid, kube::Propagation::kBackground, kube::DryRun::kNo, ""});
}

void Resources::put(const Json& object) {
  auto resource = read_resource(object);
  const std::scoped_lock lock(mutex_);
  const auto& name = resource.live.key.name;
  if (resources_.count(name) == 0) parents_.emplace(part_of(name), name);
  auto& known = resources_[name];
  const auto number = [](const Resource& r) { return std::strtoull(r.live.resource_version.c_str(), nullptr, 10); };
  if (number(known) > number(resource)) return;
  known = std::move(resource);
}

}  // namespace reconciler::controller
