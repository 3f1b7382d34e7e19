#include "controller/pods.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/time_text.h"
#include "health/json_view.h"

namespace reconciler::controller {
namespace {

/// A kubelet needs a moment for what it mounts. No grace is longer.
constexpr Duration kGrace = std::chrono::seconds(15);
/// How the Events of kubelets say that a probe fails.
constexpr std::string_view kProbeFails = "Unhealthy";
/// One watch over all namespaces is cheaper than more than these.
constexpr std::size_t kMostNamespaces = 8;

std::string name_of(const Json& object) { return health::text(object, {"metadata", "name"}); }

}  // namespace

/// The watch of one namespace, or of all ("").
class Pods::NamespaceWatch final : public kube::WatchHandler {
 public:
  explicit NamespaceWatch(Pods& owner) : owner_(owner) {}

  void start(const std::string& namespace_) {
    kube::ListRequest request;
    request.type = {"", "Pod"};
    request.version = "v1";
    request.namespace_ = namespace_;
    scope_ = namespace_;
    watch_ = owner_.cluster_.watch(request, *this);
  }

  void begin_list() override { listing_.clear(); }
  void item(Json&& pod) override {
    listing_.insert({health::workload_of(pod), name_of(pod)});
    std::set<ObjectKey> news;
    owner_.put(pod, news);
    tell(news);
  }
  void end_list(const std::string&) override { forget_all_but(std::exchange(listing_, {})); }
  void changed(Json&& pod) override {
    std::set<ObjectKey> news;
    owner_.put(pod, news);
    tell(news);
  }
  void deleted(Json&& pod) override {
    std::set<ObjectKey> news;
    owner_.drop(pod, news);
    tell(news);
  }
  /// What is known stays: the members' own watches say that the API server is out of reach.
  void failing(const Error&) override {}

  /// Forgets the pods of the namespace that are not among these.
  void forget_all_but(const std::set<std::pair<ObjectKey, std::string>>& kept) {
    std::set<ObjectKey> news;
    {
      const std::scoped_lock lock(owner_.mutex_);
      for (auto& [workload, notes] : owner_.notes_) {
        if (!scope_.empty() && workload.namespace_ != scope_) continue;
        const auto is_gone = [&, &key = workload](const auto& note) { return kept.count({key, note.first}) == 0; };
        if (std::erase_if(notes, is_gone) > 0) news.insert(workload);
      }
      std::erase_if(owner_.notes_, [](const auto& entry) { return entry.second.empty(); });
    }
    tell(news);
  }

 private:
  void tell(const std::set<ObjectKey>& news) const {
    if (!news.empty()) owner_.changed_(news);
  }

  Pods& owner_;
  std::string scope_;
  std::set<std::pair<ObjectKey, std::string>> listing_;
  std::unique_ptr<kube::Watch> watch_;
};

Pods::Pods(kube::Cluster& cluster, const Clock& clock, Changed changed)
    : cluster_(cluster),
      clock_(clock),
      changed_(std::move(changed)),
      warnings_(cluster, [this](const ObjectKey& object) { warned(object); }) {}

Pods::~Pods() = default;

void Pods::stop() {
  const std::scoped_lock lock(watches_mutex_);
  watches_.clear();
  warnings_.follow({});
}

std::set<std::string> Pods::wanted() const {
  std::set<std::string> all;
  for (const auto& [part_of, namespaces] : namespaces_) all.insert(namespaces.begin(), namespaces.end());
  return all.size() > kMostNamespaces ? std::set<std::string>{""} : all;
}

void Pods::follow(const std::string& part_of, const std::set<std::string>& namespaces) {
  const std::scoped_lock watches_lock(watches_mutex_);
  std::set<std::string> wanted;
  {
    const std::scoped_lock lock(mutex_);
    if (namespaces.empty()) {
      namespaces_.erase(part_of);
    } else {
      namespaces_[part_of] = namespaces;
    }
    wanted = this->wanted();
  }
  for (const auto& namespace_ : wanted) {
    auto& watch = watches_[namespace_];
    if (watch != nullptr) continue;
    watch = std::make_unique<NamespaceWatch>(*this);
    watch->start(namespace_);
  }
  std::erase_if(watches_, [&](const auto& entry) { return wanted.count(entry.first) == 0; });
  warnings_.follow(wanted);
  const std::scoped_lock lock(mutex_);
  if (wanted.count("") != 0) return;
  std::erase_if(notes_, [&](const auto& entry) { return wanted.count(entry.first.namespace_) == 0; });
}

SteadyTime Pods::began(const Json& pod) const {
  const auto* scheduled = health::condition(pod, "PodScheduled");
  const auto told =
      scheduled == nullptr ? std::nullopt : parse_rfc3339(health::text(*scheduled, {"lastTransitionTime"}));
  if (!told) return clock_.steady();
  // Clocks differ: nothing began in the future, and nothing has to be known longer ago than the grace.
  const auto ago = std::chrono::duration_cast<Duration>(clock_.wall() - *told);
  return clock_.steady() - std::clamp(ago, Duration(0), kGrace);
}

void Pods::put(const Json& pod, std::set<ObjectKey>& news) {
  Note note{health::text(pod, {"metadata", "creationTimestamp"}),
            health::revision_of(pod),
            health::pod_trouble(pod),
            awaited_by(pod),
            {}};
  note.since = began(pod);
  auto workload = health::workload_of(pod);
  const std::scoped_lock lock(mutex_);
  auto& notes = notes_[workload];
  const auto [known, is_new] = notes.try_emplace(name_of(pod));
  const bool is_same = !is_new && known->second.trouble == note.trouble && known->second.awaits == note.awaits;
  if (is_same) note.since = std::min(note.since, known->second.since);
  known->second = std::move(note);
  if (!is_same) news.insert(std::move(workload));
}

void Pods::drop(const Json& pod, std::set<ObjectKey>& news) {
  auto workload = health::workload_of(pod);
  const std::scoped_lock lock(mutex_);
  const auto found = notes_.find(workload);
  if (found == notes_.end() || found->second.erase(name_of(pod)) == 0) return;
  if (found->second.empty()) notes_.erase(found);
  news.insert(std::move(workload));
}

/// More than one where pods of several were made within the second that times have.
std::set<std::string> Pods::newest_revisions(const Notes& notes) {
  const auto newest = std::max_element(
      notes.begin(), notes.end(), [](const auto& a, const auto& b) { return a.second.created < b.second.created; });
  std::set<std::string> revisions;
  for (const auto& [name, note] : notes) {
    if (note.created == newest->second.created) revisions.insert(note.revision);
  }
  return revisions;
}

Pods::Awaits Pods::awaited_by(const Json& pod) {
  if (health::awaits_containers(pod)) return Awaits::kContainers;
  return health::awaits_probes(pod) ? Awaits::kProbes : Awaits::kNothing;
}

std::optional<Pods::Worst> Pods::trouble_of(const std::string& namespace_, const std::string& pod,
                                            const Note& note) const {
  if (note.trouble) {
    const auto grace = note.trouble->grace;
    return Worst{pod, note.trouble->message, grace > Duration(0) ? note.since + grace : SteadyTime::min()};
  }
  if (note.awaits == Awaits::kNothing) return std::nullopt;
  const auto said = warnings_.of({{"", "Pod"}, namespace_, pod});
  if (!said) return std::nullopt;
  if (note.awaits == Awaits::kContainers) return Worst{pod, said->message, note.since + kGrace};
  return said->message.starts_with(kProbeFails) ? std::optional(Worst{pod, said->message, SteadyTime::max()})
                                                : std::nullopt;
}

std::optional<Pods::Worst> Pods::worst(const ObjectKey& workload) const {
  const auto found = notes_.find(workload);
  if (found == notes_.end()) return std::nullopt;
  const auto newest = newest_revisions(found->second);
  std::optional<Worst> worst;
  for (const auto& [name, note] : found->second) {
    if (newest.count(note.revision) == 0) continue;
    auto trouble = trouble_of(workload.namespace_, name, note);
    if (trouble && (!worst || trouble->until < worst->until)) worst = std::move(trouble);
  }
  return worst;
}

std::optional<health::Health> Pods::trouble(const ObjectKey& workload) const {
  const std::scoped_lock lock(mutex_);
  const auto worst = this->worst(workload);
  if (!worst || worst->until == SteadyTime::max()) {
    if (auto refused = refusal(workload)) return refused;
  }
  if (!worst) return std::nullopt;
  const bool is_itself = workload.type == GroupKind{"", "Pod"};
  return health::Health{
      clock_.steady() < worst->until ? health::HealthStatus::kProgressing : health::HealthStatus::kDegraded,
      (is_itself ? "" : "pod " + worst->pod + ": ") + worst->message};
}

/// Why no pod of the workload can be made, as an Event says; one that was made since has settled that.
std::optional<health::Health> Pods::refusal(const ObjectKey& workload) const {
  const auto said = warnings_.of(workload);
  if (!said || !said->is_warning) return std::nullopt;
  if (const auto pods = notes_.find(workload); pods != notes_.end()) {
    for (const auto& [name, note] : pods->second) {
      if (note.created >= said->when) return std::nullopt;
    }
  }
  return health::Health{health::HealthStatus::kDegraded, said->message};
}

std::optional<health::Health> Pods::claim(const ObjectKey& claim) const {
  const auto said = warnings_.of(claim);
  if (!said) return std::nullopt;
  return health::Health{said->is_warning ? health::HealthStatus::kDegraded : health::HealthStatus::kProgressing,
                        said->message};
}

std::optional<SteadyTime> Pods::due(const ObjectKey& workload) const {
  const std::scoped_lock lock(mutex_);
  const auto worst = this->worst(workload);
  if (!worst || worst->until <= clock_.steady() || worst->until == SteadyTime::max()) return std::nullopt;
  return worst->until;
}

void Pods::warned(const ObjectKey& object) {
  std::set<ObjectKey> news{object};
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [workload, notes] : notes_) {
      if (workload.namespace_ == object.namespace_ && notes.count(object.name) != 0) news.insert(workload);
    }
  }
  changed_(news);
}

}  // namespace reconciler::controller
