#include "kube/discovery.h"

#include <algorithm>
#include <utility>

#include "kube/json_access.h"
#include "kube/status_error.h"

namespace reconciler::kube {
namespace {

constexpr Duration kReadAtMostEvery = std::chrono::seconds(1);
constexpr Duration kReadAtMostEveryWhileSettling = std::chrono::milliseconds(100);
constexpr Duration kSettling = std::chrono::seconds(3);
constexpr const char* kAccept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

HttpRequest request_for(const char* path) {
  HttpRequest request;
  request.method = "GET";
  request.target = path;
  request.accept = kAccept;
  request.verb = "get";
  return request;
}

std::vector<std::string> sorted_verbs(const Json& resource) {
  std::vector<std::string> verbs;
  for (const auto& verb : member(resource, "verbs")) {
    if (verb.is_string()) verbs.push_back(verb.get<std::string>());
  }
  std::sort(verbs.begin(), verbs.end());
  return verbs;
}

ApiResource resource_from(const Json& resource, const std::string& group, const std::string& version) {
  return {GroupKind{group, text_of(member(resource, "responseKind"), "kind")}, version, text_of(resource, "resource"),
          text_of(resource, "scope") == "Namespaced", sorted_verbs(resource)};
}

template <class Add, class AddIncomplete>
bool read_groups(std::string_view text, const Add& add, const AddIncomplete& add_incomplete) {
  const auto list = Json::parse(text, nullptr, false);
  if (text_of(list, "kind") != "APIGroupDiscoveryList") return false;
  for (const auto& group : member(list, "items")) {
    const auto name = text_of(member(group, "metadata"), "name");
    for (const auto& version : member(group, "versions")) {
      if (text_of(version, "freshness") == "Stale") add_incomplete(name);
      for (const auto& resource : member(version, "resources")) {
        add(resource_from(resource, name, text_of(version, "version")));
      }
    }
  }
  return true;
}

}  // namespace

std::string ApiResource::api_version() const { return type.group.empty() ? version : type.group + "/" + version; }

bool ApiResource::can(const std::string& verb) const { return std::binary_search(verbs.begin(), verbs.end(), verb); }

std::optional<ApiCatalogue> ApiCatalogue::read(std::string_view core, std::string_view groups) {
  ApiCatalogue catalogue;
  const auto add = [&catalogue](ApiResource&& resource) {
    catalogue.kinds_[resource.type].push_back(std::move(resource));
  };
  const auto add_incomplete = [&catalogue](const std::string& group) { catalogue.incomplete_.insert(group); };
  if (!read_groups(core, add, add_incomplete) || !read_groups(groups, add, add_incomplete)) return std::nullopt;
  return catalogue;
}

std::optional<ApiResource> ApiCatalogue::find(const GroupKind& type, const std::string& version) const {
  const auto kind = kinds_.find(type);
  if (kind == kinds_.end()) return std::nullopt;
  for (const auto& resource : kind->second) {
    if (version.empty() || resource.version == version) return resource;
  }
  return std::nullopt;
}

/// Both documents of one reading, as they come in. Only the transport thread touches it.
struct Discovery::Reading {
  std::uint64_t forgotten = 0;  // of Discovery, when it began
  std::optional<HttpAnswer> core;
  std::optional<HttpAnswer> groups;
};

Discovery::Discovery(SendMeans means) : means_(std::move(means)) {}

std::optional<ApiResource> Discovery::find(const GroupKind& type, const std::string& version) const {
  std::shared_ptr<const ApiCatalogue> catalogue;
  {
    const std::lock_guard lock(mutex_);
    if (read_at_) catalogue = catalogue_;
  }
  return catalogue ? catalogue->find(type, version) : std::nullopt;
}

bool Discovery::is_due() const {
  const std::lock_guard lock(mutex_);
  const auto every = settles() ? kReadAtMostEveryWhileSettling : kReadAtMostEvery;
  return !read_at_ || means_.clock.steady() - *read_at_ >= every;
}

void Discovery::forget() {
  const std::lock_guard lock(mutex_);
  read_at_.reset();
  forgotten_at_ = means_.clock.steady();
  ++forgotten_;
}

bool Discovery::is_settling() const {
  const std::lock_guard lock(mutex_);
  return settles();
}

bool Discovery::settles() const { return forgotten_at_ && means_.clock.steady() - *forgotten_at_ < kSettling; }

void Discovery::refresh(std::function<void(const Status&)> then) {
  auto reading = std::make_shared<Reading>();
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(then));
    if (waiting_.size() > 1) return;
    reading->forgotten = forgotten_;
  }
  for (const bool core : {true, false}) {
    send_persistently(means_, request_for(core ? "/api" : "/apis"),
                      [this, reading, core](HttpAnswer&& answer) { take(reading, core, std::move(answer)); });
  }
}

void Discovery::take(const std::shared_ptr<Reading>& reading, bool core, HttpAnswer&& answer) {
  (core ? reading->core : reading->groups) = std::move(answer);
  if (!reading->core || !reading->groups) return;
  const auto status = store(*reading);
  std::vector<std::function<void(const Status&)>> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting = std::exchange(waiting_, {});
  }
  for (const auto& then : waiting) then(status);
}

Status Discovery::store(const Reading& reading) {
  for (const auto* answer : {&*reading.core, &*reading.groups}) {
    if (answer->code != 200) return fail(error_of(*answer, Asked{"discovery of the API server's kinds", false}));
  }
  auto catalogue = ApiCatalogue::read(reading.core->body, reading.groups->body);
  if (!catalogue) {
    return fail(ErrorKind::kUnavailable,
                "the API server has no aggregated discovery: Kubernetes 1.27 or later is needed");
  }
  const std::lock_guard lock(mutex_);
  catalogue_ = std::make_shared<const ApiCatalogue>(std::move(*catalogue));
  if (reading.forgotten == forgotten_) read_at_ = means_.clock.steady();
  return {};
}

bool Discovery::is_incomplete(const std::string& group) const {
  const std::lock_guard lock(mutex_);
  return catalogue_ && catalogue_->is_incomplete(group);
}

Error Discovery::missing(const GroupKind& type, const std::string& version) const {
  const auto name = version.empty() ? type.text() : type.text() + " in version " + version;
  if (is_incomplete(type.group)) {
    return {ErrorKind::kUnavailable, "the API server cannot reach what serves " + name + " (see its APIService)", {}};
  }
  return {ErrorKind::kNotFound,
          "the cluster does not serve the kind " + name + ": is its CustomResourceDefinition installed?",
          {}};
}

}  // namespace reconciler::kube
