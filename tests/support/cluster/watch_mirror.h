#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include "kube/watch.h"

namespace reconciler::test {

/// Keeps what a watch says, as a cache would, and lets a test wait for it.
class WatchMirror final : public kube::WatchHandler {
 public:
  void begin_list() override {
    locked([this] { listed_.clear(); });
  }
  void item(Json&& object) override {
    locked([&] { listed_[name(object)] = object; });
  }
  void end_list(const std::string&) override {
    locked([this] {
      objects_ = listed_;
      ++lists_;
      well_ = true;
    });
  }
  void changed(Json&& object) override {
    locked([&] { objects_[name(object)] = object; });
  }
  void deleted(Json&& object) override {
    locked([&] { objects_.erase(name(object)); });
  }
  void failing(const Error& error) override {
    locked([&] {
      well_ = false;
      error_ = error;
    });
  }
  void recovered() override {
    locked([this] { well_ = true; });
  }

  template <class Condition>
  bool wait(const Condition& condition) {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, kPatience, [&] { return condition(*this); });
  }
  bool wait_for_value(const std::string& name, const std::string& value) {
    return wait([&](const WatchMirror& mirror) {
      const auto found = mirror.objects_.find(name);
      return found != mirror.objects_.end() && found->second["data"]["key"] == value;
    });
  }
  bool wait_for_absence(const std::string& name) {
    return wait([&](const WatchMirror& mirror) { return mirror.lists_ > 0 && !mirror.objects_.contains(name); });
  }
  bool wait_until_well(bool well) {
    return wait([&](const WatchMirror& mirror) { return mirror.well_ == well; });
  }

  std::map<std::string, Json> objects_;
  int lists_ = 0;
  bool well_ = false;
  Error error_;

 private:
  /// So long that only a defect reaches it.
  static constexpr auto kPatience = std::chrono::seconds(90);

  static std::string name(const Json& object) { return object["metadata"]["name"]; }
  template <class Change>
  void locked(const Change& change) {
    const std::lock_guard lock(mutex_);
    change();
    news_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable news_;
  std::map<std::string, Json> listed_;
};

}  // namespace reconciler::test
