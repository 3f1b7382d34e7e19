#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kustomize/decoder.h"
#include "kustomize/kustomization.h"
#include "kustomize/resource_map.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// Which part of a text a replacement reads or writes, and whether it makes what is absent.
struct FieldOptions {
  std::string_view delimiter;  ///< "" for the whole text.
  std::int64_t index = 0;      ///< Of a target: below 0 puts the value before, behind the last part puts it after.
  std::string_view encoding;   ///< Accepted and without effect, as in the reference.
  bool create = false;
};

struct ReplacementSource {
  Gvk type;
  std::string_view name;
  std::string_view namespace_;
  std::string_view field_path;
  std::optional<FieldOptions> options;
};

struct ReplacementTarget {
  std::optional<SelectorFields> select;
  std::vector<SelectorFields> reject;
  Texts field_paths;
  std::optional<FieldOptions> options;
};

/// An entry of `replacements`. Text belongs to the arena that the file was parsed into.
struct Replacement {
  std::string where;  ///< `file:line:column`.
  std::optional<ReplacementSource> source;
  std::optional<std::string_view> source_value;
  std::vector<ReplacementTarget> targets;
  std::string_view path;  ///< A file with one replacement or a list of them, instead of all of the above.
};

/// The text of a file that a kustomization names. The name in errors is the path.
using LoadText = std::function<Result<std::string>(std::string_view path)>;

/// Reads the value of `replacements`, files included. Mistakes in the list itself go to the decoder.
/// Errors: what `load` says; kInvalid for a file that is no replacement, with `file:line:column`.
Result<std::vector<Replacement>> read_replacements(Decoder& decoder, const yaml::Node& list, const LoadText& load);

/// Carries out the replacements in order, each on what the ones before it left: the value of one field of one object is
/// put into fields of others. The value of a target keeps its type and quotes; what was made for it has the type that
/// its text looks like. The map's ids are right afterwards. Errors (kInvalid, kNotFound): at the first replacement that
/// fails, as later ones may depend on it; one cause, `where` as in Replacement, `field` the path. The map must not be
/// used then.
Status apply_replacements(ResourceMap& resources, const std::vector<Replacement>& replacements, yaml::Arena& arena);

}  // namespace reconciler::kustomize
