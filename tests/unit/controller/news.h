#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace reconciler::controller {

/// What a callback was told, in order. Thread-safe.
class News {
 public:
  void tell(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    told_.push_back(text);
    came_.notify_all();
  }
  std::vector<std::string> all() const {
    const std::scoped_lock lock(mutex_);
    return told_;
  }
  bool has(const std::string& text) const {
    const std::scoped_lock lock(mutex_);
    return std::find(told_.begin(), told_.end(), text) != told_.end();
  }
  void forget() {
    const std::scoped_lock lock(mutex_);
    told_.clear();
  }
  void wait_for(const std::string& text) const {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return std::find(told_.begin(), told_.end(), text) != told_.end(); });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  std::vector<std::string> told_;  ///< Guarded by mutex_.
};

}  // namespace reconciler::controller
