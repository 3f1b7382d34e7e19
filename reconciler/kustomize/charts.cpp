#include "kustomize/charts.h"

#include "kustomize/read_resources.h"
#include "kustomize/strategic_merge.h"
#include "yaml/json.h"
#include "yaml/parse.h"

namespace reconciler::kustomize {
namespace {

tl::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

// Where a chart lies: in the tree of the kustomization, or in one of its own.
struct ChartFolder {
  std::shared_ptr<const FileTree> tree;
  TreePath path;
  bool is_pulled = false;
};

Status check(const Session& session, const ChartArgs& args) {
  if (session.options.charts == nullptr) return invalid("charts are not rendered: must specify --enable-helm");
  if (args.name.empty()) return invalid("chart name cannot be empty");
  if (!args.config_home.empty())
    return invalid("configHome is not supported: a configuration of helm is never read here");
  for (const auto known : {"", "merge", "override", "replace"}) {
    if (args.values_merge == known) return {};
  }
  return invalid("valuesMerge must be one of: merge, override, replace");
}

/// As the kustomization would write it. A chart that was pulled in a version is kept under a name with that version.
std::string path_of_chart(const ChartArgs& args) {
  std::string home(args.chart_home.empty() ? "charts" : args.chart_home);
  const std::string name(args.name);
  if (!args.version.empty() && !args.repo.empty()) home += "/" + name + "-" + std::string(args.version);
  return home + "/" + name;
}

// Shares the tree without owning it: a chart is rendered while the build, and so its tree, lives.
std::shared_ptr<const FileTree> borrowed(const Layer& layer) { return {layer.owned_tree, layer.tree}; }

Result<ChartFolder> find_chart(Session& session, const Layer& layer, const ChartArgs& args) {
  TRY(const TreePath path, path_in_tree(session, layer, path_of_chart(args)));
  TRY(const auto kind, layer.tree->kind(path));
  if (kind == EntryKind::kFolder) {
    TRY(const TreePath root, layer.tree->resolve(path));
    note_folder(session, layer, path, root);
    return ChartFolder{borrowed(layer), path, false};
  }
  if (args.repo.empty()) return invalid("no repo specified for pull, no chart found at '" + path_of_chart(args) + "'");
  TRY(auto pulled, session.options.charts->pull(
                       {std::string(args.name), std::string(args.version), std::string(args.repo), args.devel}));
  return ChartFolder{std::move(pulled), std::string(args.name), true};
}

// The values that the chart comes with, or those of the file that stands in for them.
Result<std::string> values_of(Session& session, const Layer& layer, const ChartArgs& args, const ChartFolder& chart) {
  if (args.values_file.empty() && chart.is_pulled) {
    TRY(const TreePath path, join(chart.path, "values.yaml"));
    auto file = chart.tree->read(path, chart.path, session.options.limits.file_bytes);
    if (!file && file.error().kind == ErrorKind::kNotFound) return std::string();
    if (!file) return fail(std::move(file).error());
    return std::move(file->content);
  }
  const std::string path =
      args.values_file.empty() ? path_of_chart(args) + "/values.yaml" : std::string(args.values_file);
  TRY(TreeFile file, load(session, layer, path));
  return std::move(file.content);
}

Result<std::string> merged_values(Session& session, const std::string& own, const ChartArgs& args) {
  yaml::Node* inline_values = yaml::clone(*args.values_inline, session.arena);
  if (args.values_merge == "replace") return yaml::to_json(*inline_values);
  TRY(yaml::Node * values, yaml::parse_document(own, "values of the chart", session.arena));
  if (values == nullptr || values->is_null()) values = yaml::make_mapping(session.arena);
  if (!values->is_mapping()) return invalid("the values of the chart are no mapping");
  const bool chart_wins = args.values_merge == "merge";
  yaml::Node* below = chart_wins ? inline_values : values;
  TRY(const auto outcome, merge_patch(*below, chart_wins ? *values : *inline_values, *session.schema, session.arena));
  if (outcome == MergeOutcome::kDeleted) return std::string("{}");
  return yaml::to_json(*below);
}

Result<std::vector<std::string>> all_values(Session& session, const Layer& layer, const ChartArgs& args,
                                            const ChartFolder& chart) {
  const bool has_inline = args.values_inline != nullptr && !args.values_inline->empty();
  std::vector<std::string> values(1);
  if (!has_inline || args.values_merge != "replace") {
    TRY(values[0], values_of(session, layer, args, chart));
  }
  if (has_inline) {
    TRY(values[0], merged_values(session, values[0], args));
  }
  for (const auto path : args.additional_values_files) {
    TRY(TreeFile file, load(session, layer, path));
    values.push_back(std::move(file.content));
  }
  return values;
}

std::vector<std::string> arguments_of(const ChartArgs& args) {
  std::vector<std::string> all;
  const auto add = [&](const char* flag, std::string_view value) {
    if (!value.empty()) all.insert(all.end(), {flag, std::string(value)});
  };
  const auto add_if = [&](bool said, const char* flag) {
    if (said) all.emplace_back(flag);
  };
  all.emplace_back(args.release_name.empty() ? "--generate-name" : args.release_name);
  add("--namespace", args.namespace_);
  add("--name-template", args.name_template);
  for (const auto version : args.api_versions) add("--api-versions", version);
  add("--kube-version", args.kube_version);
  add_if(args.include_crds, "--include-crds");
  add_if(args.skip_tests, "--skip-tests");
  add_if(args.skip_hooks, "--no-hooks");
  add_if(args.debug, "--debug");
  add_if(args.devel, "--devel");
  return all;
}

}  // namespace

Result<std::vector<Resource>> inflate(Session& session, const Layer& layer, const ChartArgs& args) {
  TRY_VOID(check(session, args));
  TRY(ChartFolder chart, find_chart(session, layer, args));
  TRY(auto values, all_values(session, layer, args, chart));
  TRY(const std::string text, session.options.charts->render({std::move(chart.tree), std::move(chart.path),
                                                              arguments_of(args), std::move(values)}));
  TRY(auto resources, read_resources(session, text, {"chart " + std::string(args.name), nullptr}));
  for (Resource& resource : resources) resource.from_helm = true;
  return resources;
}

}  // namespace reconciler::kustomize
