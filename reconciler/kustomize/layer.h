#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "kustomize/build.h"
#include "kustomize/origin.h"
#include "kustomize/schema.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// What one build shares among its layers: options, memory and budgets. One thread at a time.
struct Session {
  const Options& options;
  yaml::Arena& arena;
  /// The types that strategic merges go by: the built-in ones, or those of the first kustomization with `openapi`.
  const Schema* schema;
  std::unique_ptr<const Schema> own_schema;
  bool has_schema = false;         ///< A kustomization has chosen.
  bool has_used_built_in = false;  ///< A strategic merge has gone by the built-in types.
  bool met_unknown_type = false;   ///< An object has been read of a type that is not built in.
  std::size_t files = 0;
  std::size_t bytes = 0;
  std::size_t resources = 0;
  std::vector<std::string> notes{};                         ///< Of remote bases.
  bool is_fixed = true;                                     ///< Nothing was read that may be another thing tomorrow.
  std::vector<ReadFolder> folders{};                        ///< Of the tree of the target.
  std::vector<std::shared_ptr<const PackedFile>> packed{};  ///< The files of manifests, where there is a cache.
};

/// A folder with a kustomization, on the way from the target to the deepest base.
struct Layer {
  const FileTree* tree = nullptr;
  std::shared_ptr<const FileTree> owned_tree;  ///< Of a remote base; shared with the layers below it.
  TreePath root;                               ///< The folder, without links.
  const Layer* parent = nullptr;               ///< Null for the target.
  std::size_t depth = 1;
  std::string name;                  ///< For errors.
  std::optional<Origin> origin;      ///< Where its objects come from, when annotations are to tell.
  std::string_view chart_namespace;  ///< Of charts that name none, from the nearest layer above that has one.
};

/// A layer for the target. Errors: kNotFound, kInvalid when it is no folder.
Result<Layer> open_target(Session& session, const FileTree& tree, const TreePath& target);

/// A path of a kustomization as a path of its tree. Errors: kInvalid for what leads out.
Result<TreePath> path_in_tree(const Session& session, const Layer& layer, std::string_view path);

/// What a path in a kustomization leads to.
enum class PathKind {
  kFile,
  kFolder,
  kRepository,  ///< Of a remote; the text says so beyond doubt.
  kWebFile,     ///< An http or https URL that is no repository.
  kWebFileOrRepository,
};
/// Errors: kNotFound, kInvalid (leads out of the tree).
Result<PathKind> kind_of(const Session& session, const Layer& layer, std::string_view path);

/// A layer for a folder or remote base that `layer` names. Errors: kNotFound, kInvalid for what is no folder, a cycle,
/// too many layers, absolute paths and remote bases that are not available.
Result<Layer> open_base(Session& session, const Layer& layer, std::string_view path);

/// Notes that the folder `root`, found as `asked`, is read; a layer of a remote base needs no note.
void note_folder(Session& session, const Layer& layer, const TreePath& asked, const TreePath& root);

/// A file that a kustomization names: within the layer's folder, unless the options allow more. Errors: as
/// FileTree::read.
Result<TreeFile> load(Session& session, const Layer& layer, std::string_view path);

/// The file's path in the tree as errors and origins show it.
std::string shown_path(const Session& session, const Layer& layer, const TreePath& path);

}  // namespace reconciler::kustomize
