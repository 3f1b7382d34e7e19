#include "controller/owners.h"

#include <map>
#include <memory>
#include <utility>

namespace reconciler::controller {
namespace {

std::string text_of_owner(const std::string& part_of, const std::string& environment, const ParentOf& parent_of,
                          const FindParent& find_parent) {
  if (const auto owner = parent_of(part_of))
    return "belongs to environment '" + *owner + "', not to '" + environment + "'";
  const auto parent = find_parent(part_of);
  return "belongs to ApplySet " + part_of + (parent ? " of " + parent->text() : ", whose parent is not to be found");
}

}  // namespace

void free_orphans(sync::LiveSet& live, const std::string& part_of, const ParentOf& parent_of) {
  for (auto& [key, member] : live) {
    const bool is_orphan = member->part_of != part_of && !member->digest.empty() && !parent_of(member->part_of);
    if (!is_orphan) continue;
    auto free = *member;
    free.part_of.clear();
    member = std::make_shared<const sync::LiveMember>(std::move(free));
  }
}

void name_owners(sync::Plan& plan, const sync::LiveSet& live, const std::string& environment, const ParentOf& parent_of,
                 const FindParent& find_parent) {
  std::map<std::string, std::string> owners;
  for (auto& step : plan.steps) {
    if (step.action != sync::Action::kBlocked) continue;
    const auto& part_of = live.at(step.key)->part_of;
    const auto [owner, is_new] = owners.emplace(part_of, "");
    if (is_new) owner->second = text_of_owner(part_of, environment, parent_of, find_parent);
    step.reason = owner->second;
  }
}

}  // namespace reconciler::controller
