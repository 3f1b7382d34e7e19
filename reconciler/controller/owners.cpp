#include "controller/owners.h"

#include <memory>
#include <utility>

namespace reconciler::controller {

void free_orphans(sync::LiveSet& live, const std::string& part_of, const ParentOf& parent_of) {
  for (auto& [key, member] : live) {
    const bool is_orphan = member->part_of != part_of && !member->digest.empty() && !parent_of(member->part_of);
    if (!is_orphan) continue;
    auto free = *member;
    free.part_of.clear();
    member = std::make_shared<const sync::LiveMember>(std::move(free));
  }
}

void name_owners(sync::Plan& plan, const sync::LiveSet& live, const std::string& environment,
                 const ParentOf& parent_of) {
  for (auto& step : plan.steps) {
    if (step.action != sync::Action::kBlocked) continue;
    const auto owner = parent_of(live.at(step.key)->part_of);
    if (owner) step.reason = "belongs to environment '" + *owner + "', not to '" + environment + "'";
  }
}

}  // namespace reconciler::controller
