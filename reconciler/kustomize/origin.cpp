#include "kustomize/origin.h"

#include <filesystem>

#include "yaml/parse.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;

std::string_view annotation(const Resource& resource, std::string_view name) {
  const Node* annotations = metadata_map(*resource.node, "annotations");
  return annotations == nullptr ? std::string_view() : annotations->text_of(name);
}

void annotate(Resource& resource, std::string_view name, std::string_view value, Arena& arena) {
  Pairs pairs = metadata_pairs(*resource.node, "annotations");
  std::erase_if(pairs, [&](const auto& pair) { return pair.first == name; });
  pairs.emplace_back(name, arena.copy(value));
  set_metadata_map(*resource.node, "annotations", std::move(pairs), arena);
}

std::string joined(const std::string& folder, std::string_view path) {
  const std::string text = (std::filesystem::path(folder) / path).lexically_normal().generic_string();
  return text.size() > 1 && text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

void add_line(std::string& text, const std::string& name, const std::string& value) {
  if (!value.empty()) text += name + ": " + value + "\n";
}

std::string indented(const std::string& text) {
  std::string result = "- ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) result += "  ";
  }
  return result;
}

}  // namespace

Origin Origin::below(std::string_view path_below) const {
  Origin origin = *this;
  origin.path = joined(path, path_below);
  return origin;
}

Origin Origin::built_in(std::string_view file, std::string_view kind) const {
  return {"", repository, ref, joined(path, file), ConfiguredBy{"builtin", std::string(kind), "", ""}};
}

Origin Origin::of_plugin(const Resource& configuration) const {
  return {"", repository, ref, path,
          ConfiguredBy{std::string(configuration.api_version()), std::string(configuration.kind()),
                       std::string(configuration.name()), std::string(configuration.namespace_())}};
}

std::string Origin::text() const {
  std::string result;
  add_line(result, "path", path);
  add_line(result, "repo", repository);
  add_line(result, "ref", ref);
  add_line(result, "configuredIn", configured_in);
  if (!configured_by) return result;
  result += "configuredBy:\n";
  add_line(result, "  apiVersion", configured_by->api_version);
  add_line(result, "  kind", configured_by->kind);
  add_line(result, "  name", configured_by->name);
  add_line(result, "  namespace", configured_by->namespace_);
  return result;
}

std::optional<Origin> origin_of(const Resource& resource) {
  const std::string_view text = annotation(resource, kOriginAnnotation);
  if (text.empty()) return std::nullopt;
  Arena arena;
  const auto root = yaml::parse_document(text, "origin", arena, yaml::Dialect::kVersion2);
  if (!root || *root == nullptr) return Origin();
  const Node& node = **root;
  return Origin{std::string(node.text_of("path")), std::string(node.text_of("repo")), std::string(node.text_of("ref")),
                std::string(node.text_of("configuredIn")), std::nullopt};
}

void set_origin(Resource& resource, const Origin& origin, Arena& arena) {
  annotate(resource, kOriginAnnotation, origin.text(), arena);
}

void add_transformation(ResourceMap& resources, const Origin& origin, Arena& arena) {
  const std::string entry = indented(origin.text());
  for (Resource* resource : resources.all()) {
    if (annotation(*resource, kOriginAnnotation).empty()) {
      set_origin(*resource, origin, arena);
    } else {
      annotate(*resource, kTransformationsAnnotation,
               std::string(annotation(*resource, kTransformationsAnnotation)) + entry, arena);
    }
  }
}

}  // namespace reconciler::kustomize
