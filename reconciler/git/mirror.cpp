#include <atomic>
#include <filesystem>
#include <mutex>
#include <set>

#include "base/digest.h"
#include "git/folder_lock.h"
#include "git/history.h"
#include "git/mirror_files.h"
#include "git/remote_session.h"

namespace reconciler::git {
namespace {

const std::string kHeads = "refs/heads/";
const std::string kTags = "refs/tags/";
// Where fetch() keeps what it brought, so that the next fetch need not bring it again.
const std::string kFetched = "refs/fetched/";

Status check_branches(std::span<const std::string> branches) {
  for (const auto& branch : branches) {
    int valid = 0;
    git_branch_name_is_valid(&valid, branch.c_str());
    if (valid == 0) return fail(ErrorKind::kInvalid, "'" + branch + "' is not a name for a branch");
  }
  return {};
}

bool has_commit(git_repository* repository, const git_oid& id) {
  git_commit* raw = nullptr;
  if (git_commit_lookup(&raw, repository, &id) < 0) return false;
  const CommitHandle commit(raw);
  git_tree* tree = nullptr;
  if (git_commit_tree(&tree, commit.get()) < 0) return false;
  git_tree_free(tree);
  return true;
}

const RemoteRef* find_ref(const std::vector<RemoteRef>& refs, const std::string& name) {
  for (const auto& ref : refs) {
    if (ref.name == name) return &ref;
  }
  return nullptr;
}

const RemoteRef* find_id(const std::vector<RemoteRef>& refs, const git_oid& id) {
  for (const auto& ref : refs) {
    if (git_oid_equal(&ref.id, &id) != 0) return &ref;
  }
  return nullptr;
}

/// The ref that a revision names on the remote, as git-fetch looks for it.
const RemoteRef* find_revision(const std::vector<RemoteRef>& refs, const std::string& revision) {
  if (revision.empty()) return find_ref(refs, "HEAD");
  for (const auto& name : {revision, "refs/" + revision, kTags + revision, kHeads + revision}) {
    if (const auto* ref = find_ref(refs, name)) return ref;
  }
  return nullptr;
}

Status make_data_folder(const std::string& data_dir) {
  std::error_code code;
  if (std::filesystem::create_directories(data_dir, code)) {
    std::filesystem::permissions(data_dir, std::filesystem::perms::owner_all, code);
  }
  if (code) return fail(ErrorKind::kInternal, "cannot make the data folder " + data_dir + ": " + code.message());
  return {};
}

class RemoteMirror final : public WithHistory<Mirror> {
 public:
  RemoteMirror(Url url, RemoteOptions options, FolderLock lock, std::shared_ptr<ObjectStore> store)
      : WithHistory(History(url.shown(), std::move(store))),
        url_(std::move(url)),
        options_(std::move(options)),
        lock_(std::move(lock)) {}

  Result<Refs> update(std::span<const std::string> branches, std::stop_token stop) override {
    TRY_VOID(check_branches(branches));
    return mended([&] { return follow(branches, stop); });
  }

  Result<Commit> fetch(const std::string& revision, std::stop_token stop) override {
    if (auto known = known_commit(revision)) return *std::move(known);
    return mended([&] { return bring(revision, stop); });
  }

  Traffic traffic() const override { return {listings_, fetches_, bytes_}; }

  /// Makes what an earlier process left fit for use.
  Status prepare() {
    const std::scoped_lock lock(mutex_);
    if (!std::filesystem::exists(store().path())) return reset_mirror(store().path());
    remove_leftovers(store().path());
    TRY_VOID(mend());
    return {};
  }

 private:
  /// Does `work` on sound files, and once more when it fails and they no longer are.
  template <class Work>
  auto mended(Work work) -> decltype(work()) {
    const std::scoped_lock lock(mutex_);
    TRY_VOID(mend());
    auto done = work();
    if (done) return done;
    TRY(const bool replaced, mend());
    return replaced ? work() : done;
  }

  /// Replaces files that are damaged by an empty repository, and takes the lock again if it is lost. True when they
  /// were replaced. With the mutex held.
  Result<bool> mend() {
    TRY_VOID(make_data_folder(std::filesystem::path(store().path()).parent_path()));
    TRY_VOID(lock_.keep());
    const auto damage = store().damaged() ? "an object of it cannot be read" : find_damage(store().path());
    if (!damage) return false;
    TRY_VOID(reset_mirror(store().path()));
    store().renew();
    if (options_.on_damage) {
      options_.on_damage("the copy of " + name() + " in " + store().path() +
                         " was damaged and is fetched anew: " + *damage);
    }
    return true;
  }

  Result<Refs> follow(std::span<const std::string> branches, const std::stop_token& stop) {
    Call call(name(), options_, stop);
    TRY(const auto lease, store().lease());
    RemoteSession session(lease.get(), url_, options_, http_, call);
    TRY(const auto listing, list(session));
    std::vector<RemoteRef> wanted;
    for (const auto& branch : std::set<std::string>(branches.begin(), branches.end())) {
      if (const auto* ref = find_ref(listing, kHeads + branch)) wanted.push_back(*ref);
    }
    TRY(const bool fetched, transfer(session, lease, wanted));
    TRY_VOID(remove_branches(lease.get(), listing));
    Refs refs{{}, listing.empty(), fetched};
    for (const auto& ref : wanted) {
      TRY_VOID(move_ref(lease.get(), ref.name, ref.id));
      refs.heads[ref.name.substr(kHeads.size())] = text_of(ref.id);
    }
    if (fetched) TRY_VOID(merge_packs(store()));
    return refs;
  }

  Result<std::vector<RemoteRef>> list(RemoteSession& session) {
    ++listings_;
    return session.list();
  }

  /// Brings what the mirror lacks of `wanted`. True when that was anything.
  Result<bool> transfer(RemoteSession& session, const ObjectStore::Lease& lease, const std::vector<RemoteRef>& wanted) {
    std::vector<std::string> lacking;
    for (const auto& ref : wanted) {
      if (!has_commit(lease.get(), ref.id)) lacking.push_back(ref.name);
    }
    if (!lacking.empty()) TRY_VOID(download(session, lacking));
    for (const auto& ref : wanted) TRY_VOID(check_arrived(lease, ref));
    return !lacking.empty();
  }

  Status download(RemoteSession& session, const std::vector<std::string>& names) {
    ++fetches_;
    auto done = session.download(names);
    bytes_ += session.received_bytes();
    return done;
  }

  Status check_arrived(const ObjectStore::Lease& lease, const RemoteRef& ref) const {
    if (has_commit(lease.get(), ref.id)) return {};
    git_object* raw = nullptr;
    if (git_object_lookup(&raw, lease.get(), &ref.id, GIT_OBJECT_ANY) == 0) {
      const ObjectHandle object(raw);
      if (git_object_type(raw) != GIT_OBJECT_COMMIT) {
        return fail(ErrorKind::kInvalid, name() + ": " + ref.name + " is not a commit");
      }
    }
    // The library asks for no object whose name it has: what is still missing now is there, but broken.
    lease.report_damage();
    return fail(ErrorKind::kInternal, name() + ": the mirror's copy of " + ref.name + " cannot be read");
  }

  /// Removes the branches that the remote does not have.
  Status remove_branches(git_repository* repository, const std::vector<RemoteRef>& listing) const {
    git_strarray names{nullptr, 0};
    if (const int code = git_reference_list(&names, repository); code < 0) return fail(library_error(code, name()));
    int code = 0;
    for (std::size_t i = 0; i < names.count && code == 0; ++i) {
      const std::string ref = names.strings[i];
      if (ref.starts_with(kHeads) && find_ref(listing, ref) == nullptr)
        code = git_reference_remove(repository, ref.c_str());
    }
    git_strarray_dispose(&names);
    if (code < 0) return fail(library_error(code, name() + ": remove a branch of the mirror"));
    return {};
  }

  Status move_ref(git_repository* repository, const std::string& ref, const git_oid& id) const {
    git_oid now;
    if (git_reference_name_to_id(&now, repository, ref.c_str()) == 0 && git_oid_equal(&now, &id) != 0) return {};
    git_reference* raw = nullptr;
    if (const int code = git_reference_create(&raw, repository, ref.c_str(), &id, 1, nullptr); code < 0) {
      return fail(library_error(code, name() + ": move " + ref + " of the mirror"));
    }
    git_reference_free(raw);
    return {};
  }

  std::optional<Commit> known_commit(const std::string& revision) const {
    const auto id = id_of(revision);
    const auto lease = store().lease();
    if (!id || !lease || !has_commit(lease->get(), *id)) return std::nullopt;
    auto commit = read_commit(lease->get(), *id);
    return commit ? std::optional(*std::move(commit)) : std::nullopt;
  }

  Result<Commit> bring(const std::string& revision, const std::stop_token& stop) {
    TRY(const auto lease, store().lease());
    TRY(const auto id, bring_named(lease, revision, stop));
    TRY_VOID(move_ref(lease.get(), kFetched + sha256_hex(revision), id));
    TRY_VOID(merge_packs(store()));
    return read_commit(lease.get(), id);
  }

  Result<git_oid> bring_named(const ObjectStore::Lease& lease, const std::string& revision,
                              const std::stop_token& stop) {
    Call call(name(), options_, stop);
    RemoteSession session(lease.get(), url_, options_, http_, call);
    TRY(const auto listing, list(session));
    const auto id = id_of(revision);
    const auto* ref = id ? find_id(listing, *id) : find_revision(listing, revision);
    if (ref != nullptr) {
      TRY_VOID(transfer(session, lease, {*ref}));
      return ref->id;
    }
    if (!id)
      return fail(ErrorKind::kNotFound,
                  name() + ": " +
                      (listing.empty() ? "the repository is empty" : "there is no branch or tag '" + revision + "'"));
    auto alone = download(session, {revision});
    if (alone && has_commit(lease.get(), *id)) return *id;
    if (!alone && alone.error().kind == ErrorKind::kCancelled) return fail(std::move(alone).error());
    return bring_all(lease, *id, stop);
  }

  /// For a commit that no ref is at, from a remote that does not give it by itself, or does not have it: in a new
  /// conversation, as the refusal may have ended the first.
  Result<git_oid> bring_all(const ObjectStore::Lease& lease, const git_oid& id, const std::stop_token& stop) {
    Call call(name(), options_, stop);
    RemoteSession session(lease.get(), url_, options_, http_, call);
    TRY(const auto listing, list(session));
    std::vector<std::string> all;
    for (const auto& ref : listing) {
      if (ref.name.starts_with(kHeads) || ref.name.starts_with(kTags)) all.push_back(ref.name);
    }
    TRY_VOID(download(session, all));
    if (!has_commit(lease.get(), id)) return fail(ErrorKind::kNotFound, name() + ": there is no commit " + text_of(id));
    return id;
  }

  const Url url_;
  const RemoteOptions options_;
  std::atomic<std::uint64_t> listings_ = 0;
  std::atomic<std::uint64_t> fetches_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::mutex mutex_;  // one conversation with the remote at a time
  FolderLock lock_;   // guarded by mutex_
  HttpClient http_;   // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<Mirror>> open_mirror(const std::string& data_dir, RemoteOptions options) {
  use_library();
  TRY(auto url, parse_url(options.url));
  TRY_VOID(make_data_folder(data_dir));
  const std::string folder = mirror_folder(data_dir, url.shown());
  TRY(auto lock, FolderLock::take(folder + ".lock"));
  auto mirror = std::make_unique<RemoteMirror>(std::move(url), std::move(options), std::move(lock),
                                               std::make_shared<ObjectStore>(folder));
  TRY_VOID(mirror->prepare());
  return mirror;
}

}  // namespace reconciler::git
