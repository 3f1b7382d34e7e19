#include "controller/warnings.h"

#include <array>
#include <vector>

#include <nlohmann/json.hpp>

#include "health/json_view.h"
#include "health/short_text.h"

namespace reconciler::controller {
namespace {

/// What is remembered at most; Events end after an hour.
constexpr std::size_t kMost = 2000;

/// Of pods only what their status does not tell, of claims everything, and of all else that makes pods (a Deployment
/// reads it from its ReplicaSets) that it cannot.
constexpr std::array<const char*, 3> kSelectors{
    "involvedObject.kind=Pod,type=Warning,reason!=BackOff,reason!=FailedScheduling,reason!=Failed",
    "involvedObject.kind=PersistentVolumeClaim",
    "involvedObject.kind!=ReplicaSet,involvedObject.kind!=Pod,type=Warning,reason=FailedCreate"};

ObjectKey object_of(const Json& event) {
  const auto api_version = health::text(event, {"involvedObject", "apiVersion"});
  return {{std::string(group_of(api_version)), health::text(event, {"involvedObject", "kind"})},
          health::text(event, {"involvedObject", "namespace"}),
          health::text(event, {"involvedObject", "name"})};
}

/// A controller that wrote on what somebody else had just written tries again by itself; the words are the API
/// server's.
bool is_conflict(const Json& event) {
  return health::text(event, {"message"}).find("the object has been modified") != std::string::npos;
}

}  // namespace

/// All calls come from the transport thread.
class Warnings::EventWatch final : public kube::WatchHandler {
 public:
  explicit EventWatch(Warnings& owner) : owner_(owner) {}

  void start(const std::string& namespace_, const char* selector) {
    kube::ListRequest request;
    request.type = {"", "Event"};
    request.version = "v1";
    request.namespace_ = namespace_;
    request.field_selector = selector;
    watch_ = owner_.cluster_.watch(request, *this);
  }

  void item(Json&& event) override { owner_.put(event); }
  void end_list(const std::string&) override {}
  void changed(Json&& event) override { owner_.put(event); }
  void deleted(Json&& event) override { owner_.drop(event); }
  /// Without Events the status tells what it can.
  void failing(const Error&) override {}

 private:
  Warnings& owner_;
  std::unique_ptr<kube::Watch> watch_;
};

Warnings::Warnings(kube::Cluster& cluster, Changed changed) : cluster_(cluster), changed_(std::move(changed)) {}

Warnings::~Warnings() = default;

void Warnings::follow(const std::set<std::string>& namespaces) {
  for (const auto& namespace_ : namespaces) {
    auto& watches = watches_[namespace_];
    if (!watches.empty()) continue;
    for (const char* selector : kSelectors) {
      watches.push_back(std::make_unique<EventWatch>(*this));
      watches.back()->start(namespace_, selector);
    }
  }
  std::erase_if(watches_, [&](const auto& entry) { return namespaces.count(entry.first) == 0; });
  const std::scoped_lock lock(mutex_);
  if (namespaces.count("") != 0) return;
  std::erase_if(said_, [&](const auto& entry) { return namespaces.count(entry.first.namespace_) == 0; });
}

std::optional<Warnings::Warning> Warnings::of(const ObjectKey& object) const {
  const std::scoped_lock lock(mutex_);
  const auto found = said_.find(object);
  return found == said_.end() ? std::nullopt : std::optional(found->second.warning);
}

void Warnings::put(const Json& event) {
  const auto object = object_of(event);
  Said said{{health::shortened(health::reasons(event)),
             health::text(event, {"type"}) == "Warning" && !is_conflict(event), health::text(event, {"lastTimestamp"})},
            health::text(event, {"metadata", "name"})};
  {
    const std::scoped_lock lock(mutex_);
    if (said_.size() >= kMost && said_.count(object) == 0) return;
    auto& known = said_[object];
    const bool is_same = known.warning == said.warning;
    known = std::move(said);
    if (is_same) return;
  }
  changed_(object);
}

void Warnings::drop(const Json& event) {
  const auto object = object_of(event);
  {
    const std::scoped_lock lock(mutex_);
    const auto found = said_.find(object);
    if (found == said_.end() || found->second.event != health::text(event, {"metadata", "name"})) return;
    said_.erase(found);
  }
  changed_(object);
}

}  // namespace reconciler::controller
