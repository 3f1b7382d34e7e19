#pragma once

#include <functional>
#include <vector>

#include "kustomize/steps.h"

namespace reconciler::kustomize {

/// Built-in generators and transformers that are configured by objects (`generators`, `transformers`, `validators`):
/// `apiVersion: builtin` and the plugin's name as kind. Programs and containers are refused by design.

/// Errors: kInvalid for a configuration that is none of a built-in transformer, with its place.
Result<std::vector<Step>> configured_transformers(Session& session, const Layer& layer,
                                                  const ResourceMap& configurations);

struct GeneratedResources {
  std::vector<Resource> resources;
  std::optional<Origin> origin;
};
Result<std::vector<GeneratedResources>> configured_generators(Session& session, const Layer& layer,
                                                              const ResourceMap& configurations);

/// Puts a value into fields of objects (ValueAddTransformer). Errors: kInvalid.
Result<std::function<Status(ResourceMap&)>> value_add(Session& session, const Layer& layer,
                                                      const yaml::Node& configuration, const std::string& file);

}  // namespace reconciler::kustomize
