#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "git/object_store.h"

// Private to this module: what happens to a mirror's files on disk. The caller holds the mirror's lock.
namespace reconciler::git {

/// The folder of the mirror of `shown_url` below `data_dir`: readable, and different for different URLs.
std::string mirror_folder(const std::string& data_dir, const std::string& shown_url);

/// Removes what a killed process left half-written.
void remove_leftovers(const std::string& folder);

/// What is damaged of the repository: it must open, have a folder for packs, and each of its refs lead to files.
/// Nothing when it is sound, or when the system hinders the look (no descriptor, no memory, no right).
std::optional<std::string> find_damage(const std::string& folder);

/// Starts anew with an empty repository. Errors: kInternal.
Status reset_mirror(const std::string& folder);

/// Every fetch leaves a pack, and each pack makes every look-up slower. When there are many, all but the largest become
/// one. Loses no object. Errors: kInternal; the mirror is then as it was.
Status merge_packs(ObjectStore& store);

}  // namespace reconciler::git
