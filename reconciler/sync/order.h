#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/desired.h"

namespace reconciler::sync {

/// How errors name an annotation: `metadata.annotations[name]`.
std::string annotation_field(const char* annotation);

/// A comma-separated list, without the blanks around its parts; a text without a comma is one part, however empty.
std::vector<std::string> split_list(std::string_view text);

/// A whole text as a number; nothing for anything else, a number out of range included.
std::optional<int> parse_integer(std::string_view text);

/// Reads where an object stands in a sync from its annotations: `gitops.spira.dev/wave` (an integer, 0 without it) and
/// `gitops.spira.dev/depends-on` (comma-separated `group/kind/namespace/name`; the group of the core group and the
/// namespace of objects of cluster scope are empty). Returns what is wrong with them, each cause naming the object, its
/// file and the annotation.
std::vector<Cause> read_order(Desired& desired);

/// Makes the waves and dependencies of a whole set agree, and sorts it into apply order: by wave, then rank of kind,
/// then as given. A namespace or definition without a wave of its own goes no later than the first object that needs
/// it. Returns what cannot be: dependencies that the set does not hold, ones of a later wave, cycles (every object on
/// them is named), namespaces and definitions in a later wave than what needs them.
std::vector<Cause> settle_order(std::vector<Desired>& objects);

}  // namespace reconciler::sync
