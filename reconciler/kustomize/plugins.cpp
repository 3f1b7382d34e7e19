#include "kustomize/plugins.h"

#include <memory>

#include "kustomize/charts.h"
#include "kustomize/generators.h"
#include "kustomize/patches.h"
#include "kustomize/problems.h"
#include "kustomize/replacements.h"
#include "kustomize/transformers.h"
#include "yaml/json.h"

namespace reconciler::kustomize {
namespace {

using yaml::Node;
using Run = std::function<Status(ResourceMap&)>;

// One configuration object, and what its reader needs.
struct Input {
  Session& session;
  const Layer& layer;
  const Resource& resource;
  Decoder decoder;

  const Node& node() const { return *resource.node; }
  yaml::Arena& arena() const { return session.arena; }
  std::string file() const { return resource.file ? *resource.file : std::string("inline configuration"); }
  Decoder::Read specs(FieldSpecs& into) { return decoder.into(into, decode_field_spec); }
};

Result<Run> pairs_transformer(Input& in, const char* field) {
  TextPairs pairs;
  FieldSpecs specs;
  in.decoder.object(in.node(), {{field, in.decoder.into(pairs)}, {"fieldSpecs", in.specs(specs)}});
  TRY_VOID(in.decoder.status());
  return Run([=, &arena = in.arena()](ResourceMap& resources) { return set_pairs(resources, pairs, specs, arena); });
}

Result<Run> annotations(Input& in) { return pairs_transformer(in, "annotations"); }
Result<Run> labels(Input& in) { return pairs_transformer(in, "labels"); }

Result<Run> hash(Input& in) {
  return Run([&arena = in.arena()](ResourceMap& resources) { return add_hashes(resources, arena); });
}

Result<Run> image(Input& in) {
  ImageArgs args;
  FieldSpecs specs;
  in.decoder.object(in.node(), {{"imageTag", [&](const Node& n) { decode_image(in.decoder, n, args); }},
                                {"fieldSpecs", in.specs(specs)}});
  TRY_VOID(in.decoder.status());
  return Run([=, &arena = in.arena()](ResourceMap& resources) { return set_images(resources, {args}, specs, arena); });
}

Result<Subjects> subjects_of(std::string_view mode) {
  if (mode.empty() || mode == "defaultOnly") return Subjects::kNamedDefault;
  if (mode == "allServiceAccounts") return Subjects::kServiceAccounts;
  if (mode == "none") return Subjects::kNone;
  return fail(ErrorKind::kInvalid, "",
              {Cause{"", "setRoleBindingSubjects", "must be one of: defaultOnly, allServiceAccounts, none"}});
}

Result<Run> namespace_(Input& in) {
  NamespaceChange change;
  FieldSpecs specs;
  std::string_view mode;
  const auto metadata = [&](const Node& n) {
    in.decoder.object(n, {{"namespace", in.decoder.into(change.namespace_)}});
  };
  in.decoder.object(in.node(), {{"metadata", metadata},
                                {"fieldSpecs", in.specs(specs)},
                                {"unsetOnly", in.decoder.into(change.unset_only)},
                                {"setRoleBindingSubjects", in.decoder.into(mode)}});
  TRY_VOID(in.decoder.status());
  TRY(change.subjects, subjects_of(mode));
  return Run(
      [=, &arena = in.arena()](ResourceMap& resources) { return set_namespace(resources, change, specs, arena); });
}

Result<Run> affix(Input& in, bool with_prefix, bool with_suffix) {
  std::string_view prefix;
  std::string_view suffix;
  FieldSpecs specs;
  in.decoder.object(
      in.node(),
      {{"prefix", in.decoder.into(prefix)}, {"suffix", in.decoder.into(suffix)}, {"fieldSpecs", in.specs(specs)}});
  TRY_VOID(in.decoder.status());
  if (in.node().find("fieldSpecs") == nullptr)
    return fail(ErrorKind::kInvalid, "", {Cause{"", "fieldSpecs", "is required"}});
  return Run([=, &arena = in.arena()](ResourceMap& resources) -> Status {
    if (with_prefix) TRY_VOID(add_prefix(resources, prefix, specs, arena));
    if (with_suffix) TRY_VOID(add_suffix(resources, suffix, specs, arena));
    return {};
  });
}

Result<Run> prefix(Input& in) { return affix(in, true, false); }
Result<Run> suffix(Input& in) { return affix(in, false, true); }
Result<Run> prefix_and_suffix(Input& in) { return affix(in, true, true); }

Result<Run> json_patch(Input& in) {
  PatchArgs args;
  args.mark = in.node().mark();
  const auto target = [&](const Node& n) { decode_selector(in.decoder, n, args.target.emplace()); };
  in.decoder.object(
      in.node(), {{"target", target}, {"path", in.decoder.into(args.path)}, {"jsonOp", in.decoder.into(args.patch)}});
  TRY_VOID(in.decoder.status());
  TRY(const auto patch, read_json6902(in.session, in.layer, args, in.file()));
  return Run(
      [patch, &session = in.session](ResourceMap& resources) { return apply_json6902(session, patch, resources); });
}

Result<Run> strategic_merge(Input& in) {
  PathArgs paths;
  PathArg text;
  const auto list = [&](const Node& n) { decode_paths(in.decoder, n, paths); };
  in.decoder.object(in.node(), {{"paths", list}, {"patches", in.decoder.into(text.path)}});
  TRY_VOID(in.decoder.status());
  TRY(const auto merges, read_strategic_merges(in.session, in.layer, paths, text.path, in.file()));
  return Run([merges, &session = in.session](ResourceMap& resources) {
    return apply_strategic_merges(session, merges, resources);
  });
}

Result<Run> patch(Input& in) {
  PatchArgs args;
  decode_patch_args(in.decoder, in.node(), args);
  TRY_VOID(in.decoder.status());
  TRY(Patch read, read_patch(in.session, in.layer, args, in.file()));
  const auto shared = std::make_shared<const Patch>(std::move(read));
  return Run(
      [shared, &session = in.session](ResourceMap& resources) { return apply_patch(session, *shared, resources); });
}

Result<Run> replacement(Input& in) {
  const Node* list = in.node().find("replacements");
  if (list == nullptr) return Run([](ResourceMap&) { return Status(); });
  const LoadText load_text = [&in](std::string_view path) -> Result<std::string> {
    TRY(TreeFile file, load(in.session, in.layer, path));
    return std::move(file.content);
  };
  TRY(const auto replacements, read_replacements(in.decoder, *list, load_text));
  TRY_VOID(in.decoder.status());
  return Run([replacements, &arena = in.arena()](ResourceMap& resources) {
    return apply_replacements(resources, replacements, arena);
  });
}

Result<Run> replica(Input& in) {
  ReplicaArgs args;
  FieldSpecs specs;
  in.decoder.object(in.node(), {{"replica", [&](const Node& n) { decode_replica(in.decoder, n, args); }},
                                {"fieldSpecs", in.specs(specs)}});
  TRY_VOID(in.decoder.status());
  return Run([=, &arena = in.arena()](ResourceMap& resources) { return set_replicas(resources, args, specs, arena); });
}

Result<Run> add_value(Input& in) { return value_add(in.session, in.layer, in.node(), in.file()); }

Result<std::vector<Resource>> generated(Input& in, Generated what) {
  GeneratorArgs args;
  std::string_view name;
  std::string_view space;
  const auto metadata = [&](const Node& n) {
    in.decoder.object(n, {{"name", in.decoder.into(name)}, {"namespace", in.decoder.into(space)}});
  };
  decode_generator_args(in.decoder, in.node(), args);
  in.decoder.object(in.node(), {{"metadata", metadata}});
  TRY_VOID(in.decoder.status());
  if (args.name.empty()) args.name = name;
  if (args.namespace_.empty()) args.namespace_ = space;
  TRY(Resource resource, generate(in.session, in.layer, what, args, std::nullopt));
  std::vector<Resource> resources;
  resources.push_back(std::move(resource));
  return resources;
}

Result<std::vector<Resource>> config_map(Input& in) { return generated(in, Generated::kConfigMap); }
Result<std::vector<Resource>> secret(Input& in) { return generated(in, Generated::kSecret); }

// A service account that stands for one of a cloud provider's.
Result<std::vector<Resource>> iam_policy(Input& in) {
  std::string_view cloud, name, space, account, project;
  const auto service = [&](const Node& n) {
    in.decoder.object(n, {{"name", in.decoder.into(name)}, {"namespace", in.decoder.into(space)}});
  };
  const auto service_account = [&](const Node& n) {
    in.decoder.object(n, {{"name", in.decoder.into(account)}, {"projectId", in.decoder.into(project)}});
  };
  in.decoder.object(
      in.node(),
      {{"cloud", in.decoder.into(cloud)}, {"kubernetesService", service}, {"serviceAccount", service_account}});
  TRY_VOID(in.decoder.status());
  if (cloud != "gke") return fail(ErrorKind::kInvalid, "", {Cause{"", "cloud", "only 'gke' is supported"}});
  yaml::Arena& arena = in.arena();
  Resource resource;
  resource.node = yaml::make_mapping(arena);
  resource.node->set(arena, "apiVersion", yaml::make_string(arena, "v1"));
  resource.node->set(arena, "kind", yaml::make_string(arena, "ServiceAccount"));
  const std::string identity = std::string(account) + "@" + std::string(project) + ".iam.gserviceaccount.com";
  set_metadata_map(*resource.node, "annotations", {{"iam.gke.io/gcp-service-account", identity}}, arena);
  resource.set_name(name, arena);
  if (!space.empty()) resource.set_namespace(space, arena);
  std::vector<Resource> resources;
  resources.push_back(std::move(resource));
  return resources;
}

Result<std::vector<Resource>> chart(Input& in) {
  ChartArgs args;
  decode_chart_plugin(in.decoder, in.node(), args);
  TRY_VOID(in.decoder.status());
  return inflate(in.session, in.layer, args);
}

struct TransformerEntry {
  std::string_view kind;
  Result<Run> (*configure)(Input&);
};
constexpr TransformerEntry kTransformers[] = {
    {"AnnotationsTransformer", annotations},
    {"HashTransformer", hash},
    {"ImageTagTransformer", image},
    {"LabelTransformer", labels},
    {"NamespaceTransformer", namespace_},
    {"PatchJson6902Transformer", json_patch},
    {"PatchStrategicMergeTransformer", strategic_merge},
    {"PatchTransformer", patch},
    {"PrefixSuffixTransformer", prefix_and_suffix},
    {"PrefixTransformer", prefix},
    {"ReplacementTransformer", replacement},
    {"ReplicaCountTransformer", replica},
    {"SuffixTransformer", suffix},
    {"ValueAddTransformer", add_value},
};

struct GeneratorEntry {
  std::string_view kind;
  Result<std::vector<Resource>> (*generate)(Input&);
};
constexpr GeneratorEntry kGenerators[] = {
    {"ConfigMapGenerator", config_map},
    {"HelmChartInflationGenerator", chart},
    {"IAMPolicyGenerator", iam_policy},
    {"SecretGenerator", secret},
};

template <class Table>
auto entry_for(const Resource& resource, const Table& table, const char* what) -> Result<decltype(&table[0])> {
  if (resource.api_version() != "builtin") {
    return fail(ErrorKind::kInvalid, "'" + std::string(resource.kind()) +
                                         "' is a program or container: only built-in " + what +
                                         "s (apiVersion: builtin) are run here");
  }
  for (const auto& entry : table) {
    if (entry.kind == resource.kind()) return &entry;
  }
  return fail(ErrorKind::kInvalid,
              "there is no built-in " + std::string(what) + " '" + std::string(resource.kind()) + "'");
}

// Errors: kInvalid where the configuration is no object that could be written, as one with a repeated key.
Result<Input> input_of(Session& session, const Layer& layer, const Resource& resource) {
  const std::string file = resource.file ? *resource.file : "inline configuration";
  if (auto written = yaml::to_json(*resource.node); !written) {
    Error error = std::move(written).error();
    for (Cause& cause : error.causes) cause.where = file + ":" + cause.where;
    return fail(std::move(error));
  }
  return Input{session, layer, resource, Decoder(file, Decoder::Mode::kLenient, session.arena)};
}

std::optional<Origin> plugin_origin(const Resource& resource) {
  const auto origin = origin_of(resource);
  if (!origin) return std::nullopt;
  return origin->of_plugin(resource);
}

// An error without a place gets that of the configuration.
template <class T>
Result<T> placed(Result<T> result, const Resource& configuration) {
  if (result) return result;
  Error error = std::move(result).error();
  if (error.causes.empty()) error.causes.push_back({"", "", std::move(error.message)});
  for (Cause& cause : error.causes) {
    if (cause.where.empty()) cause.where = configuration.origin();
  }
  return fail(std::move(error));
}

Result<Step> configured(Session& session, const Layer& layer, const Resource& resource) {
  TRY(const auto entry, entry_for(resource, kTransformers, "transformer"));
  TRY(Input input, input_of(session, layer, resource));
  TRY(Run run, entry->configure(input));
  return Step{entry->kind, std::move(run), 1, plugin_origin(resource)};
}

Result<GeneratedResources> generated(Session& session, const Layer& layer, const Resource& resource) {
  TRY(const auto entry, entry_for(resource, kGenerators, "generator"));
  TRY(Input input, input_of(session, layer, resource));
  TRY(auto resources, entry->generate(input));
  return GeneratedResources{std::move(resources), plugin_origin(resource)};
}

}  // namespace

Result<std::vector<Step>> configured_transformers(Session& session, const Layer& layer,
                                                  const ResourceMap& configurations) {
  std::vector<Step> steps;
  Problems problems("");
  for (const Resource* resource : configurations.all()) {
    problems.take(placed(configured(session, layer, *resource), *resource), steps, {}, "");
  }
  TRY_VOID(problems.status());
  return steps;
}

Result<std::vector<GeneratedResources>> configured_generators(Session& session, const Layer& layer,
                                                              const ResourceMap& configurations) {
  std::vector<GeneratedResources> all;
  Problems problems("");
  for (const Resource* resource : configurations.all()) {
    problems.take(placed(generated(session, layer, *resource), *resource), all, {}, "");
  }
  TRY_VOID(problems.status());
  return all;
}

}  // namespace reconciler::kustomize
