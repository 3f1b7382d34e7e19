#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "kube/cluster.h"
#include "support/fake_watches.h"
#include "support/field_ownership.h"

namespace reconciler::test {

/// An API server in memory: discovery, server-side apply with field owners, dry-run, namespaces that must exist,
/// definitions that take a moment to be served, UIDs, finalizers and watches. It does not validate and runs no
/// controllers: a test says what is refused (`on_call`) and what others do (`edit`). Thread-safe.
class FakeCluster final : public kube::Cluster {
 public:
  /// One request, as the server saw it.
  struct Call {
    std::string verb;  ///< "apply", "remove", "get", "list", "patch" or "create".
    ObjectKey key;
    kube::DryRun dry_run = kube::DryRun::kNo;
    std::string manager;
    std::string subresource;
    std::string body;
  };
  /// Called for each request before it is served; an error becomes its answer.
  using OnCall = std::function<std::optional<Error>(const Call& call)>;

  /// Serves the built-in kinds that tests use, and has the namespace `default`.
  FakeCluster() {
    for (const auto* kind : {"Namespace", "PersistentVolume"}) serve({"", kind}, "v1", false);
    for (const auto* kind : {"ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim", "Pod"}) {
      serve({"", kind}, "v1", true);
    }
    for (const auto* kind : {"Deployment", "StatefulSet"}) serve({"apps", kind}, "v1", true);
    serve({"batch", "Job"}, "v1", true);
    serve({"coordination.k8s.io", "Lease"}, "v1", true);
    serve({"rbac.authorization.k8s.io", "ClusterRole"}, "v1", false);
    serve({"apiextensions.k8s.io", "CustomResourceDefinition"}, "v1", false);
    serve({"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"}, "v1", false);
    put({{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "default"}}}});
  }

  // What a test does to the cluster.

  void serve(const GroupKind& type, const std::string& version, bool namespaced) {
    const std::scoped_lock lock(mutex_);
    serve_locked(type, version, namespaced);
  }
  void on_call(OnCall on_call) {
    const std::scoped_lock lock(mutex_);
    on_call_ = std::move(on_call);
  }
  /// A definition is served once discovery was forgotten so many times after it was applied. At first: once.
  void serve_definitions_after(int forgettings) {
    const std::scoped_lock lock(mutex_);
    definition_delay_ = forgettings;
  }
  /// Out of reach: every call is kUnavailable, and every watch fails.
  void go_down() {
    const std::scoped_lock lock(mutex_);
    down_ = true;
    for (const auto& each : watches_.all()) watches_.say_failing(each, unreachable());
  }
  /// The watches of one kind fail, and nothing else, as when its conversion webhook is down; until `come_back`.
  void break_watches(const GroupKind& type) {
    const std::scoped_lock lock(mutex_);
    for (const auto& each : watches_.all()) {
      if (each->request.type == type) watches_.say_failing(each, unreachable());
    }
  }
  void come_back() {
    const std::scoped_lock lock(mutex_);
    down_ = false;
    for (const auto& each : watches_.all()) say_list(each);
  }
  /// Makes an object, or replaces it, as `kubectl create` and `kubectl replace` do.
  void put(const Json& object) {
    const std::scoped_lock lock(mutex_);
    const auto key = key_of(object);
    const auto live = objects_.find(key);
    auto before = live == objects_.end() ? made(object) : live->second;
    Json body = with_identity(object, before.body);
    store(key, updated(std::move(before), {"kubectl", "Update", ""}, std::move(body)));
  }
  /// Changes an object by a merge patch, as another manager; that of `status` is the subresource's.
  void edit(const ObjectKey& key, const Json& merge_patch, const std::string& manager = "kubectl-edit") {
    const std::scoped_lock lock(mutex_);
    edit_locked(key, merge_patch, {manager, "Update", merge_patch.contains("status") ? "status" : ""});
  }
  /// What the only container of a pod has written.
  void write_log(const ObjectKey& pod, const std::string& text) {
    const std::scoped_lock lock(mutex_);
    logs_[pod] = text;
  }
  /// The object is gone, whatever finalizers say.
  void erase(const ObjectKey& key) {
    const std::scoped_lock lock(mutex_);
    erase_locked(key);
  }
  /// Waits until every event has reached the watches.
  void settle() { watches_.settle(); }

  // What a test looks at.

  std::optional<Json> object(const ObjectKey& key) const {
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? std::nullopt : std::optional(shown(found->second));
  }
  std::vector<Json> objects() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Json> all;
    for (const auto& [key, object] : objects_) all.push_back(shown(object));
    return all;
  }
  std::vector<Call> calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }
  /// The keys of the requests that changed something, or tried to: in order, with "apply" or "remove" before each.
  std::vector<std::string> writes() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> writes;
    for (const auto& call : calls_) {
      if (call.dry_run == kube::DryRun::kNo && call.verb != "get" && call.verb != "list") {
        writes.push_back(call.verb + " " + call.key.text());
      }
    }
    return writes;
  }
  /// What was asked to be watched, in order; watches that have ended included.
  std::vector<kube::ListRequest> watches() const {
    const std::scoped_lock lock(mutex_);
    std::vector<kube::ListRequest> requests;
    for (const auto& each : watches_.all()) requests.push_back(each->request);
    return requests;
  }
  int forgettings() const {
    const std::scoped_lock lock(mutex_);
    return forgettings_;
  }
  void forget_calls() {
    const std::scoped_lock lock(mutex_);
    calls_.clear();
  }

  // What the service does with it.

  using Cluster::apply_all;
  using Cluster::remove_all;

  Result<kube::ApiResource> resource(const GroupKind& type, const std::string& version) override {
    const std::scoped_lock lock(mutex_);
    if (down_) return fail(unreachable());
    const auto found = served_.find(type);
    if (found == served_.end() || (!version.empty() && version != found->second.version)) {
      return fail(ErrorKind::kNotFound, "the cluster serves no " + type.text());
    }
    return found->second;
  }

  void forget_discovery() override {
    const std::scoped_lock lock(mutex_);
    ++forgettings_;
    for (auto& definition : definitions_) --definition.delay;
    std::erase_if(definitions_, [&](const Definition& definition) {
      if (definition.delay > 0) return false;
      serve_locked(definition.type, definition.version, definition.namespaced);
      return true;
    });
  }

  void apply_all(std::span<const kube::ApplyRequest> requests, std::size_t, std::stop_token stop,
                 const Answer& answer) override {
    for (std::size_t i = 0; i < requests.size(); ++i) answer(i, apply_one(requests[i], stop));
  }

  void remove_all(std::span<const kube::RemoveRequest> requests, std::size_t, std::stop_token stop,
                  const Removed& removed) override {
    for (std::size_t i = 0; i < requests.size(); ++i) removed(i, remove_one(requests[i], stop));
  }

  Result<Json> get(const ObjectKey& key, const std::string& api_version, kube::Projection projection) override {
    TRY_VOID(arrive({"get", key, kube::DryRun::kNo, "", "", ""}, {}));
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(key);
    if (found == objects_.end() || found->second.body["apiVersion"] != api_version) return fail(not_found(key));
    return projected(found->second, projection);
  }

  Status list(const kube::ListRequest& request, const std::function<void(Json&& object)>& each) override {
    TRY_VOID(arrive({"list", {request.type, request.namespace_, ""}, kube::DryRun::kNo, "", "", ""}, {}));
    std::vector<Json> found;
    {
      const std::scoped_lock lock(mutex_);
      found = selected(request);
    }
    for (auto& object : found) each(std::move(object));
    return {};
  }

  Result<Json> patch(const kube::PatchRequest& request) override {
    TRY_VOID(arrive({"patch", request.key, kube::DryRun::kNo, request.field_manager, request.subresource, request.body},
                    {}));
    const std::scoped_lock lock(mutex_);
    if (objects_.count(request.key) == 0) return fail(not_found(request.key));
    if (request.type == kube::PatchType::kJson) return change_owners(request.key, Json::parse(request.body));
    const auto body = Json::parse(request.body);
    const auto& version = objects_.at(request.key).body["metadata"]["resourceVersion"];
    if (body.value(Json::json_pointer("/metadata/resourceVersion"), version) != version) {
      return fail(ErrorKind::kConflict, request.key.text() + " has been modified");
    }
    const auto& patched = edit_locked(request.key, body, {request.field_manager, "Update", request.subresource});
    const auto answer = shown(patched);
    const Json& metadata = answer["metadata"];
    const bool is_done = metadata.contains("deletionTimestamp") && metadata.value("finalizers", Json::array()).empty();
    if (is_done) erase_locked(request.key);
    return answer;
  }

  Result<std::string> log(const ObjectKey& pod, const std::string&, int) override {
    const std::scoped_lock lock(mutex_);
    const auto found = logs_.find(pod);
    return found == logs_.end() ? Result<std::string>(fail(not_found(pod))) : found->second;
  }

  Result<Json> create(const kube::CreateRequest& request) override {
    TRY_VOID(arrive({"create", request.key, request.dry_run, request.field_manager, "", request.body}, {}));
    const std::scoped_lock lock(mutex_);
    if (objects_.count(request.key) != 0) return fail(ErrorKind::kConflict, request.key.text() + " exists already");
    TRY_VOID(check_namespace(request.key));
    auto sent = Json::parse(request.body);
    if (!request.key.namespace_.empty()) sent["metadata"]["namespace"] = request.key.namespace_;
    auto before = made(sent);
    Json body = with_identity(std::move(sent), before.body);
    auto object = updated(std::move(before), {request.field_manager, "Update", ""}, std::move(body));
    if (request.dry_run == kube::DryRun::kNo) return shown(store(request.key, std::move(object)));
    return shown(object);
  }

  std::unique_ptr<kube::Watch> watch(const kube::ListRequest& request, kube::WatchHandler& handler) override {
    const std::scoped_lock lock(mutex_);
    auto subscription = watches_.add(request, handler);
    if (down_) {
      watches_.say_failing(subscription, unreachable());
    } else {
      say_list(subscription);
    }
    return std::make_unique<FakeWatch>(std::move(subscription));
  }

  Result<std::string> version() override { return "v1.36.0"; }

  Status ready() override {
    const std::scoped_lock lock(mutex_);
    return down_ ? Status(fail(unreachable())) : Status();
  }

 private:
  struct Definition {
    GroupKind type;
    std::string version;
    bool namespaced = false;
    int delay = 0;
  };
  static Error unreachable() { return {ErrorKind::kUnavailable, "the API server cannot be reached", {}}; }
  static Error not_found(const ObjectKey& key) { return {ErrorKind::kNotFound, key.text() + " not found", {}}; }

  /// What every call has in common: it is written down, and may fail.
  Status arrive(Call call, const std::stop_token& stop) {
    OnCall on_call;
    {
      const std::scoped_lock lock(mutex_);
      if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopped");
      if (down_) return fail(unreachable());
      calls_.push_back(call);
      on_call = on_call_;
    }
    if (!on_call) return {};
    auto error = on_call(call);
    return error ? Status(fail(*std::move(error))) : Status();
  }

  Result<Json> apply_one(const kube::ApplyRequest& request, const std::stop_token& stop) {
    TRY_VOID(arrive({"apply", request.key, request.dry_run, request.field_manager, request.subresource, request.body},
                    stop));
    TRY_VOID(resource(request.key.type, std::string(version_of(request.api_version))).map([](const auto&) {}));
    const std::scoped_lock lock(mutex_);
    TRY_VOID(check_namespace(request.key));
    Json desired = Json::parse(request.body);
    if (!request.key.namespace_.empty()) desired["metadata"]["namespace"] = request.key.namespace_;
    if (request.subresource.empty()) desired.erase("status");
    const auto live = objects_.find(request.key);
    if (live == objects_.end() && !request.subresource.empty()) return fail(not_found(request.key));
    const auto before = live == objects_.end() ? made(desired) : live->second;
    TRY_VOID(check_version(desired, before));
    TRY(auto object, applied(before, {request.field_manager, "Apply", request.subresource}, desired, request.force));
    if (request.dry_run == kube::DryRun::kYes) return projected(object, request.projection);
    define(request.key, object);
    return projected(store(request.key, std::move(object)), request.projection);
  }

  Status remove_one(const kube::RemoveRequest& request, const std::stop_token& stop) {
    TRY_VOID(arrive({"remove", request.key, request.dry_run, "", "", ""}, stop));
    const std::scoped_lock lock(mutex_);
    const auto found = objects_.find(request.key);
    if (found == objects_.end()) return {};
    Json& metadata = found->second.body["metadata"];
    if (!request.uid.empty() && metadata["uid"] != request.uid) return fail(ErrorKind::kConflict, "another UID");
    if (request.dry_run == kube::DryRun::kYes) return {};
    if (metadata.value("finalizers", Json::array()).empty()) {
      erase_locked(request.key);
    } else {
      auto leaving = found->second;
      leaving.body["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
      store(request.key, std::move(leaving));
    }
    return {};
  }

  /// A new object with what the server sets; it has no resource version until it is stored.
  OwnedObject made(const Json& object) {
    Json body{{"apiVersion", object.at("apiVersion")}, {"kind", object.at("kind")}};
    body["metadata"] = {{"name", object.at("metadata").at("name")}, {"uid", "uid-" + std::to_string(++last_uid_)}};
    if (object["metadata"].contains("namespace")) body["metadata"]["namespace"] = object["metadata"]["namespace"];
    return {std::move(body), {}};
  }

  static Json with_identity(Json body, const Json& live) {
    for (const auto* field : {"uid", "resourceVersion", "generation", "deletionTimestamp"}) {
      if (live["metadata"].contains(field)) body["metadata"][field] = live["metadata"][field];
    }
    return body;
  }

  /// A new object takes any version.
  static Status check_version(const Json& desired, const OwnedObject& before) {
    const Json::json_pointer version("/metadata/resourceVersion");
    const bool fits =
        !desired.contains(version) || !before.body.contains(version) || desired.at(version) == before.body.at(version);
    return fits ? Status() : fail(ErrorKind::kConflict, "the object has been modified");
  }

  Status check_namespace(const ObjectKey& key) const {
    if (key.namespace_.empty() || objects_.count({{"", "Namespace"}, "", key.namespace_}) != 0) return {};
    return fail(ErrorKind::kNotFound, "namespaces \"" + key.namespace_ + "\" not found");
  }

  /// The only JSON patch that the service sends: other managed fields for just this version.
  Result<Json> change_owners(const ObjectKey& key, const Json& patch) {
    auto object = objects_.at(key);
    if (patch[1]["value"] != object.body["metadata"]["resourceVersion"]) return fail(ErrorKind::kConflict, "changed");
    object.owners = owners_of(patch[0]["value"]);
    return shown(store(key, std::move(object)));
  }

  const OwnedObject& edit_locked(const ObjectKey& key, const Json& merge_patch, const Owner& owner) {
    auto object = objects_.at(key);
    Json body = object.body;
    body.merge_patch(merge_patch);
    return store(key, updated(std::move(object), owner, std::move(body)));
  }

  void define(const ObjectKey& key, OwnedObject& object) {
    if (key.type.kind != "CustomResourceDefinition") return;
    const Json& spec = object.body["spec"];
    definitions_.push_back({{spec["group"], spec["names"]["kind"]},
                            spec["versions"][0]["name"],
                            spec["scope"] == "Namespaced",
                            definition_delay_});
    object.body["status"]["conditions"] = {{{"type", "Established"}, {"status", "True"}}};
  }

  void serve_locked(const GroupKind& type, const std::string& version, bool namespaced) {
    std::string plural = type.kind + "s";
    std::transform(plural.begin(), plural.end(), plural.begin(), [](unsigned char c) { return std::tolower(c); });
    served_[type] = {
        type, version, plural, namespaced, {"create", "delete", "get", "list", "patch", "update", "watch"}};
    for (const auto& each : watches_.all()) {
      if (each->request.type == type) say_list(each);
    }
  }

  const OwnedObject& store(const ObjectKey& key, OwnedObject object) {
    Json& metadata = object.body["metadata"];
    const auto live = objects_.find(key);
    const bool is_new_spec =
        live == objects_.end() || live->second.body.value("spec", Json()) != object.body.value("spec", Json());
    if (is_new_spec) metadata["generation"] = metadata.value("generation", 0) + 1;
    if (live != objects_.end() && live->second.body == object.body && live->second.owners == object.owners)
      return live->second;
    metadata["resourceVersion"] = std::to_string(++last_version_);
    const auto before = live == objects_.end() ? std::nullopt : std::optional(live->second);
    const auto& stored = objects_[key] = std::move(object);
    if (!down_) watches_.say_changed(before, stored);
    return stored;
  }

  void erase_locked(const ObjectKey& key) {
    const auto found = objects_.find(key);
    if (found == objects_.end()) return;
    auto last = std::move(found->second);
    objects_.erase(found);
    last.body["metadata"]["resourceVersion"] = std::to_string(++last_version_);
    if (!down_) watches_.say_deleted(last);
  }

  std::vector<Json> selected(const kube::ListRequest& request) const {
    std::vector<Json> found;
    for (const auto& [key, object] : objects_) {
      if (matches(request, object)) found.push_back(projected(object, request.projection));
    }
    return found;
  }

  void say_list(const FakeWatches::Whom& whom) {
    if (served_.count(whom->request.type) != 0) {
      return watches_.say_list(whom, selected(whom->request), std::to_string(last_version_));
    }
    watches_.say_failing(whom, {ErrorKind::kNotFound, "the cluster serves no " + whom->request.type.text(), {}});
  }

  static Json shown(const OwnedObject& object) { return projected(object, kube::Projection::kFull); }

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<ObjectKey, OwnedObject> objects_;
  std::map<GroupKind, kube::ApiResource> served_;
  std::vector<Definition> definitions_;
  std::vector<Call> calls_;
  std::map<ObjectKey, std::string> logs_;
  OnCall on_call_;
  bool down_ = false;
  int definition_delay_ = 1;
  int forgettings_ = 0;
  std::uint64_t last_version_ = 100;
  std::uint64_t last_uid_ = 0;

  FakeWatches watches_;  ///< Last: its thread ends before the rest goes.
};

}  // namespace reconciler::test
