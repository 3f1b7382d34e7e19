#include "controller/revisions.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace reconciler::controller {
namespace {

using RevisionsByMark = std::unordered_map<std::size_t, Revision>;

bool is_untraced(const ObjectStatus& object) { return object.mark != 0 && object.revision == nullptr; }

void fill(const RevisionsByMark& known, std::vector<ObjectStatus>& objects) {
  for (auto& object : objects) {
    if (!is_untraced(object)) continue;
    if (const auto found = known.find(object.mark); found != known.end()) object.revision = found->second;
  }
}

}  // namespace

std::size_t mark_of(const std::string& digest) { return digest.empty() ? 0 : std::hash<std::string>{}(digest); }

bool has_untraced(const std::vector<ObjectStatus>& objects) {
  return std::any_of(objects.begin(), objects.end(), is_untraced);
}

void carry_revisions(const std::vector<ObjectStatus>& before, std::vector<ObjectStatus>& objects) {
  RevisionsByMark known;
  for (const auto& object : before) {
    if (object.revision != nullptr) known.emplace(object.mark, object.revision);
  }
  fill(known, objects);
}

void find_revisions(const std::vector<sync::Desired>& at_commit, const std::string& commit,
                    std::vector<ObjectStatus>& objects) {
  const auto revision = std::make_shared<const std::string>(commit);
  RevisionsByMark known;
  for (const auto& desired : at_commit) known.emplace(mark_of(desired.digest), revision);
  fill(known, objects);
}

}  // namespace reconciler::controller
