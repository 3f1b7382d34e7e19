#pragma once

#include <optional>
#include <string>

#include "kustomize/kustomization.h"
#include "kustomize/layer.h"
#include "kustomize/resource.h"

namespace reconciler::kustomize {

enum class Generated { kConfigMap, kSecret };

/// Makes the object that `args` describe, from literals and from files that the layer may read. `global` are the
/// kustomization's own options, which the generator's go before.
/// Errors: kInvalid and what load() says; never a value.
Result<Resource> generate(Session& session, const Layer& layer, Generated what, const GeneratorArgs& args,
                          const std::optional<GeneratorOptions>& global);

}  // namespace reconciler::kustomize
