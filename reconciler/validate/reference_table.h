#pragma once

#include <span>
#include <string_view>

namespace reconciler::validate {

/// One way in which an object names another: data, so that a new kind is a new row.
struct ReferenceRow {
  std::string_view group;  ///< Of the object that names.
  std::string_view kind;   ///< With `|` between kinds that have the same field.
  std::string_view path;   ///< To the mapping that names the other, or to its name itself (see `visit`).
  std::string_view target_group;
  std::string_view target_kind;        ///< What is named, unless the mapping says another (`kind` with its group).
  std::string_view name = "name";      ///< Where the mapping has the name.
  std::string_view part = {};          ///< Where it has keys or ports.
  std::string_view default_part = {};  ///< Which it means when it names none, with commas.
};

/// Fields of every pod spec; paths from the spec. Group and kind are empty.
std::span<const ReferenceRow> pod_references();
/// Fields of other objects; paths from the object's root.
std::span<const ReferenceRow> object_references();

}  // namespace reconciler::validate
