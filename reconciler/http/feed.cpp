#include "http/feed.h"

#include <utility>

namespace reconciler::http {

void Feed::write(const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    if (given_up_) return;
    given_up_ = waiting_.size() + text.size() > most_waiting_;
    if (!given_up_) waiting_ += text;
  }
  wake();
}

void Feed::give_up() {
  {
    const std::lock_guard lock(mutex_);
    given_up_ = true;
  }
  wake();
}

void Feed::wake() {
  std::function<void()> wake;
  {
    const std::lock_guard lock(mutex_);
    wake = wake_;
  }
  if (wake) wake();
}

std::optional<std::string> Feed::take() {
  const std::lock_guard lock(mutex_);
  if (given_up_) return std::nullopt;
  return std::exchange(waiting_, {});
}

bool Feed::has_given_up() const {
  const std::lock_guard lock(mutex_);
  return given_up_;
}

void Feed::on_text(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

}  // namespace reconciler::http
