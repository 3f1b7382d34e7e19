#pragma once

#include "kustomize/kustomization.h"
#include "kustomize/layer.h"
#include "kustomize/resource_map.h"
#include "kustomize/transformer_config.h"
#include "kustomize/vars.h"

namespace reconciler::kustomize {

/// What a kustomization amounts to, before hashes and references between objects: these need the whole set.
struct Accumulated {
  ResourceMap resources;
  SharedConfig config;
  Vars vars;
};

/// The kustomization of a layer's folder. Errors: kNotFound when there is none, kInvalid for several or a wrong one.
Result<Kustomization> read_kustomization(Session& session, const Layer& layer);

/// Does all that the kustomization says, in the reference's order: resources, configurations, generators, components,
/// transformers, validators. Errors: all independent ones, each with the way to it.
Result<Accumulated> accumulate(Session& session, const Layer& layer, const Kustomization& kustomization);

/// Puts `name → ` before the place of each cause.
Error within_layer(Error error, const std::string& name);

}  // namespace reconciler::kustomize
