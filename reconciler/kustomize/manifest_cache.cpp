#include "kustomize/manifest_cache.h"

#include <algorithm>

#include "base/parallel.h"

namespace reconciler::kustomize {

struct ManifestCache::File {
  std::string text;
  yaml::Arena arena;
  std::vector<yaml::Node*> documents;

  std::size_t bytes() const { return text.size() + arena.reserved(); }
};

std::vector<Result<std::vector<yaml::Node*>>> ManifestCache::parse(std::span<const yaml::ManifestFile> files,
                                                                   yaml::Arena& arena) {
  std::vector<FilePtr> known(files.size());
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < files.size(); ++i) {
    known[i] = find(files[i].text);
    if (known[i] == nullptr) missing.push_back(i);
  }
  std::vector<Result<std::vector<yaml::Node*>>> results(files.size());
  parallel_for(missing.size(), [&](std::size_t i) {
    const yaml::ManifestFile& file = files[missing[i]];
    auto read = std::make_shared<File>(File{std::string(file.text), {}, {}});
    auto& result = results[missing[i]];
    result = yaml::parse_manifests(file.text, file.name, read->arena);
    if (!result) return;
    read->documents = std::move(*result);
    keep(known[missing[i]] = std::move(read));
  });
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (known[i] == nullptr) continue;
    results[i]->clear();
    for (const yaml::Node* document : known[i]->documents) results[i]->push_back(yaml::clone(*document, arena));
  }
  return results;
}

ManifestCache::FilePtr ManifestCache::find(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  const auto at = files_.find(text);
  if (at == files_.end()) return nullptr;
  at->second.used = ++uses_;
  return at->second.file;
}

void ManifestCache::keep(const FilePtr& file) {
  const std::scoped_lock lock(mutex_);
  const auto [at, is_new] = files_.try_emplace(file->text, Kept{file, ++uses_});
  if (!is_new) return;
  bytes_ += file->bytes();
  make_room();
}

void ManifestCache::make_room() {
  while (bytes_ > max_bytes_) {
    const auto oldest = std::min_element(files_.begin(), files_.end(),
                                         [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    bytes_ -= oldest->second.file->bytes();
    files_.erase(oldest);
  }
}

}  // namespace reconciler::kustomize
