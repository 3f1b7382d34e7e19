#include "kustomize/layer.h"

#include <algorithm>

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

bool is_commit_id(std::string_view ref) {
  return ref.size() == 40 && ref.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void keep_note(Session& session, std::string note) {
  if (!note.empty()) session.notes.push_back(std::move(note));
}

Result<Layer> open_remote(Session& session, const Layer& layer, std::string_view url, const RepoSpec& spec) {
  RemoteBases* remotes = session.options.remote_bases;
  if (remotes == nullptr) return invalid("'" + std::string(url) + "': remote bases are not available here");
  for (const Layer* above = &layer; above != nullptr; above = above->parent) {
    if (above->name == url) return invalid("cycle detected: '" + std::string(url) + "' leads back to itself");
  }
  TRY(RemoteTree remote, remotes->repository(spec));
  keep_note(session, std::move(remote.note));
  session.is_fixed = session.is_fixed && is_commit_id(spec.ref);
  Layer base;
  base.owned_tree = std::move(remote.tree);
  base.tree = base.owned_tree.get();
  TRY(base.root, base.tree->resolve(spec.path));
  TRY(const auto kind, base.tree->kind(base.root));
  if (kind != EntryKind::kFolder) return invalid("'" + std::string(url) + "' is no folder");
  if (layer.origin) base.origin = Origin{spec.path, spec.repository, spec.ref, "", std::nullopt};
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
  note_folder(session, base, wanted, base.root);
  return base;
}

}  // namespace

void note_folder(Session& session, const Layer& layer, const TreePath& asked, const TreePath& root) {
  if (!layer.owned_tree) session.folders.push_back({asked, root, layer.tree->content_id(root).value_or("")});
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
  auto root = tree.resolve(target);
  if (!root && root.error().kind == ErrorKind::kNotFound)
    return fail(ErrorKind::kNotFound, "'" + shown_path(session, layer, target) + "' does not exist");
  TRY(layer.root, std::move(root));
  layer.name = shown_path(session, layer, layer.root);
  TRY(const auto kind, tree.kind(layer.root));
  if (kind != EntryKind::kFolder) return invalid("'" + layer.name + "' is no folder");
  note_folder(session, layer, target, layer.root);
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
  if (path.empty()) return invalid("the path is empty");
  const auto spec = parse_repo_spec(path);
  if (is_web_url(path)) {
    if (!spec) return PathKind::kWebFile;
    return spec->is_marked ? PathKind::kRepository : PathKind::kWebFileOrRepository;
  }
  if (spec) return PathKind::kRepository;
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
  const auto spec = parse_repo_spec(path);
  TRY(Layer base, spec ? open_remote(session, layer, path, *spec) : open_folder_base(session, layer, path));
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
  if (is_web_url(path)) {
    if (session.options.remote_bases == nullptr)
      return invalid("'" + std::string(path) + "': remote files are not available here");
    file.path = path;
    TRY(RemoteFile remote, session.options.remote_bases->file(std::string(path), most));
    keep_note(session, std::move(remote.note));
    session.is_fixed = false;
    file.content = std::move(remote.content);
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
