#include "controller/sources.h"

#include <utility>
#include <vector>

namespace reconciler::controller {

namespace {
constexpr Duration kKeptInterval = std::chrono::seconds(30);
}  // namespace

Sources::Sources(Open open, const Clock& clock, Looked looked)
    : open_(std::move(open)), clock_(clock), looked_(std::move(looked)) {}

void Sources::follow(const std::map<std::string, Following>& remotes) {
  const std::scoped_lock lock(mutex_);
  if (stopped_) return;
  for (auto& [url, remote] : remotes_) {
    if (remotes.count(url) == 0 && remote.follower != nullptr) remote.follower->follow({}, std::chrono::hours(1));
  }
  for (const auto& [url, following] : remotes) {
    Remote& remote = remotes_[url];
    if (remote.follower == nullptr) open(url, remote);
    if (remote.follower != nullptr) remote.follower->follow(following.branches, following.interval);
  }
}

void Sources::keep(const std::string& url, const std::string& branch) {
  const std::scoped_lock lock(mutex_);
  if (remotes_.count(url) != 0) return;
  Remote& remote = remotes_[url];
  open(url, remote);
  if (remote.follower != nullptr) remote.follower->follow({branch}, kKeptInterval);
}

void Sources::open(const std::string& url, Remote& remote) {
  auto mirror = open_(url);
  if (!mirror) {
    remote.error = mirror.error();
    return;
  }
  remote.error.reset();
  remote.follower = std::make_unique<SourceFollower>(*std::move(mirror), clock_,
                                                     [this, url](const SourceState& state) { looked_(url, state); });
}

void Sources::look_now(const std::string& url) {
  const std::scoped_lock lock(mutex_);
  const auto remote = remotes_.find(url);
  if (remote != remotes_.end() && remote->second.follower != nullptr) remote->second.follower->look_now();
}

void Sources::stop() {
  std::vector<SourceFollower*> followers;
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    for (const auto& [url, remote] : remotes_) {
      if (remote.follower != nullptr) followers.push_back(remote.follower.get());
    }
  }
  // Without the mutex, which whoever is told of a look may want.
  for (auto* follower : followers) follower->stop();
}

SourceView Sources::view(const std::string& url, const std::string& branch) const {
  const std::scoped_lock lock(mutex_);
  const auto remote = remotes_.find(url);
  if (remote == remotes_.end()) return {};
  if (remote->second.follower == nullptr) return {std::nullopt, remote->second.error, true};
  const auto state = remote->second.follower->state();
  const auto head = state->heads.find(branch);
  return {head == state->heads.end() ? std::nullopt : std::optional(head->second), state->error,
          state->asked.count(branch) != 0};
}

Result<std::shared_ptr<const FileTree>> Sources::tree(const std::string& url, const std::string& commit) const {
  const git::Mirror* mirror = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    const auto remote = remotes_.find(url);
    if (remote != remotes_.end() && remote->second.follower != nullptr) mirror = &remote->second.follower->mirror();
  }
  if (mirror == nullptr) return fail(ErrorKind::kNotFound, "the repository is not followed any more");
  return mirror->tree(commit);
}

}  // namespace reconciler::controller
