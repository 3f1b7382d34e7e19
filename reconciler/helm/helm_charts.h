#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "kustomize/build.h"

namespace reconciler::helm {

struct HelmOptions {
  std::string command = "helm";       ///< The program, looked up on PATH when it has no `/`. Version 3 or 4.
  std::chrono::seconds timeout{120};  ///< Of one run; then it is killed.
};

/// Charts rendered by the helm program. Each run sees a folder of its own that is removed afterwards: the chart's
/// files, the values and an empty configuration, so that neither the person's repositories nor plugins have a say. What
/// helm writes to its error output is part of the error; values are not. Thread-safe.
std::unique_ptr<kustomize::Charts> helm_charts(const HelmOptions& options);

}  // namespace reconciler::helm
