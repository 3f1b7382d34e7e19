#include "git/history.h"

#include "git/commit_tree.h"

namespace reconciler::git {
namespace {

// As Git has it (core.abbrev).
constexpr std::size_t kShortestId = 4;

Result<CommitHandle> find_commit(git_repository* repository, const git_oid& id) {
  return acquire<CommitHandle>("read commit " + text_of(id),
                               [&](git_commit** out) { return git_commit_lookup(out, repository, &id); });
}

Commit describe(git_commit* commit) {
  const char* subject = git_commit_summary(commit);
  const git_signature* author = git_commit_author(commit);
  return Commit{text_of(*git_commit_id(commit)), subject == nullptr ? "" : subject,
                std::string(author->name) + " <" + author->email + ">",
                std::chrono::system_clock::from_time_t(static_cast<std::time_t>(git_commit_time(commit)))};
}

/// git_revparse_single(), but a plain name never reaches its search for a description (`v1-2-gabcdef`), which leaks 20
/// kB each time in libgit2 1.5.
int find_revision(git_object** out, git_repository* repository, const std::string& revision) {
  if (revision.find_first_of("^~@:{") != std::string::npos)
    return git_revparse_single(out, repository, revision.c_str());
  if (revision.empty()) return GIT_EINVALIDSPEC;
  git_reference* raw = nullptr;
  if (git_reference_dwim(&raw, repository, revision.c_str()) == 0) {
    const ReferenceHandle reference(raw);
    return git_reference_peel(out, reference.get(), GIT_OBJECT_ANY);
  }
  git_oid prefix;
  const auto length = revision.size();
  if (length < kShortestId || length > GIT_OID_HEXSZ) return GIT_ENOTFOUND;
  if (git_oid_fromstrn(&prefix, revision.c_str(), length) < 0) return GIT_ENOTFOUND;
  return git_object_lookup_prefix(out, repository, &prefix, length, GIT_OBJECT_ANY);
}

}  // namespace

Result<Commit> read_commit(git_repository* repository, const git_oid& id) {
  TRY(const auto commit, find_commit(repository, id));
  return describe(commit.get());
}

Error History::no_commit(const std::string& id) const {
  return Error{ErrorKind::kNotFound, name_ + ": there is no commit " + id, {}};
}

Result<std::optional<Commit>> History::head(const std::string& branch) const {
  return store_->reading([&](const ObjectStore::Lease& lease) { return read_head(lease, branch); });
}

Result<std::optional<Commit>> History::read_head(const ObjectStore::Lease& lease, const std::string& branch) const {
  git_oid id;
  const int code = git_reference_name_to_id(&id, lease.get(), ("refs/heads/" + branch).c_str());
  if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) return std::nullopt;
  if (code < 0) return fail(library_error(code, name_ + ": read branch " + branch));
  auto commit = read_commit(lease.get(), id);
  if (commit) return *std::move(commit);
  // A branch whose commit is gone: only damage does that.
  lease.report_damage();
  return fail(ErrorKind::kInternal, name_ + ": " + commit.error().message);
}

Result<Commit> History::commit(const std::string& revision) const {
  return store_->reading([&](const ObjectStore::Lease& lease) { return read_revision(lease, revision); });
}

Result<Commit> History::read_revision(const ObjectStore::Lease& lease, const std::string& revision) const {
  git_object* raw = nullptr;
  const int code = find_revision(&raw, lease.get(), revision);
  if (code == GIT_ENOTFOUND) return fail(ErrorKind::kNotFound, name_ + ": there is no revision '" + revision + "'");
  if (code == GIT_EAMBIGUOUS) {
    return fail(ErrorKind::kInvalid, name_ + ": more than one object begins with '" + revision + "'");
  }
  if (code < 0) return fail(library_error(code, name_ + ": revision '" + revision + "'"));
  const ObjectHandle object(raw);
  git_object* peeled = nullptr;
  if (git_object_peel(&peeled, object.get(), GIT_OBJECT_COMMIT) < 0) {
    return fail(ErrorKind::kInvalid, name_ + ": '" + revision + "' is not a commit");
  }
  const CommitHandle commit(reinterpret_cast<git_commit*>(peeled));
  return describe(commit.get());
}

Result<std::shared_ptr<const FileTree>> History::tree(const std::string& commit_id,
                                                      const Submodules& submodules) const {
  TRY(const auto id, id_of(commit_id));
  return store_->reading([&](const ObjectStore::Lease& lease) -> Result<std::shared_ptr<const FileTree>> {
    const auto commit = find_commit(lease.get(), id);
    if (!commit) return fail(commit.error().kind == ErrorKind::kNotFound ? no_commit(commit_id) : commit.error());
    return std::make_shared<const CommitTree>(store_, *git_commit_tree_id(commit->get()), lease.generation(),
                                              submodules);
  });
}

Result<bool> History::is_ancestor(const std::string& ancestor, const std::string& descendant) const {
  TRY(const auto base, merge_base(ancestor, descendant));
  TRY(const auto id, id_of(ancestor));
  return base == text_of(id);
}

Result<std::optional<std::string>> History::merge_base(const std::string& one, const std::string& other) const {
  TRY(const auto one_id, id_of(one));
  TRY(const auto other_id, id_of(other));
  return store_->reading([&](const ObjectStore::Lease& lease) -> Result<std::optional<std::string>> {
    if (!find_commit(lease.get(), one_id)) return fail(no_commit(one));
    if (!find_commit(lease.get(), other_id)) return fail(no_commit(other));
    git_oid base;
    const int code = git_merge_base(&base, lease.get(), &one_id, &other_id);
    if (code == GIT_ENOTFOUND) return std::nullopt;
    if (code < 0) return fail(library_error(code, name_ + ": merge base of " + one + " and " + other));
    return text_of(base);
  });
}

}  // namespace reconciler::git
