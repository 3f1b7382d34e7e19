#pragma once

#include <optional>
#include <string>

#include "kustomize/resource_map.h"

namespace reconciler::kustomize {

/// Annotations by which `buildMetadata` tells where objects came from and what changed them.
inline constexpr std::string_view kOriginAnnotation = "config.kubernetes.io/origin";
inline constexpr std::string_view kTransformationsAnnotation = "alpha.config.kubernetes.io/transformations";

/// The configuration that made or changed an object.
struct ConfiguredBy {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string namespace_;
};

/// Where an object, or what changed it, came from. Paths start at the folder that is built; in another repository at
/// its root.
struct Origin {
  std::string path;
  std::string repository;
  std::string ref;
  std::string configured_in;
  std::optional<ConfiguredBy> configured_by;

  /// The same place with a path below it; `..` is taken up.
  Origin below(std::string_view path_below) const;
  /// A generator or transformer of the program, asked for in that file of this folder.
  Origin built_in(std::string_view file, std::string_view kind) const;
  /// A generator or transformer of its own file, whose origin this is.
  Origin of_plugin(const Resource& configuration) const;
  /// The YAML of the annotation.
  std::string text() const;
};

/// Reads the annotation back; nothing when there is none.
std::optional<Origin> origin_of(const Resource& resource);

void set_origin(Resource& resource, const Origin& origin, yaml::Arena& arena);
/// Notes on every object that `origin` changed it; one that has no origin yet came from there.
void add_transformation(ResourceMap& resources, const Origin& origin, yaml::Arena& arena);

}  // namespace reconciler::kustomize
