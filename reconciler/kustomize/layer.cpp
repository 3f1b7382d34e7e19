#include "kustomize/layer.h"

#include <algorithm>

#include <re2/re2.h>

namespace reconciler::kustomize {
namespace {

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

Status check_cycle(const Session& session, const Layer& layer, const TreePath& root) {
  for (const Layer* above = &layer; above != nullptr; above = above->parent) {
    if (above->tree != layer.tree) break;
    if (is_within(above->root, root)) {
      return invalid("cycle detected: '" + shown_path(session, layer, root) + "' contains '" + above->name +
                     "', which led here");
    }
  }
  return {};
}

// The tree's errors name its own paths; people know the ones that they wrote.
Error explained(Error error, const Layer& layer, const TreePath& wanted, std::string_view said, bool anywhere) {
  const std::string name = "'" + std::string(said) + "'";
  const auto real = layer.tree->resolve(wanted);
  if (error.kind == ErrorKind::kInvalid && real && !anywhere && !is_within(*real, layer.root)) {
    error.message = name + " is not in or below the folder '" + layer.name + "'";
    return error;
  }
  const auto at = error.message.find("'" + wanted + "'");
  if (at != std::string::npos) error.message.replace(at, wanted.size() + 2, name);
  return error;
}

Result<Layer> open_remote(Session& session, const Layer& layer, std::string_view url) {
  RemoteBases* remotes = session.options.remote_bases;
  if (remotes == nullptr) return invalid("'" + std::string(url) + "': remote bases are not available here");
  for (const Layer* above = &layer; above != nullptr; above = above->parent) {
    if (above->name == url) return invalid("cycle detected: '" + std::string(url) + "' leads back to itself");
  }
  TRY(RemoteFolder folder, remotes->folder(std::string(url)));
  Layer base;
  base.owned_tree = std::move(folder.tree);
  base.tree = base.owned_tree.get();
  base.root = std::move(folder.path);
  if (layer.origin)
    base.origin = Origin{base.root, std::move(folder.repository), std::move(folder.ref), "", std::nullopt};
  base.name = url;
  return base;
}

Result<Layer> open_folder_base(Session& session, const Layer& layer, std::string_view path) {
  if (path.starts_with('/')) return invalid("'" + std::string(path) + "': the path of a base cannot be absolute");
  TRY(const TreePath wanted, join(layer.root, path));
  Layer base;
  base.tree = layer.tree;
  base.owned_tree = layer.owned_tree;
  if (layer.origin) base.origin = layer.origin->below(path);
  auto real = layer.tree->resolve(wanted);
  if (!real) return fail(explained(std::move(real).error(), layer, wanted, path, true));
  base.root = std::move(*real);
  TRY(const auto kind, layer.tree->kind(base.root));
  if (kind != EntryKind::kFolder) return invalid("'" + std::string(path) + "' is no folder");
  TRY_VOID(check_cycle(session, layer, base.root));
  base.name = shown_path(session, layer, base.root);
  return base;
}

}  // namespace

bool is_remote(std::string_view path) {
  static const RE2 kRemote("(?i)(git::)?((ssh|file|https?)://|(www\\.)?github\\.com[/:]|[a-z0-9_.~-]+@[^/]+:).*");
  return RE2::FullMatch(re2::StringPiece(path.data(), path.size()), kRemote);
}

std::string shown_path(const Session& session, const Layer& layer, const TreePath& path) {
  const TreePath& from = session.options.shown_from;
  if (layer.owned_tree || from.empty()) return path.empty() ? "." : path;
  if (path == from) return ".";
  if (is_within(path, from)) return path.substr(from.size() + 1);
  const std::string root = session.options.host_root.value_or("");
  return (root == "/" ? root : root.empty() ? root : root + "/") + path;
}

Result<Layer> open_target(Session& session, const FileTree& tree, const TreePath& target) {
  Layer layer;
  layer.tree = &tree;
  TRY(layer.root, tree.resolve(target));
  layer.name = shown_path(session, layer, layer.root);
  TRY(const auto kind, tree.kind(layer.root));
  if (kind != EntryKind::kFolder) return invalid("'" + layer.name + "' is no folder");
  return layer;
}

Result<TreePath> path_in_tree(const Session& session, const Layer& layer, std::string_view path) {
  if (!path.starts_with('/')) return join(layer.root, path);
  const auto& host = session.options.host_root;
  if (!host || layer.owned_tree) return join("", path);  // Tells that it is absolute.
  const std::string prefix = *host == "/" ? "/" : *host + "/";
  if (!path.starts_with(prefix)) return invalid("'" + std::string(path) + "' leads out of the tree");
  return join("", path.substr(prefix.size()));
}

Result<PathKind> kind_of(const Session& session, const Layer& layer, std::string_view path) {
  if (is_remote(path)) return PathKind::kRemote;
  if (path.empty()) return invalid("the path is empty");
  TRY(const TreePath wanted, path_in_tree(session, layer, path));
  TRY(const auto kind, layer.tree->kind(wanted));
  if (!kind) return fail(ErrorKind::kNotFound, "'" + std::string(path) + "' does not exist");
  return *kind == EntryKind::kFolder ? PathKind::kFolder : PathKind::kFile;
}

Result<Layer> open_base(Session& session, const Layer& layer, std::string_view path) {
  if (layer.depth >= session.options.limits.layers) {
    return invalid("more than " + std::to_string(session.options.limits.layers) +
                   " kustomizations on top of each other");
  }
  TRY(Layer base, is_remote(path) ? open_remote(session, layer, path) : open_folder_base(session, layer, path));
  base.parent = &layer;
  base.depth = layer.depth + 1;
  return base;
}

Result<TreeFile> load(Session& session, const Layer& layer, std::string_view path) {
  const Limits& limits = session.options.limits;
  if (++session.files > limits.files) return invalid("more than " + std::to_string(limits.files) + " files");
  const std::size_t left = limits.total_bytes - std::min(limits.total_bytes, session.bytes);
  const std::size_t most = std::min(limits.file_bytes, left);
  TreeFile file;
  if (path.starts_with("http://") || path.starts_with("https://")) {
    if (session.options.remote_bases == nullptr)
      return invalid("'" + std::string(path) + "': remote files are not available here");
    file.path = path;
    TRY(file.content, session.options.remote_bases->file(std::string(path), most));
  } else {
    TRY(const TreePath wanted, path_in_tree(session, layer, path));
    const bool anywhere = session.options.load_restrictions == LoadRestrictions::kNone && !layer.owned_tree;
    auto read = layer.tree->read(wanted, anywhere ? TreePath() : layer.root, most);
    if (!read) return fail(explained(std::move(read).error(), layer, wanted, path, anywhere));
    file = std::move(*read);
  }
  session.bytes += file.content.size();
  return file;
}

}  // namespace reconciler::kustomize
