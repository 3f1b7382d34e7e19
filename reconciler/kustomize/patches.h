#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kustomize/json_patch.h"
#include "kustomize/kustomization.h"
#include "kustomize/layer.h"
#include "kustomize/resource_map.h"

namespace reconciler::kustomize {

/// An entry of `patches`, read and ready: objects to merge, or JSON operations.
struct Patch {
  std::string source;  ///< For errors: the file, or the place of the inline text.
  std::vector<Resource> merges;
  std::optional<JsonPatch> operations;
  std::optional<SelectorFields> target;
};

/// Reads an entry of `patches`. An empty file makes a patch that does nothing.
/// Errors: kInvalid for text that is neither form of patch, or both, and what load() says.
Result<Patch> read_patch(Session& session, const Layer& layer, const PatchArgs& args, const std::string& file);
/// Applies it. Errors: kInvalid, kNotFound when an object to merge into does not exist.
Status apply_patch(Session& session, const Patch& patch, ResourceMap& resources);

/// `patchesStrategicMerge`: each entry a path, or the text of patches; and text beside them.
struct StrategicMerges {
  std::vector<std::pair<std::string, Resource>> patches;  ///< With their sources, for errors.
};
/// Errors: kInvalid when there is no patch in it at all, and what load() says.
Result<StrategicMerges> read_strategic_merges(Session& session, const Layer& layer, const PathArgs& entries,
                                              std::string_view text, const std::string& file);
Status apply_strategic_merges(Session& session, const StrategicMerges& merges, ResourceMap& resources);

/// An entry of `patchesJson6902`: a patch with a target that has a name.
Result<Patch> read_json6902(Session& session, const Layer& layer, const PatchArgs& args, const std::string& file);
Status apply_json6902(Session& session, const Patch& patch, ResourceMap& resources);

}  // namespace reconciler::kustomize
