#include "git/instead_of.h"

#include <string_view>

#include "git/library.h"

namespace reconciler::git {
namespace {

using ConfigHandle = Owned<git_config, git_config_free>;
using IteratorHandle = Owned<git_config_iterator, git_config_iterator_free>;

constexpr std::string_view kSection = "url.";
constexpr std::string_view kVariable = ".insteadof";  // as the library folds its case

}  // namespace

Result<std::string> rewritten(git_repository* repository, const std::string& url) {
  const std::string doing = "read the Git configuration";
  TRY(const auto config,
      acquire<ConfigHandle>(doing, [&](git_config** out) { return git_repository_config_snapshot(out, repository); }));
  TRY(const auto entries, acquire<IteratorHandle>(doing, [&](git_config_iterator** out) {
        return git_config_iterator_new(out, config.get());
      }));
  std::string base;
  std::size_t longest = 0;
  git_config_entry* entry = nullptr;
  while (git_config_next(&entry, entries.get()) == 0) {
    const std::string_view name = entry->name;
    const std::string_view prefix = entry->value == nullptr ? "" : entry->value;
    if (!name.starts_with(kSection) || !name.ends_with(kVariable)) continue;
    if (prefix.size() <= longest || !url.starts_with(prefix)) continue;
    longest = prefix.size();
    base = name.substr(kSection.size(), name.size() - kSection.size() - kVariable.size());
  }
  return longest == 0 ? url : base + url.substr(longest);
}

}  // namespace reconciler::git
