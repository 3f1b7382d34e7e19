#include "git/mirror_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>

#include "base/digest.h"

namespace reconciler::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPacks = 50;
constexpr std::size_t kDigestDigits = 16;
// In the name of each file that libgit2 has not finished writing.
constexpr const char* kUnfinished = "_git2_";

fs::path pack_folder(const std::string& mirror) { return fs::path(mirror) / "objects" / "pack"; }

Error file_error(const std::string& doing, const std::error_code& code) {
  return Error{ErrorKind::kInternal, doing + ": " + code.message(), {}};
}

void remove_unfinished(const std::string& folder) {
  std::error_code ignored;
  for (fs::directory_iterator file(pack_folder(folder), ignored), end; file != end; file.increment(ignored)) {
    if (file->path().filename().string().find(kUnfinished) != std::string::npos) fs::remove(file->path(), ignored);
  }
}

/// Removes the locks of refs and configuration that a killed process left. Nobody else writes here: the caller holds
/// the mirror's own lock.
void remove_stale_locks(const std::string& folder) {
  std::vector<fs::path> locks;
  std::error_code ignored;
  for (fs::recursive_directory_iterator file(folder, ignored), end; file != end; file.increment(ignored)) {
    if (file->path().filename() == "objects") file.disable_recursion_pending();
    if (file->path().extension() == ".lock") locks.push_back(file->path());
  }
  for (const auto& lock : locks) fs::remove(lock, ignored);
}

/// The packs of a mirror, the largest first.
std::vector<fs::path> packs_of(const std::string& folder) {
  std::vector<std::pair<std::uintmax_t, fs::path>> packs;
  std::error_code ignored;
  for (fs::directory_iterator file(pack_folder(folder), ignored), end; file != end; file.increment(ignored)) {
    if (file->path().extension() == ".pack") packs.emplace_back(file->file_size(ignored), file->path());
  }
  std::sort(packs.rbegin(), packs.rend());
  std::vector<fs::path> paths;
  for (auto& pack : packs) paths.push_back(std::move(pack.second));
  return paths;
}

fs::path index_of(fs::path pack) { return pack.replace_extension(".idx"); }

/// An object database of these packs alone.
Result<OdbHandle> open_packs(const std::vector<fs::path>& packs) {
  TRY(auto odb, acquire<OdbHandle>("open packs", [](git_odb** out) { return git_odb_new(out); }));
  for (const auto& pack : packs) {
    git_odb_backend* backend = nullptr;
    int code = git_odb_backend_one_pack(&backend, index_of(pack).c_str());
    if (code == 0) code = git_odb_add_backend(odb.get(), backend, 1);
    if (code < 0) return fail(library_error(code, "open pack " + pack.filename().string()));
  }
  return odb;
}

/// What the library's failure tells of the files; nothing when it tells of the system.
std::optional<std::string> damage_of(int code, const std::string& where) {
  const git_error* last = git_error_last();
  const bool is_system = last != nullptr && (last->klass == GIT_ERROR_OS || last->klass == GIT_ERROR_NOMEMORY);
  if (is_system && code != GIT_ENOTFOUND) return std::nullopt;
  return library_error(code, where).message;
}

/// The refs of a mirror, each a file. The library's own list leaves out those that it cannot read.
std::vector<std::string> refs_of(const std::string& folder) {
  std::vector<std::string> refs;
  std::error_code ignored;
  for (fs::recursive_directory_iterator file(fs::path(folder) / "refs", ignored), end; file != end;
       file.increment(ignored)) {
    if (file->is_regular_file(ignored)) refs.push_back(file->path().lexically_relative(folder).string());
  }
  return refs;
}

/// Whether a ref leads to the tree of a commit. Returns a code of the library.
int check_ref(git_repository* repository, const char* name) {
  git_reference* raw = nullptr;
  if (const int code = git_reference_lookup(&raw, repository, name); code < 0) return code;
  const ReferenceHandle reference(raw);
  git_object* tree = nullptr;
  const int code = git_reference_peel(&tree, raw, GIT_OBJECT_TREE);
  git_object_free(tree);
  return code;
}

/// Writes one pack with all objects of `packs` and returns its path.
Result<fs::path> write_merged(git_repository* repository, const std::string& folder,
                              const std::vector<fs::path>& packs) {
  TRY(const auto odb, open_packs(packs));
  TRY(const auto builder, acquire<PackBuilderHandle>("merge packs", [&](git_packbuilder** out) {
        return git_packbuilder_new(out, repository);
      }));
  const auto insert = [](const git_oid* id, void* into) {
    return git_packbuilder_insert(static_cast<git_packbuilder*>(into), id, nullptr);
  };
  int code = git_odb_foreach(odb.get(), insert, builder.get());
  if (code == 0) code = git_packbuilder_write(builder.get(), nullptr, 0, nullptr, nullptr);
  if (code < 0) return fail(library_error(code, "merge packs"));
  return pack_folder(folder) / ("pack-" + std::string(git_packbuilder_name(builder.get())) + ".pack");
}

}  // namespace

std::string mirror_folder(const std::string& data_dir, const std::string& shown_url) {
  std::string name = fs::path(shown_url).filename().string();
  if (name.ends_with(".git")) name.resize(name.size() - 4);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; }, '-');
  return (fs::path(data_dir) / (name + "-" + sha256_hex(shown_url).substr(0, kDigestDigits) + ".git")).string();
}

void remove_leftovers(const std::string& folder) {
  remove_unfinished(folder);
  remove_stale_locks(folder);
}

std::optional<std::string> find_damage(const std::string& folder) {
  git_repository* raw = nullptr;
  if (const int code = git_repository_open(&raw, folder.c_str()); code < 0) return damage_of(code, "cannot be opened");
  const RepositoryHandle repository(raw);
  // Without it, libgit2 would write what it fetches into the root of the file system.
  std::error_code ignored;
  if (fs::status(fs::path(folder) / "objects" / "pack", ignored).type() == fs::file_type::not_found)
    return "objects/pack is not there";
  git_reference* head = nullptr;
  if (const int code = git_reference_lookup(&head, raw, "HEAD"); code < 0) return damage_of(code, "HEAD");
  git_reference_free(head);
  for (const auto& ref : refs_of(folder)) {
    if (const int code = check_ref(raw, ref.c_str()); code < 0) return damage_of(code, ref);
  }
  return std::nullopt;
}

Status reset_mirror(const std::string& folder) {
  std::error_code code;
  fs::remove_all(folder, code);
  if (code) return fail(file_error("remove the damaged mirror " + folder, code));
  git_repository* raw = nullptr;
  if (const int made = git_repository_init(&raw, folder.c_str(), 1); made < 0) {
    return fail(ErrorKind::kInternal, library_error(made, "make the mirror " + folder).message);
  }
  git_repository_free(raw);
  return {};
}

Status merge_packs(ObjectStore& store) {
  auto packs = packs_of(store.path());
  if (packs.size() <= kMaxPacks) return {};
  packs.erase(packs.begin());
  {
    TRY(const auto lease, store.lease());
    TRY(const auto merged, write_merged(lease.get(), store.path(), packs));
    if (!open_packs({merged})) return fail(ErrorKind::kInternal, "the merged pack cannot be read");
    std::erase(packs, merged);
  }
  // Readers from here on open the new pack; one that is reading now tries again.
  store.renew();
  std::error_code ignored;
  for (const auto& pack : packs) {
    fs::remove(index_of(pack), ignored);
    fs::remove(pack, ignored);
  }
  return {};
}

}  // namespace reconciler::git
