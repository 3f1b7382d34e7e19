#pragma once

#include <span>
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

/// A file of manifests that was read, but whose objects were not looked at yet.
struct ParsedFile {
  TextOrigin origin;
  std::vector<yaml::Node*> documents;
};

/// Reads files that a kustomization names, all together, so that several cores can share the work. One result a path.
std::vector<Result<ParsedFile>> parse_resource_files(Session& session, const Layer& layer,
                                                     std::span<const std::string_view> paths);
/// The objects of such a file, as read_resources().
Result<std::vector<Resource>> resources_of(Session& session, const ParsedFile& file);

/// The same of one file that a kustomization names.
Result<std::vector<Resource>> read_resource_file(Session& session, const Layer& layer, std::string_view path);

}  // namespace reconciler::kustomize
