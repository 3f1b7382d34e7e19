#include "remote/remote_cache.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/digest.h"
#include "git/git_modules.h"
#include "git/url.h"
#include "remote/web_file.h"

namespace reconciler::remote {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kFileTimeout{30};
constexpr std::chrono::milliseconds kLockPause{50};

/// Small texts under a name, each written as a whole or not at all.
class Memory {
 public:
  explicit Memory(fs::path folder) : folder_(std::move(folder)) {}

  void keep(const std::string& name, const std::string& text) const {
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    const fs::path path = path_of(name);
    const fs::path part = path.string() + "." + hex(sha256(text)).substr(0, 16) + ".part";
    {
      std::ofstream file(part, std::ios::binary);
      file << text << std::flush;
      if (!file) return;
    }
    fs::rename(part, path, ignored);
  }

  std::optional<std::string> find(const std::string& name) const {
    const std::ifstream file(path_of(name), std::ios::binary);
    if (!file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
  }

 private:
  fs::path path_of(const std::string& name) const { return folder_ / sha256_hex(name); }
  fs::path folder_;
};

std::string note(const Error& error, const std::string& served) { return error.line() + "; " + served + " serves"; }

int port_of(const git::Url& url) {
  if (url.port != 0) return url.port;
  return url.scheme == git::Scheme::kHttp ? 80 : url.scheme == git::Scheme::kHttps ? 443 : 22;
}

bool is_same_server(const git::Url& a, const git::Url& b) {
  return a.scheme == b.scheme && a.host == b.host && port_of(a) == port_of(b);
}

class RemoteCache : public kustomize::RemoteBases {
 public:
  explicit RemoteCache(RemoteOptions options)
      : options_(std::move(options)),
        refs_(fs::path(options_.folder) / "refs"),
        files_(fs::path(options_.folder) / "files") {}

  Result<kustomize::RemoteTree> repository(const kustomize::RepoSpec& spec) override {
    TRY_VOID(check(spec.repository));
    TRY(const std::shared_ptr<git::Mirror> mirror, mirror_of(spec));
    const std::string name = spec.repository + "\n" + spec.ref;
    const auto commit = mirror->fetch(spec.ref, options_.stop);
    if (commit) {
      if (commit->id != spec.ref) refs_.keep(name, commit->id);
      TRY(auto tree, mirror->tree(commit->id, submodules_of(spec)));
      return kustomize::RemoteTree{std::move(tree), ""};
    }
    const auto known = commit.error().kind == ErrorKind::kUnavailable ? refs_.find(name) : std::nullopt;
    if (!known) return fail(commit.error());
    auto tree = mirror->tree(*known, submodules_of(spec));
    if (!tree) return fail(commit.error());
    return kustomize::RemoteTree{std::move(*tree), note(commit.error(), "commit " + *known + " of an earlier time")};
  }

  Result<kustomize::RemoteFile> file(const std::string& url, std::size_t max_bytes) override {
    auto content = get_web_file(url, {max_bytes, kFileTimeout, options_.stop},
                                [this](const std::string& at) { return check(at); });
    if (content) {
      files_.keep(url, *content);
      return kustomize::RemoteFile{std::move(*content), ""};
    }
    auto known = content.error().kind == ErrorKind::kUnavailable ? files_.find(url) : std::nullopt;
    if (!known || known->size() > max_bytes) return fail(std::move(content).error());
    return kustomize::RemoteFile{std::move(*known), note(content.error(), "its content of an earlier time")};
  }

 private:
  Status check(const std::string& text) const {
    TRY(const git::Url url, git::parse_url(text));
    if (url.scheme == git::Scheme::kFile) {
      if (options_.allows_local) return {};
      return fail(ErrorKind::kForbidden,
                  "'" + text + "': repositories of this machine are not allowed as remote bases");
    }
    if (!options_.hosts || options_.hosts->contains(url.host)) return {};
    return fail(ErrorKind::kForbidden, "'" + url.shown() + "': remote bases from '" + url.host + "' are not allowed");
  }

  /// How the submodules of a repository, and theirs, are brought.
  git::Submodules submodules_of(const kustomize::RepoSpec& spec) {
    if (!spec.submodules) return {};
    return [this, spec](const std::string& url, const std::string& commit) -> Result<std::shared_ptr<const FileTree>> {
      kustomize::RepoSpec theirs = spec;
      TRY(theirs.repository, git::submodule_url(spec.repository, url));
      theirs.ref = commit;
      TRY(auto remote, repository(theirs));
      return std::move(remote.tree);
    };
  }

  git::RemoteOptions options_of(const kustomize::RepoSpec& spec) const {
    git::RemoteOptions options;
    const auto own = git::parse_url(options_.credentials.url);
    const auto wanted = git::parse_url(spec.repository);
    if (own && wanted && is_same_server(*own, *wanted)) options = options_.credentials;
    options.url = spec.repository;
    options.timeout = spec.timeout;
    return options;
  }

  // The mirrors' folder may be shared with another process, which holds a mirror while it works; so does whoever works
  // with other credentials on the same one.
  Result<std::shared_ptr<git::Mirror>> mirror_of(const kustomize::RepoSpec& spec) {
    const auto end = std::chrono::steady_clock::now() + spec.timeout;
    for (;; std::this_thread::sleep_for(kLockPause)) {
      auto opened = try_mirror_of(spec);
      const bool is_held = !opened && opened.error().kind == ErrorKind::kConflict;
      if (is_held && options_.stop.stop_requested()) return fail(ErrorKind::kCancelled, "stopped");
      if (!is_held || std::chrono::steady_clock::now() > end) return opened;
    }
  }

  Result<std::shared_ptr<git::Mirror>> try_mirror_of(const kustomize::RepoSpec& spec) {
    TRY(const git::Url url, git::parse_url(spec.repository));
    const std::scoped_lock lock(mutex_);
    auto& [credentials, mirror] = mirrors_[url.shown()];
    if (mirror != nullptr && credentials == spec.repository) return mirror;
    mirror.reset();
    TRY(mirror, git::open_mirror(options_.folder + "/repositories", options_of(spec)));
    credentials = spec.repository;
    return mirror;
  }

  const RemoteOptions options_;
  const Memory refs_;   ///< By URL and ref: the commit that it named when the remote was last reached.
  const Memory files_;  ///< By URL.
  std::mutex mutex_;
  /// By URL without credentials, as their folders are; each with the URL that it was opened for. Guarded by mutex_.
  std::map<std::string, std::pair<std::string, std::shared_ptr<git::Mirror>>> mirrors_;
};

}  // namespace

std::unique_ptr<kustomize::RemoteBases> remote_cache(const RemoteOptions& options) {
  return std::make_unique<RemoteCache>(options);
}

}  // namespace reconciler::remote
