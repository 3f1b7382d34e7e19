#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "kustomize/kustomization.h"
#include "kustomize/layer.h"
#include "kustomize/origin.h"
#include "kustomize/transformer_config.h"

namespace reconciler::kustomize {

/// One change of all objects, read and ready.
struct Step {
  std::string_view kind;  ///< The reference's name of the transformer.
  std::function<Status(ResourceMap&)> run;
  std::size_t times = 1;         ///< How many transformers of the reference it stands for.
  std::optional<Origin> origin;  ///< Of a transformer with a file of its own.
};

/// The transformers that the fields of a kustomization ask for, in the reference's order. They refer to all arguments.
/// Errors: every mistake in patches and other files that the fields name.
Result<std::vector<Step>> steps_of(Session& session, const Layer& layer, const Kustomization& k,
                                   const TransformerConfig& config);

}  // namespace reconciler::kustomize
