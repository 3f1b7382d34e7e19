#include "controller/parent_finder.h"

#include "sync/find_parent.h"

namespace reconciler::controller {
namespace {

constexpr Duration kCounts = std::chrono::seconds(5);

}  // namespace

std::optional<ObjectKey> ParentFinder::find(const std::string& part_of) {
  if (const auto answer = known(part_of)) return answer->parent;
  const Answer answer{sync::find_parent(part_of, cluster_), clock_.steady()};
  const std::scoped_lock lock(mutex_);
  answers_.insert_or_assign(part_of, answer);
  return answer.parent;
}

std::optional<ParentFinder::Answer> ParentFinder::known(const std::string& part_of) {
  const auto now = clock_.steady();
  const std::scoped_lock lock(mutex_);
  std::erase_if(answers_, [now](const auto& entry) { return now - entry.second.came >= kCounts; });
  const auto found = answers_.find(part_of);
  return found == answers_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace reconciler::controller
