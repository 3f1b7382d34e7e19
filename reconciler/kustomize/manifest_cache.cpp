#include "kustomize/manifest_cache.h"

#include "base/digest.h"
#include "base/parallel.h"
#include "yaml/packed.h"

namespace reconciler::kustomize {
namespace {

using Documents = Result<std::vector<yaml::Node*>>;

Result<std::shared_ptr<const PackedFile>> pack_file(const yaml::ManifestFile& file) {
  yaml::Arena arena;
  TRY(const auto documents, yaml::parse_manifests(file.text, file.name, arena));
  auto packed = std::make_shared<PackedFile>();
  for (const yaml::Node* document : documents) yaml::pack(*document, packed->documents);
  packed->documents.shrink_to_fit();
  return std::shared_ptr<const PackedFile>(std::move(packed));
}

std::vector<yaml::Node*> unpack_file(const PackedFile& file, yaml::Arena& arena) {
  std::vector<yaml::Node*> documents;
  for (std::string_view rest = file.documents; !rest.empty();) documents.push_back(yaml::unpack(rest, arena));
  return documents;
}

}  // namespace

std::vector<Documents> ManifestCache::parse(std::span<const yaml::ManifestFile> files, yaml::Arena& arena,
                                            PackedFiles& used) {
  std::vector<Result<std::shared_ptr<const PackedFile>>> packed(files.size());
  parallel_for(files.size(), [&](std::size_t i) {
    const auto digest = sha256(files[i].text);
    packed[i] = find(digest);
    if (*packed[i] != nullptr) return;
    packed[i] = pack_file(files[i]);
    if (packed[i]) keep(digest, *packed[i]);
  });
  forget_unused();
  std::vector<Documents> results;
  for (auto& file : packed) {
    if (file) {
      results.emplace_back(unpack_file(**file, arena));
      used.push_back(*std::move(file));
    } else {
      results.emplace_back(fail(std::move(file).error()));
    }
  }
  return results;
}

std::shared_ptr<const PackedFile> ManifestCache::find(const std::string& digest) {
  const std::scoped_lock lock(mutex_);
  const auto at = files_.find(digest);
  return at == files_.end() ? nullptr : at->second.lock();
}

void ManifestCache::keep(const std::string& digest, const std::shared_ptr<const PackedFile>& file) {
  const std::scoped_lock lock(mutex_);
  files_.insert_or_assign(digest, file);
}

void ManifestCache::forget_unused() {
  const std::scoped_lock lock(mutex_);
  std::erase_if(files_, [](const auto& known) { return known.second.expired(); });
}

}  // namespace reconciler::kustomize
