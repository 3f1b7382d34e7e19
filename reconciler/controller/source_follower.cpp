#include "controller/source_follower.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "controller/backoff.h"

namespace reconciler::controller {
namespace {

/// Requests for a look are served at once, ten of them; then five in a second, however many there are.
constexpr Duration kPace = std::chrono::milliseconds(200);
constexpr int kBurst = 10;

constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::seconds(5);

bool tells_the_same(const SourceState& a, const SourceState& b) {
  if (a.error.has_value() != b.error.has_value()) return false;
  if (a.error && a.error->line() != b.error->line()) return false;
  return std::equal(a.heads.begin(), a.heads.end(), b.heads.begin(), b.heads.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first && x.second.id == y.second.id; });
}

/// The heads of the branches as the mirror has them, whether the remote answered or not.
Result<std::map<std::string, git::Commit>> heads_of(const git::Mirror& mirror,
                                                    const std::vector<std::string>& branches) {
  std::map<std::string, git::Commit> heads;
  for (const auto& branch : branches) {
    TRY(auto head, mirror.head(branch));
    if (head) heads.emplace(branch, *std::move(head));
  }
  return heads;
}

}  // namespace

SourceFollower::SourceFollower(std::unique_ptr<git::Mirror> mirror, const Clock& clock, Looked looked)
    : mirror_(std::move(mirror)),
      clock_(clock),
      looked_(std::move(looked)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SourceFollower::stop() { thread_ = {}; }

void SourceFollower::follow(const std::set<std::string>& branches, Duration interval) {
  {
    const std::scoped_lock lock(mutex_);
    look_at_once_ =
        look_at_once_ || !std::includes(branches_.begin(), branches_.end(), branches.begin(), branches.end());
    branches_ = branches;
    if (interval < interval_) next_ = std::min(next_, clock_.steady() + interval);
    interval_ = interval;
  }
  asked_.notify_all();
}

void SourceFollower::look_now() {
  {
    const std::scoped_lock lock(mutex_);
    look_at_once_ = true;
  }
  asked_.notify_all();
}

std::shared_ptr<const SourceState> SourceFollower::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

SteadyTime SourceFollower::due() const {
  if (branches_.empty()) return SteadyTime::max();
  return look_at_once_ ? std::min(gate_, next_) : next_;
}

bool SourceFollower::is_due() const { return due() <= clock_.steady(); }

void SourceFollower::pace() {
  const auto now = clock_.steady();
  paid_until_ = std::max(paid_until_, now) + kPace;
  gate_ = paid_until_ - (kBurst - 1) * kPace;
}

void SourceFollower::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      while (!stop.stop_requested() && !is_due()) {
        const auto wake = due();
        const auto is_sooner = [&] { return due() < wake; };
        if (wake == SteadyTime::max()) {
          asked_.wait(lock, stop, is_sooner);
        } else {
          asked_.wait_until(lock, stop, wake, is_sooner);
        }
      }
    }
    if (!stop.stop_requested()) look(stop);
  }
}

void SourceFollower::look(const std::stop_token& stop) {
  std::vector<std::string> branches;
  bool was_asked = false;
  {
    const std::scoped_lock lock(mutex_);
    branches.assign(branches_.begin(), branches_.end());
    was_asked = std::exchange(look_at_once_, false);
    if (was_asked) pace();
  }
  const auto began = clock_.steady();
  const auto refs = mirror_->update(branches, stop);
  if (stop.stop_requested()) return;

  auto state = std::make_shared<SourceState>();
  if (!refs) state->error = refs.error();
  if (auto heads = heads_of(*mirror_, branches)) {
    state->heads = *std::move(heads);
  } else {
    state->error = heads.error();
  }
  state->asked.insert(branches.begin(), branches.end());
  state->looked = clock_.wall();
  state->took = std::chrono::duration_cast<Duration>(clock_.steady() - began);

  bool is_news = was_asked;
  {
    const std::scoped_lock lock(mutex_);
    is_news = is_news || !tells_the_same(*state_, *state);
    state_ = state;
    next_ = next_look(state->error.has_value());
  }
  if (is_news) looked_(*state);
}

SteadyTime SourceFollower::next_look(bool failed) {
  failures_ = failed ? failures_ + 1 : 0;
  const auto wait = failed ? backoff(failures_, kFirstRetry, std::min(interval_, kLongestRetry)) : jittered(interval_);
  return clock_.steady() + wait;
}

}  // namespace reconciler::controller
