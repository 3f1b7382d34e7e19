#pragma once

#include <string>
#include <vector>

#include "controller/status.h"
#include "sync/desired.h"

namespace reconciler::controller {

/// What was applied to an object, by the digest of it that the object bears; 0 when that is nothing of ours.
std::size_t mark_of(const std::string& digest);

/// Whether something lives to which something of ours was applied, and nothing tells at which commit.
bool has_untraced(const std::vector<ObjectStatus>& objects);

/// Gives their revision to objects that have none and are as they were when it was told before.
void carry_revisions(const std::vector<ObjectStatus>& before, std::vector<ObjectStatus>& objects);

/// Gives the commit to objects that have no revision and to which was applied what they are at that commit.
void find_revisions(const std::vector<sync::Desired>& at_commit, const std::string& commit,
                    std::vector<ObjectStatus>& objects);

}  // namespace reconciler::controller
