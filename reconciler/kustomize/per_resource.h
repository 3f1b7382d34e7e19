#pragma once

#include <utility>
#include <vector>

#include "kustomize/resource_map.h"

namespace reconciler::kustomize {

/// Does something with each object that is still there, and gathers what went wrong: a cause without a place gets the
/// object's, one with `line:column` gets its file.
template <class Change>
Status for_each_resource(const std::vector<Resource*>& resources, const Change& change) {
  std::vector<Cause> causes;
  for (Resource* resource : resources) {
    if (resource->node == nullptr || resource->node->is_null_or_empty()) continue;
    Status done = change(*resource);
    if (done) continue;
    Error error = std::move(done).error();
    if (error.causes.empty()) error.causes.push_back({"", "", std::move(error.message)});
    for (Cause& cause : error.causes) {
      if (cause.where.empty()) cause.where = resource->id().text() + " (" + resource->origin() + ")";
      causes.push_back(std::move(cause));
    }
  }
  if (causes.empty()) return {};
  return fail(ErrorKind::kInvalid, "objects cannot be changed", std::move(causes));
}

}  // namespace reconciler::kustomize
