#include "kustomize/accumulate.h"

#include <span>

#include "kustomize/charts.h"
#include "kustomize/generators.h"
#include "kustomize/plugins.h"
#include "kustomize/problems.h"
#include "kustomize/read_resources.h"
#include "kustomize/steps.h"
#include "yaml/json.h"
#include "yaml/parse.h"

namespace reconciler::kustomize {
namespace {

class Accumulator {
 public:
  Accumulator(Session& session, const Layer& layer, const Kustomization& k, Accumulated so_far)
      : session_(session), layer_(layer), k_(k), result_(std::move(so_far)), problems_(k.file) {}

  Result<Accumulated> run() {
    problems_.take(use_schema(), {}, "openapi");
    TRY_VOID(problems_.status());
    add_resources();
    add_configurations();
    add_generated();
    TRY_VOID(problems_.status());
    add_components();
    TRY_VOID(problems_.status());
    TRY_VOID(transform());
    TRY_VOID(validate());
    TRY_VOID(add_vars());
    return std::move(result_);
  }

 private:
  // The first kustomization with `openapi`, from the target down, decides for the whole build.
  Status use_schema() {
    std::optional<std::string_view> path;
    std::optional<std::string_view> version;
    for (const auto& [key, value] : k_.openapi) {
      if (key == "path") path = value;
      if (key == "version") version = value;
    }
    if (!path && (!version || version->empty())) return {};
    const yaml::Node* document = nullptr;
    if (path) {
      TRY(document, read_document(*path, yaml::Dialect::kVersion3));
    }
    if (session_.has_schema) return {};
    session_.has_schema = true;
    if (path && version) return wrong_schema("'path' and 'version' cannot be set at the same time");
    if (version && *version != "v1.21.2") return wrong_schema("the only version that is built in is v1.21.2");
    if (path) {
      TRY(Schema schema, Schema::from_openapi(*document, built_in_types()));
      session_.own_schema = std::make_unique<const Schema>(std::move(schema));
      session_.schema = session_.own_schema.get();
    }
    return {};
  }

  // The reference forgets the types that it has built in, unless it read them before, or put off to do so.
  Schema::BuiltIn built_in_types() const {
    if (session_.has_used_built_in) return Schema::BuiltIn::kBelow;
    return session_.met_unknown_type ? Schema::BuiltIn::kAbove : Schema::BuiltIn::kForget;
  }

  tl::unexpected<Error> wrong_schema(std::string message) const {
    return fail(ErrorKind::kInvalid, "", {Cause{k_.file, "openapi", std::move(message)}});
  }

  // Files are read together before anything is looked at in its order.
  void add_resources() {
    std::vector<std::string_view> files;
    for (const PathArg& entry : k_.resources) {
      if (kind_of(session_, layer_, entry.path) == PathKind::kFile) files.push_back(entry.path);
    }
    auto parsed = parse_resource_files(session_, layer_, files);
    std::size_t next = 0;
    for (const PathArg& entry : k_.resources) {
      const bool is_file = next < files.size() && files[next].data() == entry.path.data();
      problems_.take(is_file ? add_parsed(parsed[next++], entry.path, result_.resources)
                             : add_resource(entry.path, result_.resources),
                     entry.mark, "resources");
    }
  }

  Status add_parsed(Result<ParsedFile>& file, std::string_view path, ResourceMap& into) {
    if (!file) return fail(std::move(file).error());
    TRY(auto resources, resources_of(session_, *file));
    for (Resource& resource : resources) {
      if (layer_.origin) set_origin(resource, layer_.origin->below(path), session_.arena);
      TRY_VOID(into.append(std::move(resource)));
    }
    return {};
  }

  Status add_resource(std::string_view path, ResourceMap& into) {
    TRY(const PathKind kind, kind_of(session_, layer_, path));
    switch (kind) {
      case PathKind::kFile:
      case PathKind::kWebFile:
        return add_file(path, into);
      case PathKind::kFolder:
        return add_base(path, into);
      case PathKind::kRepository:
        return first_of(add_base(path, into), [&] { return add_file(path, into); }, is_web_url(path));
      case PathKind::kWebFileOrRepository:
        return first_of(add_file(path, into), [&] { return add_base(path, into); }, true);
    }
    return {};
  }

  // A URL may mean a file or a repository. What was tried first tells what is wrong when neither is there.
  template <class Otherwise>
  static Status first_of(Status first, Otherwise otherwise, bool has_other) {
    if (first || !has_other) return first;
    return otherwise() ? Status() : first;
  }

  Status add_file(std::string_view path, ResourceMap& into) {
    auto parsed = parse_resource_files(session_, layer_, std::span(&path, 1));
    return add_parsed(parsed.front(), path, into);
  }

  Status add_base(std::string_view path, ResourceMap& into) {
    TRY(const Layer base, layer_below(path));
    auto built = build_base(base, into);
    if (!built) return fail(within_layer(std::move(built).error(), base.name));
    return {};
  }

  Result<Layer> layer_below(std::string_view path) {
    TRY(Layer below, open_base(session_, layer_, path));
    below.chart_namespace = chart_namespace();
    return below;
  }

  std::string_view chart_namespace() const { return k_.namespace_.empty() ? layer_.chart_namespace : k_.namespace_; }

  Status build_base(const Layer& base, ResourceMap& into) {
    TRY(const Kustomization k, read_kustomization(session_, base));
    if (k.is_component())
      return fail(ErrorKind::kInvalid, "this is a Component: name it in 'components', not in 'resources'");
    TRY(Accumulated below, accumulate(session_, base, k));
    TRY_VOID(into.append_all(std::move(below.resources)));
    TRY_VOID(merge_config(below.config));
    return merge_vars(result_.vars, below.vars);
  }

  Status merge_config(const SharedConfig& more) {
    TRY(result_.config, merged(result_.config, more));
    return {};
  }

  // The built-in specs with those of `configurations`, then those of `crds`.
  void add_configurations() {
    SharedConfig own;
    for (const PathArg& entry : k_.configurations)
      problems_.take(add_configuration(entry.path, own), entry.mark, "configurations");
    auto all = merged(built_in_config(), own);
    if (all) {
      problems_.take(merge_config(*all), {}, "configurations");
    } else {
      problems_.add(std::move(all).error(), {}, "configurations");
    }
    for (const PathArg& entry : k_.crds) problems_.take(add_crds(entry.path), entry.mark, "crds");
  }

  Result<const yaml::Node*> read_document(std::string_view path, yaml::Dialect dialect,
                                          yaml::RepeatedKeys repeated = yaml::RepeatedKeys::kAllowed) {
    TRY(const TreeFile file, load(session_, layer_, path));
    TRY(const yaml::Node* root,
        yaml::parse_document(file.content, std::string(path), session_.arena, dialect, repeated));
    return root == nullptr ? yaml::make_mapping(session_.arena) : root;
  }

  Status add_configuration(std::string_view path, SharedConfig& own) {
    TRY(const yaml::Node* document, read_document(path, yaml::Dialect::kVersion2, yaml::RepeatedKeys::kRefused));
    Decoder decoder(std::string(path), Decoder::Mode::kStrict, session_.arena);
    TransformerConfig config = decode_config(decoder, *document);
    TRY_VOID(decoder.status());
    TRY(own, merged(own, std::make_shared<const TransformerConfig>(std::move(config))));
    return {};
  }

  Status add_crds(std::string_view path) {
    TRY(const yaml::Node* document, read_document(path, yaml::Dialect::kVersion2));
    Decoder decoder(std::string(path), Decoder::Mode::kLenient, session_.arena);
    TRY(TransformerConfig config, config_of_crds(decoder, *document));
    TRY(const SharedConfig sorted, merged(nullptr, std::make_shared<const TransformerConfig>(std::move(config))));
    return merge_config(sorted);
  }

  std::optional<Origin> built_in_origin(std::string_view kind) const {
    if (!layer_.origin) return std::nullopt;
    return layer_.origin->built_in(k_.file, kind);
  }

  void add_generated() {
    for (const GeneratorArgs& args : k_.config_maps) {
      problems_.take(add_generated(Generated::kConfigMap, args, "ConfigMapGenerator"), args.mark, "configMapGenerator");
    }
    for (const GeneratorArgs& args : k_.secrets) {
      problems_.take(add_generated(Generated::kSecret, args, "SecretGenerator"), args.mark, "secretGenerator");
    }
    for (const ChartArgs& args : k_.charts) problems_.take(add_chart(args), args.mark, "helmCharts");
    if (!k_.generators.empty()) problems_.take(add_plugin_generated(), k_.generators.front().mark, "generators");
  }

  Status add_generated(Generated what, const GeneratorArgs& args, std::string_view kind) {
    TRY(Resource resource, generate(session_, layer_, what, args, k_.generator_options));
    resource.file = kustomization_file();
    resource.line = args.mark.line;
    return absorb(std::move(resource), built_in_origin(kind));
  }

  // As objects say where they are from; made when the first one asks.
  const std::shared_ptr<const std::string>& kustomization_file() {
    if (!kustomization_file_) {
      const TreePath path = layer_.root.empty() ? k_.file : layer_.root + "/" + k_.file;
      kustomization_file_ = std::make_shared<const std::string>(shown_path(session_, layer_, path));
    }
    return kustomization_file_;
  }

  Status add_chart(ChartArgs args) {
    if (args.namespace_.empty()) args.namespace_ = chart_namespace();
    TRY(auto resources, inflate(session_, layer_, args));
    for (Resource& resource : resources)
      TRY_VOID(absorb(std::move(resource), built_in_origin("HelmChartInflationGenerator")));
    return {};
  }

  Status add_plugin_generated() {
    TRY(const ResourceMap configurations, plugin_configurations(k_.generators, "generators"));
    TRY(auto generated, configured_generators(session_, layer_, configurations));
    for (GeneratedResources& one : generated) {
      for (Resource& resource : one.resources) TRY_VOID(absorb(std::move(resource), one.origin));
    }
    return {};
  }

  Status absorb(Resource resource, const std::optional<Origin>& origin) {
    if (origin && !origin_of(resource)) set_origin(resource, *origin, session_.arena);
    return result_.resources.absorb(std::move(resource), session_.arena);
  }

  // Objects that configure plugins: given in the file itself, or by a path. Those in the file come first.
  Result<ResourceMap> plugin_configurations(const PathArgs& entries, const char* field) {
    Problems problems(k_.file);
    ResourceMap configurations;
    PathArgs paths;
    for (const PathArg& entry : entries) {
      const std::string place = k_.file + ":" + std::to_string(entry.mark.line);
      auto given = read_resources(session_, entry.path, {place, nullptr});
      if (!given) {
        paths.push_back(entry);
        continue;
      }
      for (Resource& resource : *given) {
        resource.file = std::make_shared<const std::string>(place + " (inline configuration)");
        resource.line = 0;
        if (layer_.origin) set_origin(resource, layer_.origin->below(k_.file), session_.arena);
        TRY_VOID(configurations.append(std::move(resource)));
      }
    }
    for (const PathArg& entry : paths) problems.take(add_resource(entry.path, configurations), entry.mark, field);
    TRY_VOID(problems.status());
    return configurations;
  }

  // A component works on what its parent has so far.
  void add_components() {
    for (const PathArg& entry : k_.components) {
      problems_.take(add_component(entry.path), entry.mark, "components");
      if (!problems_.none()) return;
    }
  }

  Status add_component(std::string_view path) {
    TRY(const Layer component, layer_below(path));
    auto built = build_component(component);
    if (!built) return fail(within_layer(std::move(built).error(), component.name));
    return {};
  }

  Status build_component(const Layer& component) {
    TRY(const Kustomization k, read_kustomization(session_, component));
    if (!k.is_component()) return fail(ErrorKind::kInvalid, "expected a Component, found a " + std::string(k.kind));
    TRY(result_, Accumulator(session_, component, k, std::move(result_)).run());
    return {};
  }

  Status transform() {
    TRY(auto steps, steps_of(session_, layer_, k_, *result_.config));
    for (Step& step : steps) step.origin = built_in_origin(step.kind);
    if (!k_.transformers.empty()) {
      TRY(const ResourceMap configurations, plugin_configurations(k_.transformers, "transformers"));
      TRY(auto more, configured_transformers(session_, layer_, configurations));
      for (Step& step : more) steps.push_back(std::move(step));
    }
    for (const Step& step : steps) TRY_VOID(run(step));
    return {};
  }

  Status run(const Step& step) {
    TRY_VOID(step.run(result_.resources));
    for (std::size_t i = 0; step.origin && i < step.times; ++i)
      add_transformation(result_.resources, *step.origin, session_.arena);
    result_.resources.drop_deleted();
    return {};
  }

  // Validators are transformers that must leave everything as it is, but for a label that says that they passed.
  Status validate() {
    if (k_.validators.empty()) return {};
    TRY(const ResourceMap configurations, plugin_configurations(k_.validators, "validators"));
    TRY(const auto steps, configured_transformers(session_, layer_, configurations));
    for (const Step& step : steps) {
      TRY(const std::string before, fingerprint());
      TRY_VOID(step.run(result_.resources));
      TRY(const std::string after, fingerprint());
      if (before != after) {
        return fail(ErrorKind::kInvalid, "",
                    {Cause{k_.file, "validators", "the validator " + std::string(step.kind) + " changed objects"}});
      }
    }
    return {};
  }

  Status add_vars() {
    if (k_.vars == nullptr) return {};
    Decoder decoder(k_.file, Decoder::Mode::kStrict, session_.arena);
    const std::vector<Var> vars = read_vars(decoder, *k_.vars);
    TRY_VOID(decoder.status());
    return declare_vars(result_.vars, vars, result_.resources);
  }

  Result<std::string> fingerprint() {
    std::string all;
    for (const Resource* resource : result_.resources.all()) {
      yaml::Node* copy = yaml::clone(*resource->node, session_.arena);
      Pairs labels = metadata_pairs(*copy, "labels");
      std::erase_if(labels, [](const auto& pair) { return pair.first == "validated-by"; });
      set_metadata_map(*copy, "labels", std::move(labels), session_.arena);
      TRY(const std::string json, yaml::to_json(*copy));
      all += json;
    }
    return all;
  }

  Session& session_;
  const Layer& layer_;
  const Kustomization& k_;
  Accumulated result_;
  Problems problems_;
  std::shared_ptr<const std::string> kustomization_file_;
};

}  // namespace

Error within_layer(Error error, const std::string& name) {
  if (error.causes.empty()) error.causes.push_back({"", "", error.message});
  for (Cause& cause : error.causes) cause.where = cause.where.empty() ? name : name + " → " + cause.where;
  error.message = "cannot build";
  return error;
}

Result<Kustomization> read_kustomization(Session& session, const Layer& layer) {
  std::optional<TreeFile> found;
  std::string name;
  for (const auto candidate : kKustomizationFiles) {
    auto file = load(session, layer, candidate);
    if (!file && file.error().kind == ErrorKind::kNotFound) continue;
    if (!file) return fail(std::move(file).error());
    if (found)
      return fail(ErrorKind::kInvalid,
                  "found multiple kustomization files: " + name + " and " + std::string(candidate));
    name = candidate;
    found = std::move(*file);
  }
  if (!found) {
    return fail(ErrorKind::kNotFound,
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in the folder");
  }
  return parse_kustomization(found->content, name, session.arena);
}

Result<Accumulated> accumulate(Session& session, const Layer& layer, const Kustomization& kustomization) {
  return Accumulator(session, layer, kustomization, {}).run();
}

}  // namespace reconciler::kustomize
