#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kustomize/decoder.h"
#include "kustomize/field_spec.h"
#include "yaml/node.h"

namespace reconciler::kustomize {

/// The fields of a kustomization.yaml (v1beta1, Component v1alpha1), as kustomize 5.8 decodes them. Text belongs to the
/// arena that the file was parsed into. "" and empty lists stand for what is not said.

using Texts = std::vector<std::string_view>;
using TextPairs = std::vector<std::pair<std::string_view, std::string_view>>;  ///< Sorted by key.

struct SelectorFields {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::string_view name;
  std::string_view namespace_;
  std::string_view label_selector;
  std::string_view annotation_selector;
};

struct GeneratorOptions {
  TextPairs labels;
  TextPairs annotations;
  bool disable_name_suffix_hash = false;
  bool immutable = false;
};

/// A ConfigMap or Secret to generate.
struct GeneratorArgs {
  std::string_view name;
  std::string_view namespace_;
  std::string_view behavior;
  std::string_view type;  ///< Of Secrets only.
  Texts literals;
  Texts files;
  Texts envs;
  std::string_view env;
  std::optional<GeneratorOptions> options;
  yaml::Mark mark;
};

struct LabelArgs {
  TextPairs pairs;
  bool include_selectors = false;
  bool include_templates = false;
  FieldSpecs fields;
};

struct PatchArgs {
  std::string_view path;
  std::string_view patch;
  std::optional<SelectorFields> target;
  bool allow_name_change = false;
  bool allow_kind_change = false;
  yaml::Mark mark;
};

struct ImageArgs {
  std::string_view name;
  std::string_view new_name;
  std::string_view tag_suffix;
  std::string_view new_tag;
  std::string_view digest;
};

struct ReplicaArgs {
  std::string_view name;
  std::int64_t count = 0;
  yaml::Mark mark;
};

struct SortOptions {
  std::string_view order;
  bool has_legacy = false;
  Texts first;
  Texts last;
};

/// A chart to inflate: an entry of helmCharts, with what helmGlobals say.
struct ChartArgs {
  std::string_view name;
  std::string_view version;
  std::string_view repo;
  std::string_view release_name;
  std::string_view namespace_;
  std::string_view name_template;
  std::string_view kube_version;
  std::string_view values_file;
  std::string_view values_merge;
  const yaml::Node* values_inline = nullptr;
  Texts additional_values_files;
  Texts api_versions;
  bool include_crds = false;
  bool skip_hooks = false;
  bool skip_tests = false;
  bool debug = false;
  bool devel = false;
  std::string_view chart_home;
  std::string_view config_home;
  yaml::Mark mark;
};

/// An entry of a list of paths, with its place in the file.
struct PathArg {
  std::string_view path;
  yaml::Mark mark;
};
using PathArgs = std::vector<PathArg>;

struct Kustomization {
  std::string file;  ///< The file's name within its folder.
  std::string_view api_version;
  std::string_view kind;
  TextPairs openapi;
  std::string_view name_prefix;
  std::string_view name_suffix;
  std::string_view namespace_;
  TextPairs common_labels;
  std::vector<LabelArgs> labels;
  TextPairs common_annotations;
  PathArgs patches_strategic_merge;  ///< A path or the patch itself.
  std::vector<PatchArgs> patches_json6902;
  std::vector<PatchArgs> patches;
  std::vector<ImageArgs> images;
  const yaml::Node* replacements = nullptr;
  std::vector<ReplicaArgs> replicas;
  const yaml::Node* vars = nullptr;
  std::optional<SortOptions> sort_options;
  PathArgs resources;  ///< With `bases` behind.
  PathArgs components;
  PathArgs crds;
  std::vector<GeneratorArgs> config_maps;
  std::vector<GeneratorArgs> secrets;
  std::optional<GeneratorOptions> generator_options;
  std::vector<ChartArgs> charts;  ///< With those of helmChartInflationGenerator behind.
  PathArgs configurations;
  PathArgs generators;
  PathArgs transformers;
  PathArgs validators;
  Texts build_metadata;

  bool is_component() const { return kind == "Component"; }
  bool has_build_metadata(std::string_view option) const;
};

/// The names that a kustomization file may have, in the order in which they are looked for.
inline constexpr std::string_view kKustomizationFiles[] = {"kustomization.yaml", "kustomization.yml", "Kustomization"};

/// Errors (kInvalid): every unknown field and wrong value, with `file:line:column`.
Result<Kustomization> parse_kustomization(std::string_view text, const std::string& file, yaml::Arena& arena);

/// Readers of single structures, for plugin configurations, which have the same ones.
void decode_generator_args(Decoder& decoder, const yaml::Node& node, GeneratorArgs& args);
void decode_generator_options(Decoder& decoder, const yaml::Node& node, std::optional<GeneratorOptions>& options);
void decode_selector(Decoder& decoder, const yaml::Node& node, SelectorFields& selector);
void decode_patch_args(Decoder& decoder, const yaml::Node& node, PatchArgs& args);
void decode_image(Decoder& decoder, const yaml::Node& node, ImageArgs& args);
void decode_replica(Decoder& decoder, const yaml::Node& node, ReplicaArgs& args);
void decode_field_spec(Decoder& decoder, const yaml::Node& node, FieldSpec& spec);
void decode_paths(Decoder& decoder, const yaml::Node& node, PathArgs& into);
/// A plugin configuration of a chart, which holds the globals too.
void decode_chart_plugin(Decoder& decoder, const yaml::Node& node, ChartArgs& args);

}  // namespace reconciler::kustomize
