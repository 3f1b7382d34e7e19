#include "git/git_modules.h"

#include <algorithm>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "git/library.h"
#include "git/url.h"

namespace reconciler::git {
namespace {

using ConfigHandle = Owned<git_config, git_config_free>;
using IteratorHandle = Owned<git_config_iterator, git_config_iterator_free>;

constexpr const char* kDoing = "read .gitmodules";
constexpr std::string_view kSection = "submodule.";
constexpr std::string_view kPath = ".path";
constexpr std::string_view kUrl = ".url";

/// A text under a name of the file system, as the library reads configurations from there only.
class TextFile {
 public:
  explicit TextFile(std::string_view text) : descriptor_(memfd_create("gitmodules", MFD_CLOEXEC)) {
    is_written_ = descriptor_ >= 0 && write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  ~TextFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  bool is_written() const { return is_written_; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
  bool is_written_ = false;
};

bool includes_others(std::string_view text) {
  constexpr std::string_view kInclude = "[include";
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  return std::ranges::search(text, kInclude, same).begin() != text.end();
}

Error invalid(const std::string& what) { return Error{ErrorKind::kInvalid, ".gitmodules " + what, {}}; }

}  // namespace

Result<std::map<TreePath, std::string>> read_git_modules(const std::string& text) {
  if (includes_others(text)) return fail(invalid("includes another file, which is not allowed"));
  use_library();
  const TextFile file(text);
  if (!file.is_written()) return fail(ErrorKind::kInternal, std::string(kDoing) + ": no memory for it");
  const auto config =
      acquire<ConfigHandle>(kDoing, [&](git_config** out) { return git_config_open_ondisk(out, file.path().c_str()); });
  if (!config) return fail(invalid("cannot be read: " + config.error().message));
  TRY(const auto entries, acquire<IteratorHandle>(kDoing, [&](git_config_iterator** out) {
        return git_config_iterator_new(out, config->get());
      }));
  std::map<std::string, TreePath> paths;
  std::map<std::string, std::string> urls;
  git_config_entry* entry = nullptr;
  while (git_config_next(&entry, entries.get()) == 0) {
    const std::string_view key = entry->name;
    if (!key.starts_with(kSection) || entry->value == nullptr) continue;
    if (key.ends_with(kPath)) paths[std::string(key.substr(0, key.size() - kPath.size()))] = entry->value;
    if (key.ends_with(kUrl)) urls[std::string(key.substr(0, key.size() - kUrl.size()))] = entry->value;
  }
  std::map<TreePath, std::string> found;
  for (const auto& [name, path] : paths) {
    if (const auto url = urls.find(name); url != urls.end()) found.emplace(path, url->second);
  }
  return found;
}

Result<std::string> submodule_url(const std::string& base, const std::string& url) {
  std::string at = base;
  std::string_view rest = url;
  if (!rest.starts_with("./") && !rest.starts_with("../")) return url;
  while (at.ends_with('/')) at.pop_back();
  for (;;) {
    if (rest.starts_with("./")) {
      rest.remove_prefix(2);
    } else if (rest.starts_with("../")) {
      const auto cut = at.find_last_of("/:");
      if (cut == std::string::npos || at.substr(0, cut).ends_with('/') || at.substr(0, cut).ends_with(':')) {
        return fail(invalid("has the URL '" + url + "', which leads out of '" + scrubbed(base) + "'"));
      }
      at.erase(at[cut] == ':' ? cut + 1 : cut);
      rest.remove_prefix(3);
    } else {
      break;
    }
  }
  return at.ends_with(':') ? at + std::string(rest) : at + "/" + std::string(rest);
}

}  // namespace reconciler::git
