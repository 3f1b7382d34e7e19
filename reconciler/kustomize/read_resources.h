#pragma once

#include <string_view>
#include <vector>

#include "kustomize/layer.h"
#include "kustomize/resource.h"

namespace reconciler::kustomize {

/// Where a text of manifests came from.
struct TextOrigin {
  std::string name;                         ///< For errors: the path as the kustomization says it.
  std::shared_ptr<const std::string> file;  ///< The path in the tree, for the resources; null for inline text.
};

/// The objects of a text of manifests: empty documents left out, lists of objects taken apart. Every object has a kind
/// and (but for lists) a name. Errors: kInvalid, with every object that is none, at `name:line:column`.
Result<std::vector<Resource>> read_resources(Session& session, std::string_view text, const TextOrigin& origin);

/// The same of a file that a kustomization names.
Result<std::vector<Resource>> read_resource_file(Session& session, const Layer& layer, std::string_view path);

}  // namespace reconciler::kustomize
