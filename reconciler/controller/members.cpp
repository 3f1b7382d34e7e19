#include "controller/members.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "sync/names.h"

namespace reconciler::controller {
namespace {

/// Resource versions of one kind grow (Kubernetes: "resource versions are comparable", since 1.35 documented).
std::uint64_t version_number(const std::string& text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// A new version alone is no news, unless the object differs from Git: then something else may differ now, or nothing.
bool tells_the_same(const sync::LiveMember& a, sync::LiveMember b) {
  if (!b.drifted()) b.resource_version = a.resource_version;
  return a == b;
}

}  // namespace

/// The watch of one kind. All calls come from the transport thread.
class Members::KindWatch final : public kube::WatchHandler {
 public:
  KindWatch(Members& owner, GroupKind type) : owner_(owner), type_(std::move(type)) {}

  void start() {
    kube::ListRequest request;
    request.type = type_;
    request.label_selector = owner_.label_;
    request.projection = owner_.needs_body(type_) ? kube::Projection::kFull : kube::Projection::kMetadata;
    watch_ = owner_.cluster_.watch(request, *this);
  }

  void begin_list() override { listing_.clear(); }
  void item(Json&& object) override {
    listing_.insert(sync::key_of(object));
    put(object);
  }
  void end_list(const std::string& resource_version) override {
    forget_unlisted();
    settle(version_number(resource_version), std::nullopt);
  }
  void changed(Json&& object) override { put(object); }
  void deleted(Json&& object) override {
    std::set<std::string> news;
    {
      const std::scoped_lock lock(owner_.mutex_);
      const auto version = version_number(sync::reduce(object, false).resource_version);
      version_ = std::max(version_, version);
      news = owner_.drop(sync::key_of(object));
    }
    owner_.tell(news);
  }
  void failing(const Error& error) override {
    if (error.kind == ErrorKind::kNotFound) {
      listing_.clear();
      forget_unlisted();
      return settle(0, std::nullopt);
    }
    bool is_new = false;
    {
      const std::scoped_lock lock(owner_.mutex_);
      is_new = !trouble_.has_value();
      trouble_ = error;
    }
    owner_.news_.notify_all();
    if (is_new) owner_.changed_("");
  }
  void recovered() override { settle(0, std::nullopt); }

  // Guarded by owner_.mutex_.
  bool listed_ = false;
  std::uint64_t version_ = 0;  ///< The newest that this watch has shown.
  std::optional<Error> trouble_;

 private:
  void put(const Json& object) {
    auto shown = owner_.reduced(object);
    std::set<std::string> news;
    {
      const std::scoped_lock lock(owner_.mutex_);
      version_ = std::max(version_, version_number(shown.member.resource_version));
      news = owner_.put(std::move(shown));
    }
    owner_.tell(news);
  }

  void forget_unlisted() {
    std::set<std::string> news;
    {
      const std::scoped_lock lock(owner_.mutex_);
      std::vector<ObjectKey> gone;
      for (const auto& [key, member] : owner_.members_) {
        if (key.type == type_ && listing_.count(key) == 0) gone.push_back(key);
      }
      for (const auto& key : gone) news.merge(owner_.drop(key));
    }
    listing_.clear();
    owner_.tell(news);
  }

  void settle(std::uint64_t version, std::optional<Error> trouble) {
    bool came_back = false;
    {
      const std::scoped_lock lock(owner_.mutex_);
      version_ = std::max(version_, version);
      came_back = trouble_.has_value() && !trouble.has_value();
      trouble_ = std::move(trouble);
      listed_ = true;
    }
    owner_.news_.notify_all();
    if (came_back) owner_.changed_("");
  }

  Members& owner_;
  const GroupKind type_;
  std::set<ObjectKey> listing_;
  std::unique_ptr<kube::Watch> watch_;
};

Members::Members(kube::Cluster& cluster, Changed changed, const Clock& clock, const char* label)
    : cluster_(cluster),
      changed_(std::move(changed)),
      label_(label),
      pods_(std::make_unique<Pods>(cluster, clock, [this](const std::set<ObjectKey>& workloads) {
        std::set<std::string> news;
        {
          const std::scoped_lock lock(mutex_);
          for (const auto& key : workloads) news.merge(judge(key));
        }
        tell(news);
      })) {}

Members::~Members() { stop(); }

void Members::stop() {
  pods_->stop();
  // A watch's destructor waits for a running handler, which may want the mutex.
  std::map<GroupKind, std::unique_ptr<KindWatch>> watches;
  {
    const std::scoped_lock lock(mutex_);
    watches.swap(watches_);
  }
}

Status Members::follow(const std::set<GroupKind>& kinds, Duration patience, const std::stop_token& stop) {
  std::set<GroupKind> served;
  for (const auto& type : kinds) {
    const auto resource = cluster_.resource(type, "");
    if (!resource && resource.error().kind != ErrorKind::kNotFound) return fail(resource.error());
    if (resource) served.insert(type);
  }
  for (const auto& type : served) {
    KindWatch* fresh = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      auto& watch = watches_[type];
      if (watch == nullptr) {
        watch = std::make_unique<KindWatch>(*this, type);
        fresh = watch.get();
      }
    }
    if (fresh != nullptr) fresh->start();
  }
  std::unique_lock lock(mutex_);
  std::optional<Error> refused;
  if (news_.wait_for(lock, stop, patience, [&] { return is_known(served, refused); })) {
    return refused ? Status(fail(*std::move(refused))) : Status();
  }
  if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopped");
  return fail(refused.value_or(Error{ErrorKind::kUnavailable, "the API server has not listed what lives in time", {}}));
}

void Members::list_again(const std::vector<health::HealthRule>& concerned) {
  std::vector<std::unique_ptr<KindWatch>> ended;
  std::vector<KindWatch*> fresh;
  {
    const std::scoped_lock lock(mutex_);
    for (auto& [type, watch] : watches_) {
      const auto concerns = [&type = type](const auto& rule) { return rule.concerns(type); };
      if (std::none_of(concerned.begin(), concerned.end(), concerns)) continue;
      ended.push_back(std::exchange(watch, std::make_unique<KindWatch>(*this, type)));
      fresh.push_back(watch.get());
    }
  }
  // A watch's destructor waits for a running handler, which may want the mutex.
  ended.clear();
  for (auto* watch : fresh) watch->start();
}

bool Members::is_known(const std::set<GroupKind>& kinds, std::optional<Error>& refused) const {
  refused.reset();
  bool all_listed = true;
  for (const auto& type : kinds) {
    const auto& watch = *watches_.at(type);
    if (watch.trouble_ && !watch.listed_) {
      refused = watch.trouble_;
      if (watch.trouble_->kind == ErrorKind::kForbidden) return true;
    }
    all_listed = all_listed && watch.listed_;
  }
  return all_listed;
}

sync::LiveSet Members::snapshot(const sync::DesiredSet& set) {
  sync::LiveSet live;
  std::set<ObjectKey> wanted;
  const std::scoped_lock lock(mutex_);
  if (const auto own = keys_by_set_.find(set.part_of); own != keys_by_set_.end()) {
    for (const auto& key : own->second) live.emplace(key, members_.at(key));
  }
  for (const auto& desired : set.objects) {
    const auto found = members_.find(desired.key);
    if (found == members_.end()) continue;
    live.emplace(*found);
    if (found->second->part_of != set.part_of) wanted.insert(desired.key);
  }
  wanted_.erase(set.part_of);
  if (!wanted.empty()) wanted_.emplace(set.part_of, std::move(wanted));
  return live;
}

void Members::parent_gone(const std::string& part_of) {
  std::set<std::string> news;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [set, keys] : wanted_) {
      const bool is_theirs = std::any_of(keys.begin(), keys.end(), [&](const ObjectKey& key) {
        const auto found = members_.find(key);
        return found != members_.end() && found->second->part_of == part_of;
      });
      if (is_theirs) news.insert(set);
    }
  }
  tell(news);
}

/// Adds the sets that want the object, and to which it does not belong.
void Members::add_wanting(const ObjectKey& key, std::set<std::string>& sets) const {
  for (const auto& [set, keys] : wanted_) {
    if (keys.count(key) != 0) sets.insert(set);
  }
}

sync::LiveSet Members::members_of(const std::string& part_of) const {
  sync::LiveSet live;
  const std::scoped_lock lock(mutex_);
  if (const auto own = keys_by_set_.find(part_of); own != keys_by_set_.end()) {
    for (const auto& key : own->second) live.emplace(key, members_.at(key));
  }
  return live;
}

std::optional<Error> Members::trouble(const std::set<GroupKind>& kinds) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& type : kinds) {
    const auto watch = watches_.find(type);
    if (watch == watches_.end()) continue;
    const auto& trouble = watch->second->trouble_;
    if (trouble && trouble->kind == ErrorKind::kUnavailable) return trouble;
  }
  return std::nullopt;
}

void Members::applied(const Json& object) {
  auto shown = reduced(object);
  const std::scoped_lock lock(mutex_);
  const auto watch = watches_.find(shown.member.key.type);
  // What the watch has shown is not older than this answer, and may have been deleted since.
  if (watch == watches_.end() || version_number(shown.member.resource_version) <= watch->second->version_) return;
  put(std::move(shown));
  news_.notify_all();
}

void Members::deletion_accepted(const ObjectKey& key, const std::string& uid) {
  const std::scoped_lock lock(mutex_);
  const auto found = members_.find(key);
  if (found == members_.end() || found->second->uid != uid) return;
  auto leaving = *found->second;
  leaving.being_deleted = true;
  found->second = std::make_shared<const sync::LiveMember>(std::move(leaving));
}

Status Members::wait_gone(const std::vector<std::pair<ObjectKey, std::string>>& objects, Duration patience,
                          std::stop_token stop) {
  std::vector<Cause> staying;
  const auto all_gone = [&] {
    staying.clear();
    for (const auto& [key, uid] : objects) {
      const auto found = members_.find(key);
      if (found != members_.end() && found->second->uid == uid) staying.push_back({key.text(), "", "is being deleted"});
    }
    return staying.empty();
  };
  std::unique_lock lock(mutex_);
  if (news_.wait_for(lock, stop, patience, all_gone)) return {};
  if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "the sync was stopped");
  return fail(ErrorKind::kUnavailable, "waited in vain for objects to go", std::move(staying));
}

std::set<std::string> Members::put(Shown shown) {
  auto& member = shown.member;
  std::set<std::string> news;
  auto& known = members_[member.key];
  if (known != nullptr && version_number(known->resource_version) > version_number(member.resource_version))
    return news;
  own_health_.erase(member.key);
  if (shown.by_pods) {
    own_health_.emplace(member.key, member.health);
    member.health = judged(member.key, member.health);
  }
  const bool is_news = known == nullptr || !tells_the_same(*known, member);
  if (known != nullptr && known->part_of != member.part_of) {
    keys_by_set_[known->part_of].erase(member.key);
    news.insert(known->part_of);
    add_wanting(member.key, news);
  }
  keys_by_set_[member.part_of].insert(member.key);
  if (is_news) news.insert(member.part_of);
  known = std::make_shared<const sync::LiveMember>(std::move(member));
  return news;
}

std::set<std::string> Members::drop(const ObjectKey& key) {
  const auto found = members_.find(key);
  if (found == members_.end()) return {};
  std::set<std::string> news{found->second->part_of};
  add_wanting(key, news);
  keys_by_set_[found->second->part_of].erase(key);
  own_health_.erase(key);
  members_.erase(found);
  return news;
}

void Members::tell(const std::set<std::string>& part_of) {
  news_.notify_all();
  for (const auto& set : part_of) changed_(set);
}

}  // namespace reconciler::controller
