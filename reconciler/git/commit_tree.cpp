#include "git/commit_tree.h"

#include <algorithm>

#include "git/git_modules.h"

namespace reconciler::git {
namespace {

// What Linux allows before it speaks of a loop (path_resolution(7)).
constexpr int kMaxLinks = 40;
// PATH_MAX: no file system would take a longer target.
constexpr std::size_t kMaxTarget = 4096;
constexpr std::size_t kMaxGitModules = 1 << 20;
constexpr const char* kGitModules = ".gitmodules";

std::string quoted(const TreePath& path) { return "'" + (path.empty() ? "." : path) + "'"; }

bool is_normal(std::string_view part) { return !part.empty() && part != "." && part != ".."; }

Error not_brought(const TreePath& path) {
  return Error{ErrorKind::kInvalid,
               quoted(path) +
                   " is a Git submodule, whose files are not in this repository; name its repository as a remote base",
               {}};
}

/// Puts the parts of a path onto a stack, so that its first part is on top.
void push_parts(std::string_view path, std::vector<std::string>& parts) {
  while (!path.empty()) {
    const auto slash = path.rfind('/');
    parts.emplace_back(slash == std::string_view::npos ? path : path.substr(slash + 1));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  }
}

Status check_path(const TreePath& path) {
  std::vector<std::string> parts;
  push_parts(path, parts);
  const bool normal = std::all_of(parts.begin(), parts.end(), is_normal) && !path.starts_with('/');
  if (normal && path.find('\0') == TreePath::npos) return {};
  return fail(ErrorKind::kInvalid, "path " + quoted(path) + " is not a path inside the repository");
}

}  // namespace

/// One way through a tree, part by part as the kernel walks: what is left to do is a stack of names, where we are is a
/// stack of nodes, so that `..` in a link means the folder that really holds the link.
class CommitTree::Walk {
 public:
  explicit Walk(const CommitTree& tree) : trail_{Node{&tree, 0, "", GIT_FILEMODE_TREE, tree.root_}} {}

  Result<std::optional<Node>> run(const TreePath& path) {
    push_parts(path, parts_);
    while (!parts_.empty()) {
      const std::string part = std::move(parts_.back());
      parts_.pop_back();
      TRY(const bool found, step(part));
      if (!found) return std::nullopt;
    }
    return trail_.back();
  }

 private:
  Result<bool> step(const std::string& part) {
    const Node& here = trail_.back();
    if (here.mode != GIT_FILEMODE_TREE) return false;
    if (part.empty() || part == ".") return true;
    if (part == "..") return up();
    return down(part);
  }

  Result<bool> up() {
    if (trail_.size() == 1) {
      return fail(ErrorKind::kInvalid, "the symbolic link " + quoted(link_) + " leads out of the repository");
    }
    trail_.pop_back();
    return true;
  }

  Result<bool> down(const std::string& name) {
    const Node& here = trail_.back();
    TRY(const auto folder, here.tree->folder(here.id));
    const auto entry = std::lower_bound(folder->begin(), folder->end(), name,
                                        [](const Entry& e, const std::string& n) { return e.name < n; });
    if (entry == folder->end() || entry->name != name) return false;
    Node node{here.tree, here.begin, here.path.empty() ? name : here.path + "/" + name, entry->mode, entry->id};
    if (node.mode == GIT_FILEMODE_LINK) return follow(node);
    if (node.mode == GIT_FILEMODE_COMMIT) return enter(node);
    trail_.push_back(std::move(node));
    return true;
  }

  /// Goes on in the tree of a submodule, whose paths begin where it stands.
  Result<bool> enter(const Node& node) {
    TRY(const auto* const tree, node.tree->submodule(node.path.substr(node.begin), node.id));
    trail_.push_back({tree, node.path.size() + 1, node.path, GIT_FILEMODE_TREE, tree->root_});
    return true;
  }

  Result<bool> follow(const Node& link) {
    link_ = link.path;
    if (++links_ > kMaxLinks) {
      return fail(ErrorKind::kInvalid,
                  "the symbolic link " + quoted(link_) + " is one of a circle or of too long a chain");
    }
    TRY(const auto target, blob(link, kMaxTarget));
    if (target.starts_with('/')) {
      return fail(ErrorKind::kInvalid,
                  "the symbolic link " + quoted(link_) + " leads out of the repository: its target is absolute");
    }
    push_parts(target, parts_);
    return true;
  }

  std::vector<Node> trail_;
  std::vector<std::string> parts_;
  TreePath link_;
  int links_ = 0;
};

Result<std::optional<EntryKind>> CommitTree::kind(const TreePath& path) const {
  TRY(const auto node, find(path));
  if (!node) return std::nullopt;
  return node->mode == GIT_FILEMODE_TREE ? EntryKind::kFolder : EntryKind::kFile;
}

Result<TreePath> CommitTree::resolve(const TreePath& path) const {
  TRY(auto node, get(path));
  return node.path;
}

Result<TreeFile> CommitTree::read(const TreePath& path, const TreePath& within, std::size_t max_bytes) const {
  TRY(auto node, get(path));
  if (!is_within(node.path, within)) {
    return fail(ErrorKind::kInvalid, "file " + quoted(path) + " lies outside " + quoted(within));
  }
  if (node.mode == GIT_FILEMODE_TREE) return fail(ErrorKind::kInvalid, quoted(path) + " is a folder, not a file");
  TRY(auto content, blob(node, max_bytes));
  return TreeFile{std::move(node.path), std::move(content)};
}

Result<std::vector<std::string>> CommitTree::list(const TreePath& path) const {
  TRY(const auto node, get(path));
  if (node.mode != GIT_FILEMODE_TREE) return fail(ErrorKind::kInvalid, quoted(path) + " is a file, not a folder");
  TRY(const auto entries, node.tree->folder(node.id));
  std::vector<std::string> names;
  for (const auto& entry : *entries) names.push_back(entry.name);
  return names;
}

std::optional<std::string> CommitTree::content_id(const TreePath& path) const {
  const auto node = find(path);
  if (!node || !*node || (*node)->mode != GIT_FILEMODE_TREE) return std::nullopt;
  return text_of((*node)->id);
}

Result<std::optional<CommitTree::Node>> CommitTree::find(const TreePath& path) const {
  TRY_VOID(check_path(path));
  return Walk(*this).run(path);
}

Result<CommitTree::Node> CommitTree::get(const TreePath& path) const {
  TRY(auto node, find(path));
  if (!node) return fail(ErrorKind::kNotFound, "there is no " + quoted(path));
  return *std::move(node);
}

Result<std::shared_ptr<const CommitTree::Folder>> CommitTree::folder(const git_oid& id) const {
  const std::string key(reinterpret_cast<const char*>(id.id), GIT_OID_RAWSZ);
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = folders_.find(key); known != folders_.end()) return known->second;
  }
  TRY(auto folder, store_->reading([&](const ObjectStore::Lease& lease) { return parse_folder(lease, id); }));
  const std::scoped_lock lock(mutex_);
  return folders_.try_emplace(key, std::move(folder)).first->second;
}

Result<std::shared_ptr<const CommitTree::Folder>> CommitTree::parse_folder(const ObjectStore::Lease& lease,
                                                                           const git_oid& id) const {
  git_tree* raw = nullptr;
  if (const int code = git_tree_lookup(&raw, lease.get(), &id); code < 0) return fail(damage(lease, code, id));
  const TreeHandle tree(raw);
  auto folder = std::make_shared<Folder>();
  folder->reserve(git_tree_entrycount(tree.get()));
  for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
    folder->push_back({git_tree_entry_name(entry), git_tree_entry_filemode(entry), *git_tree_entry_id(entry)});
  }
  // Git sorts folders as if their names ended in a slash.
  std::sort(folder->begin(), folder->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return folder;
}

Error CommitTree::damage(const ObjectStore::Lease& lease, int code, const git_oid& id) const {
  if (lease.generation() == generation_) lease.report_damage();
  return Error{ErrorKind::kInternal, library_error(code, "read object " + text_of(id)).message, {}};
}

Result<const CommitTree*> CommitTree::submodule(const TreePath& path, const git_oid& commit) const {
  if (!submodules_) return fail(not_brought(path));
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = brought_.find(path); known != brought_.end()) return known->second.get();
  }
  TRY(auto tree, bring(path, text_of(commit)));
  const std::scoped_lock lock(mutex_);
  return brought_.try_emplace(path, std::move(tree)).first->second.get();
}

Result<std::shared_ptr<const CommitTree>> CommitTree::bring(const TreePath& path, const std::string& commit) const {
  TRY(const auto urls, submodule_urls());
  const auto url = urls.find(path);
  if (url == urls.end()) {
    return fail(ErrorKind::kInvalid, quoted(path) + " is a Git submodule that " + kGitModules + " does not have");
  }
  auto tree = submodules_(url->second, commit);
  if (!tree) return fail(tree.error().kind, "submodule " + quoted(path) + ": " + tree.error().message);
  return std::dynamic_pointer_cast<const CommitTree>(*std::move(tree));
}

// Like Git, it takes no link there: that might lead into the submodule which is looked for.
Result<std::map<TreePath, std::string>> CommitTree::submodule_urls() const {
  TRY(const auto root, folder(root_));
  const auto entry = std::ranges::find(*root, kGitModules, &Entry::name);
  if (entry == root->end() || entry->mode == GIT_FILEMODE_LINK || entry->mode == GIT_FILEMODE_TREE) return {};
  TRY(const auto text, blob({this, 0, kGitModules, entry->mode, entry->id}, kMaxGitModules));
  return read_git_modules(text);
}

Result<std::string> CommitTree::blob(const Node& node, std::size_t max_bytes) {
  return node.tree->store_->reading([&](const ObjectStore::Lease& lease) -> Result<std::string> {
    git_odb* raw_odb = nullptr;
    if (const int code = git_repository_odb(&raw_odb, lease.get()); code < 0)
      return fail(node.tree->damage(lease, code, node.id));
    const OdbHandle odb(raw_odb);
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (const int code = git_odb_read_header(&size, &type, odb.get(), &node.id); code < 0)
      return fail(node.tree->damage(lease, code, node.id));
    if (size > max_bytes) {
      return fail(ErrorKind::kInvalid, "file " + quoted(node.path) + " has " + std::to_string(size) +
                                           " bytes; at most " + std::to_string(max_bytes) + " are allowed");
    }
    git_odb_object* raw = nullptr;
    if (const int code = git_odb_read(&raw, odb.get(), &node.id); code < 0)
      return fail(node.tree->damage(lease, code, node.id));
    const OdbObjectHandle object(raw);
    return std::string(static_cast<const char*>(git_odb_object_data(object.get())), git_odb_object_size(object.get()));
  });
}

}  // namespace reconciler::git
