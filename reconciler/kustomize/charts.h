#pragma once

#include <vector>

#include "kustomize/kustomization.h"
#include "kustomize/layer.h"
#include "kustomize/resource.h"

namespace reconciler::kustomize {

/// The objects of a chart: the one in the kustomization's folder of charts, else the one that its repository publishes.
/// As in the reference, a chart's own values are given to helm as a file, merged with `valuesInline`; and the chart
/// cares for the namespace of what it makes. Errors: kInvalid, also when charts are not enabled.
Result<std::vector<Resource>> inflate(Session& session, const Layer& layer, const ChartArgs& args);

}  // namespace reconciler::kustomize
