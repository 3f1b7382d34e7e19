#include "kustomize/kustomization.h"

#include <algorithm>
#include <array>

#include "yaml/parse.h"

namespace reconciler::kustomize {
namespace {

using yaml::Node;

void decode_secret_args(Decoder& decoder, const Node& node, GeneratorArgs& args) {
  args.mark = node.mark();
  decoder.object(node, {{"name", decoder.into(args.name)},
                        {"namespace", decoder.into(args.namespace_)},
                        {"behavior", decoder.into(args.behavior)},
                        {"literals", decoder.into(args.literals)},
                        {"files", decoder.into(args.files)},
                        {"envs", decoder.into(args.envs)},
                        {"env", decoder.into(args.env)},
                        {"options", [&](const Node& n) { decode_generator_options(decoder, n, args.options); }},
                        {"type", decoder.into(args.type)}});
  if (!args.env.empty()) args.envs.push_back(args.env);
}

void decode_label(Decoder& decoder, const Node& node, LabelArgs& args) {
  decoder.object(node, {{"pairs", decoder.into(args.pairs)},
                        {"includeSelectors", decoder.into(args.include_selectors)},
                        {"includeTemplates", decoder.into(args.include_templates)},
                        {"fields", decoder.into(args.fields, decode_field_spec)}});
}

void decode_sort_options(Decoder& decoder, const Node& node, std::optional<SortOptions>& into) {
  SortOptions& options = into.emplace();
  const auto legacy = [&](const Node& n) {
    options.has_legacy = true;
    decoder.object(n, {{"orderFirst", decoder.into(options.first)}, {"orderLast", decoder.into(options.last)}});
  };
  decoder.object(node, {{"order", decoder.into(options.order)}, {"legacySortOptions", legacy}});
}

void check_metadata(Decoder& decoder, const Node& node) {
  std::string_view text;
  TextPairs pairs;
  decoder.object(node, {{"name", decoder.into(text)},
                        {"namespace", decoder.into(text)},
                        {"labels", decoder.into(pairs)},
                        {"annotations", decoder.into(pairs)}});
}

// What is filled from the deprecated names of fields, to be put behind the new ones.
struct Old {
  PathArgs bases;
  std::vector<ImageArgs> image_tags;
  std::vector<ChartArgs> charts;
};

struct ChartGlobals {
  std::string_view chart_home;
  std::string_view config_home;
};

Decoder::Read paths(Decoder& decoder, PathArgs& into) {
  return [&](const Node& list) { decode_paths(decoder, list, into); };
}

Decoder::Read raw(const Node*& into) {
  return [&](const Node& node) { into = &node; };
}

Decoder::Read mapping(Decoder& decoder, const Node*& into) {
  return [&](const Node& node) {
    if (node.is_mapping()) into = &node;
    if (!node.is_mapping() && !node.is_null()) decoder.wrong(node, "expected a mapping");
  };
}

std::vector<Decoder::Field> chart_fields(Decoder& d, ChartArgs& args) {
  return {{"name", d.into(args.name)},
          {"version", d.into(args.version)},
          {"repo", d.into(args.repo)},
          {"releaseName", d.into(args.release_name)},
          {"namespace", d.into(args.namespace_)},
          {"additionalValuesFiles", d.into(args.additional_values_files)},
          {"valuesFile", d.into(args.values_file)},
          {"valuesInline", mapping(d, args.values_inline)},
          {"valuesMerge", d.into(args.values_merge)},
          {"includeCRDs", d.into(args.include_crds)},
          {"skipHooks", d.into(args.skip_hooks)},
          {"apiVersions", d.into(args.api_versions)},
          {"kubeVersion", d.into(args.kube_version)},
          {"nameTemplate", d.into(args.name_template)},
          {"skipTests", d.into(args.skip_tests)},
          {"debug", d.into(args.debug)},
          {"devel", d.into(args.devel)}};
}

void decode_chart(Decoder& decoder, const Node& node, ChartArgs& args) {
  args.mark = node.mark();
  decoder.object(node, chart_fields(decoder, args));
}

// An entry of helmChartInflationGenerator. The fields that go to nobody have no meaning in the reference either.
void decode_old_chart(Decoder& decoder, const Node& node, ChartArgs& args) {
  args.mark = node.mark();
  std::string_view unused;
  Texts unused_list;
  decoder.object(node, {{"chartName", decoder.into(args.name)},
                        {"chartVersion", decoder.into(args.version)},
                        {"chartRepoUrl", decoder.into(args.repo)},
                        {"chartHome", decoder.into(args.chart_home)},
                        {"chartRepoName", decoder.into(unused)},
                        {"helmBin", decoder.into(unused)},
                        {"helmHome", decoder.into(args.config_home)},
                        {"values", decoder.into(args.values_file)},
                        {"valuesLocal", mapping(decoder, args.values_inline)},
                        {"valuesMerge", decoder.into(args.values_merge)},
                        {"releaseName", decoder.into(args.release_name)},
                        {"releaseNamespace", decoder.into(unused)},
                        {"extraArgs", decoder.into(unused_list)}});
}

void decode_chart_globals(Decoder& decoder, const Node& node, std::optional<ChartGlobals>& into) {
  ChartGlobals& globals = into.emplace();
  decoder.object(node,
                 {{"chartHome", decoder.into(globals.chart_home)}, {"configHome", decoder.into(globals.config_home)}});
}

// Without globals, the last homes that old entries name stand for all charts.
ChartGlobals globals_of_old(const std::vector<ChartArgs>& charts) {
  ChartGlobals globals;
  for (const ChartArgs& chart : charts) {
    if (!chart.chart_home.empty()) globals.chart_home = chart.chart_home;
    if (!chart.config_home.empty()) globals.config_home = chart.config_home;
  }
  return globals;
}

void add_charts(Kustomization& k, std::vector<ChartArgs> old, const std::optional<ChartGlobals>& said) {
  const ChartGlobals globals = said ? *said : globals_of_old(old);
  k.charts.insert(k.charts.end(), old.begin(), old.end());
  for (ChartArgs& chart : k.charts) {
    chart.chart_home = globals.chart_home;
    chart.config_home = globals.config_home;
  }
}

// The table of the language: every field of kustomization.yaml and how it is read.
void decode(Decoder& d, const Node& root, Kustomization& k, Old& old, std::optional<ChartGlobals>& globals) {
  d.object(root, {{"apiVersion", d.into(k.api_version)},
                  {"kind", d.into(k.kind)},
                  {"metadata", [&](const Node& n) { check_metadata(d, n); }},
                  {"openapi", d.into(k.openapi)},
                  {"namePrefix", d.into(k.name_prefix)},
                  {"nameSuffix", d.into(k.name_suffix)},
                  {"namespace", d.into(k.namespace_)},
                  {"commonLabels", d.into(k.common_labels)},
                  {"labels", d.into(k.labels, decode_label)},
                  {"commonAnnotations", d.into(k.common_annotations)},
                  {"patchesStrategicMerge", paths(d, k.patches_strategic_merge)},
                  {"patchesJson6902", d.into(k.patches_json6902, decode_patch_args)},
                  {"patches", d.into(k.patches, decode_patch_args)},
                  {"images", d.into(k.images, decode_image)},
                  {"imageTags", d.into(old.image_tags, decode_image)},
                  {"replacements", raw(k.replacements)},
                  {"replicas", d.into(k.replicas, decode_replica)},
                  {"vars", raw(k.vars)},
                  {"sortOptions", [&](const Node& n) { decode_sort_options(d, n, k.sort_options); }},
                  {"resources", paths(d, k.resources)},
                  {"components", paths(d, k.components)},
                  {"crds", paths(d, k.crds)},
                  {"bases", paths(d, old.bases)},
                  {"configMapGenerator", d.into(k.config_maps, decode_generator_args)},
                  {"secretGenerator", d.into(k.secrets, decode_secret_args)},
                  {"helmGlobals", [&](const Node& n) { decode_chart_globals(d, n, globals); }},
                  {"helmCharts", d.into(k.charts, decode_chart)},
                  {"helmChartInflationGenerator", d.into(old.charts, decode_old_chart)},
                  {"generatorOptions", [&](const Node& n) { decode_generator_options(d, n, k.generator_options); }},
                  {"configurations", paths(d, k.configurations)},
                  {"generators", paths(d, k.generators)},
                  {"transformers", paths(d, k.transformers)},
                  {"validators", paths(d, k.validators)},
                  {"buildMetadata", d.into(k.build_metadata)}});
}

Status check_type(const Kustomization& k) {
  std::vector<Cause> causes;
  if (k.kind != "Kustomization" && k.kind != "Component") {
    causes.push_back({k.file, "kind", "kind should be Kustomization or Component"});
  }
  const std::string_view wanted =
      k.is_component() ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
  if (k.api_version != wanted) {
    causes.push_back(
        {k.file, "apiVersion", "apiVersion for " + std::string(k.kind) + " should be " + std::string(wanted)});
  }
  if (causes.empty()) return {};
  return fail(ErrorKind::kInvalid, "invalid " + k.file, std::move(causes));
}

// Whether the file says anything besides its type. An empty list says something, an empty text does not.
bool is_empty(const Node& root) {
  constexpr std::array<std::string_view, 5> kSilent = {"apiVersion", "kind", "bases", "imageTags",
                                                       "helmChartInflationGenerator"};
  return std::all_of(root.entries().begin(), root.entries().end(), [&](const yaml::Entry& entry) {
    const bool silent = std::find(kSilent.begin(), kSilent.end(), entry.key->text()) != kSilent.end();
    return entry.value->is_null() || (entry.value->is_scalar() && entry.value->text().empty()) ||
           (silent && (entry.value->is_scalar() || entry.value->empty()));
  });
}

}  // namespace

bool Kustomization::has_build_metadata(std::string_view option) const {
  return std::find(build_metadata.begin(), build_metadata.end(), option) != build_metadata.end();
}

void decode_paths(Decoder& decoder, const Node& node, PathArgs& into) {
  into.clear();
  decoder.items(node, [&](const Node& item) {
    into.push_back({{}, item.mark()});
    decoder.text(item, into.back().path);
  });
}

void decode_selector(Decoder& decoder, const Node& node, SelectorFields& selector) {
  decoder.object(node, {{"group", decoder.into(selector.group)},
                        {"version", decoder.into(selector.version)},
                        {"kind", decoder.into(selector.kind)},
                        {"name", decoder.into(selector.name)},
                        {"namespace", decoder.into(selector.namespace_)},
                        {"labelSelector", decoder.into(selector.label_selector)},
                        {"annotationSelector", decoder.into(selector.annotation_selector)}});
}

void decode_generator_options(Decoder& decoder, const Node& node, std::optional<GeneratorOptions>& into) {
  GeneratorOptions& options = into.emplace();
  decoder.object(node, {{"labels", decoder.into(options.labels)},
                        {"annotations", decoder.into(options.annotations)},
                        {"disableNameSuffixHash", decoder.into(options.disable_name_suffix_hash)},
                        {"immutable", decoder.into(options.immutable)}});
}

void decode_generator_args(Decoder& decoder, const Node& node, GeneratorArgs& args) {
  decode_secret_args(decoder, node, args);
  if (const Node* type = node.find("type"); type != nullptr && !type->is_null() && decoder.is_strict()) {
    decoder.wrong(*type, "unknown field: only a Secret has a type");
  }
}

void decode_patch_args(Decoder& decoder, const Node& node, PatchArgs& args) {
  args.mark = node.mark();
  const auto options = [&](const Node& n) {
    decoder.object(n, {{"allowNameChange", decoder.into(args.allow_name_change)},
                       {"allowKindChange", decoder.into(args.allow_kind_change)}});
  };
  decoder.object(node, {{"path", decoder.into(args.path)},
                        {"patch", decoder.into(args.patch)},
                        {"target", [&](const Node& n) { decode_selector(decoder, n, args.target.emplace()); }},
                        {"options", options}});
}

void decode_image(Decoder& decoder, const Node& node, ImageArgs& args) {
  decoder.object(node, {{"name", decoder.into(args.name)},
                        {"newName", decoder.into(args.new_name)},
                        {"tagSuffix", decoder.into(args.tag_suffix)},
                        {"newTag", decoder.into(args.new_tag)},
                        {"digest", decoder.into(args.digest)}});
}

void decode_replica(Decoder& decoder, const Node& node, ReplicaArgs& args) {
  args.mark = node.mark();
  decoder.object(node, {{"name", decoder.into(args.name)}, {"count", decoder.into(args.count)}});
}

void decode_chart_plugin(Decoder& decoder, const Node& node, ChartArgs& args) {
  args.mark = node.mark();
  auto fields = chart_fields(decoder, args);
  fields.push_back({"chartHome", decoder.into(args.chart_home)});
  fields.push_back({"configHome", decoder.into(args.config_home)});
  decoder.object(node, fields);
}

Result<Kustomization> parse_kustomization(std::string_view text, const std::string& file, yaml::Arena& arena) {
  TRY(Node * root, yaml::parse_document(text, file, arena, yaml::Dialect::kVersion2));
  Kustomization result;
  result.file = file;
  if (root == nullptr) root = yaml::make_mapping(arena);
  Decoder decoder(file, Decoder::Mode::kStrict, arena);
  Old old;
  std::optional<ChartGlobals> globals;
  decode(decoder, *root, result, old, globals);
  TRY_VOID(decoder.status());
  if (is_empty(*root)) return fail(ErrorKind::kInvalid, "invalid " + file, {Cause{file, "", file + " is empty"}});
  if (result.kind.empty()) result.kind = "Kustomization";
  if (result.api_version.empty()) {
    result.api_version = result.is_component() ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
  }
  TRY_VOID(check_type(result));
  result.resources.insert(result.resources.end(), old.bases.begin(), old.bases.end());
  result.images.insert(result.images.end(), old.image_tags.begin(), old.image_tags.end());
  add_charts(result, std::move(old.charts), globals);
  return result;
}

}  // namespace reconciler::kustomize
