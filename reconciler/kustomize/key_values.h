#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "kustomize/kustomization.h"
#include "kustomize/layer.h"

namespace reconciler::kustomize {

/// Keys and values of a generator, in the reference's order: env files, literals, files. Values live in the arena.
/// Errors: kInvalid for a repeated key and a source that is none, with the source's key or path but no value.
Result<TextPairs> read_key_values(Session& session, const Layer& layer, const GeneratorArgs& args);

}  // namespace reconciler::kustomize
