#pragma once

#include <set>
#include <string>
#include <vector>

#include "controller/status.h"
#include "sync/diff.h"

namespace reconciler::controller {

/// Says of each object that differs and is left so, what differs: fills `changes` of its status, and `contenders`. One
/// whose content is as Git says is in sync after all. What `before` says of the same version of an object, or of one
/// that is contested, is taken from there; else the API server is asked, for so many objects as a person would read.
/// Errors: kUnavailable.
Status explain_drift(const sync::DesiredSet& set, const sync::Plan& plan, const std::vector<ObjectStatus>& before,
                     const std::set<ObjectKey>& contested, kube::Cluster& cluster, std::vector<ObjectStatus>& objects);

}  // namespace reconciler::controller
