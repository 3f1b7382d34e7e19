#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/file_tree.h"
#include "base/result.h"

namespace reconciler::git {

/// A commit as people want to read of it. `id` never changes its meaning: whatever is derived from it may be kept.
struct Commit {
  std::string id;       ///< 40 lower-case hexadecimal digits.
  std::string subject;  ///< The first paragraph of the message in one line.
  std::string author;   ///< `Name <address>`.
  WallTime time;        ///< When it was committed (not authored).
};

/// The files of a submodule: of the repository that `.gitmodules` names by `url` (as it stands there, so it may be
/// relative) at a commit. The tree is one of Repository::tree(). Called when a path first leads into the submodule.
using Submodules =
    std::function<Result<std::shared_ptr<const FileTree>>(const std::string& url, const std::string& commit_id)>;

/// The history and the files of one repository. Thread-safe: any number of threads may read at once.
class Repository {
 public:
  virtual ~Repository() = default;

  /// Which repository, for messages: a URL without credentials, or a path.
  virtual const std::string& name() const = 0;

  /// The head of a branch as the repository has it now, without asking any remote; nothing when it has no such branch.
  virtual Result<std::optional<Commit>> head(const std::string& branch) const = 0;

  /// The commit that a revision names: a full or unique short id, a tag, a branch, `HEAD`, `main~2` (gitrevisions(7)).
  /// A mirror has the branches that update() brought and the ids that update() and fetch() brought, and no tags.
  /// Errors: kNotFound; kInvalid when it names something else than a commit, or more than one.
  virtual Result<Commit> commit(const std::string& revision) const = 0;

  /// The files of a commit, read from the object database when they are asked for; there is no checkout. The tree holds
  /// what it needs and may outlive the repository. Links inside it are followed as FileTree says. A submodule is a
  /// folder when `submodules` brings it; without, it is listed by its parent and answers every call on it with
  /// kInvalid. `content_id` is the id of the Git tree. Errors: kNotFound when there is no such commit.
  virtual Result<std::shared_ptr<const FileTree>> tree(const std::string& commit_id, Submodules submodules) const = 0;
  Result<std::shared_ptr<const FileTree>> tree(const std::string& commit_id) const { return tree(commit_id, {}); }

  /// Whether `ancestor` can be reached from `descendant` (a commit is its own ancestor). Errors: kNotFound.
  virtual Result<bool> is_ancestor(const std::string& ancestor, const std::string& descendant) const = 0;

  /// The best common ancestor; nothing when the two share no history. Errors: kNotFound.
  virtual Result<std::optional<std::string>> merge_base(const std::string& one, const std::string& other) const = 0;
};

/// What a remote has, of what was asked for.
struct Refs {
  /// Branch → commit id; a wanted branch that the remote lacks is not in it.
  std::map<std::string, std::string> heads;
  bool empty = false;    ///< The remote has no branch and no tag at all.
  bool fetched = false;  ///< Objects were transferred, not only names.
};

/// What was asked of the remote since the mirror was opened.
struct Traffic {
  std::uint64_t listings = 0;  ///< Times that the remote was asked for its refs.
  std::uint64_t fetches = 0;   ///< Times that objects were asked for.
  std::uint64_t bytes = 0;     ///< Bytes of packs received.
};

/// What the service needs of a Git remote: a copy that follows it. One real implementation (open_mirror); tests have a
/// fake that fails on demand. Thread-safe: reads go on during an update and see each branch as it was before or after
/// it.
class Mirror : public Repository {
 public:
  /// Asks the remote for its refs, transfers what the wanted branches need and nothing when the mirror has it all, and
  /// moves the mirror's branches: force-pushes are followed, branches that the remote lacks are removed. Other branches
  /// stay as the last call that named them left them. Blocks; a second call waits for the first.
  /// Errors: kUnavailable (down, slow, broken off, busy: try again), kForbidden (credentials or host key refused),
  /// kNotFound (no such repository), kInvalid (a bad branch name, credentials that cannot be read, no Git server there,
  /// over a size cap), kCancelled (`stop`). After an error the mirror is as it was.
  virtual Result<Refs> update(std::span<const std::string> branches, std::stop_token stop) = 0;

  /// The commit that the remote has under a name, fetched if need be: a full commit id (the remote is not asked when
  /// the mirror has it), a tag, a branch, a full ref name, or "" or `HEAD` for the remote's default branch. A tag goes
  /// before a branch of its name, as for git-fetch. Errors: as update(); kNotFound when the remote has no such name.
  virtual Result<Commit> fetch(const std::string& revision, std::stop_token stop) = 0;

  virtual Traffic traffic() const = 0;
};

/// How a remote is reached. All credentials are files, read again at each use since they rotate; "" stands for none.
/// Values never appear in an error or a log. Nothing is ever prompted for; no agent, helper or netrc is asked.
struct RemoteOptions {
  /// As parse_url() takes it. User and password in it are used when no file gives them, and never shown.
  std::string url;

  std::string token_file;     ///< http(s): sent as the password; the user is `x-access-token` unless one is given.
  std::string username_file;  ///< http(s).
  std::string password_file;  ///< http(s).
  std::string ca_file;        ///< https: PEM certificates, trusted instead of the system's.

  std::string ssh_key_file;         ///< ssh: PEM or OpenSSH format; Ed25519 or ECDSA (see ssh.h for RSA).
  std::string ssh_passphrase_file;  ///< ssh: for an encrypted key.
  std::string known_hosts_file;     ///< ssh, required: plain and hashed hosts, `[host]:port`, `@revoked`; no wildcards.

  Duration patience = std::chrono::seconds(20);  ///< The longest silence of the remote, connecting included.
  Duration timeout = std::chrono::minutes(5);    ///< The longest that a call may take in all.
  std::uint64_t max_fetch_bytes = 2ULL << 30;    ///< A larger pack is refused.

  /// Told, where given, each time that the mirror was damaged and was made anew, on the thread that opens or updates.
  std::function<void(const std::string& what)> on_damage;
};

/// Opens the mirror of a remote below `data_dir` (made when missing, mode 0700), or starts an empty one. The remote is
/// not asked yet. The mirror is the bare repository `data_dir/<name>-<digest of the URL>.git`: one folder serves many
/// remotes. One that is damaged is thrown away, when it is opened or before the next update, which then fetches all of
/// it; that the remote cannot be reached is no damage. A commit brings its whole history, as libgit2 1.5 knows no
/// shallow fetch.
///
/// Of the system's and the user's Git configuration `url.<base>.insteadOf` is honoured and nothing else; of the
/// environment http_proxy, https_proxy, all_proxy and no_proxy.
///
/// Errors: kInvalid (URL), kConflict (another process or another Mirror holds it), kInternal (the folder cannot be
/// written).
Result<std::unique_ptr<Mirror>> open_mirror(const std::string& data_dir, RemoteOptions options);

/// Opens the repository that holds `path` (a work tree, a folder in one, or a bare repository), to be read only.
/// Errors: kNotFound when there is none.
Result<std::unique_ptr<Repository>> open_local(const std::string& path);

}  // namespace reconciler::git
