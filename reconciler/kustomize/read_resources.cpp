#include "kustomize/read_resources.h"

#include <deque>

#include "kustomize/manifest_cache.h"
#include "yaml/parse.h"

namespace reconciler::kustomize {
namespace {

using yaml::Node;

constexpr std::string_view kNotes = "internal.config.kubernetes.io/";

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

// The reference keeps what it remembers of an object in annotations, and believes those that it reads.
void take_notes(Resource& resource) {
  Node* annotations = metadata_map(*resource.node, "annotations");
  if (annotations == nullptr) return;
  const auto take = [&](std::string_view name) -> std::string_view {
    const Node* note = annotations->find(std::string(kNotes) + std::string(name));
    return note == nullptr ? std::string_view() : note->text();
  };
  resource.needs_hash = take("needsHashSuffix") == "enabled";
  resource.behavior = behavior_of(take("generatorBehavior"));
  resource.allows_name_change = take("allowNameChange") == "enabled";
  resource.allows_kind_change = take("allowKindChange") == "enabled";
  if (const auto prefixes = take("prefixes"); !prefixes.empty()) resource.prefixes = split_at_commas(prefixes);
  if (const auto suffixes = take("suffixes"); !suffixes.empty()) resource.suffixes = split_at_commas(suffixes);
  const auto names = split_at_commas(take("previousNames"));
  const auto spaces = split_at_commas(take("previousNamespaces"));
  const auto kinds = split_at_commas(take("previousKinds"));
  if (names.front().empty() || names.size() != spaces.size() || names.size() != kinds.size()) return;
  for (std::size_t i = 0; i < names.size(); ++i) resource.previous.push_back({names[i], spaces[i], kinds[i]});
}

bool has(const Node& node, std::string_view field) {
  const Node* value = node.find(field);
  return value != nullptr && !value->is_null_or_empty();
}

// Takes lists apart until only objects are left, in the reference's order: what a list holds comes after everything
// else.
class Collector {
 public:
  Collector(Session& session, const TextOrigin& origin) : session_(session), origin_(origin) {}

  Result<std::vector<Resource>> run(const std::vector<Node*>& documents) {
    add_documents(documents);
    std::vector<Resource> resources;
    while (!queue_.empty()) {
      Node* object = queue_.front();
      queue_.pop_front();
      if (!take_apart(*object)) resources.push_back(make(*object));
    }
    TRY_VOID(check_count(resources.size()));
    if (!causes_.empty()) return fail(ErrorKind::kInvalid, "invalid objects", std::move(causes_));
    return resources;
  }

 private:
  void wrong(const Node& at, std::string field, std::string message) {
    const yaml::Mark mark = at.mark();
    const std::string place = mark.line == 0 ? "" : ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
    causes_.push_back({origin_.name + place, std::move(field), std::move(message)});
  }

  Status check_count(std::size_t count) {
    session_.resources += count;
    const std::size_t most = session_.options.limits.resources;
    if (session_.resources > most) return fail(ErrorKind::kInvalid, "more than " + std::to_string(most) + " objects");
    return {};
  }

  // A file of one document that is a List stands for its items.
  void add_documents(const std::vector<Node*>& documents) {
    for (Node* document : documents) {
      const std::string_view kind = document->text_of("kind");
      const bool is_wrapper = documents.size() == 1 && (kind == "List" || kind == "ResourceList") &&
                              (document->find("items") != nullptr || document->find("functionConfig") != nullptr);
      if (!is_wrapper) {
        add(*document);
      } else if (Node* items = document->find("items")) {
        for (Node* item : items->items()) add(*item);
      }
    }
  }

  void add(Node& object) {
    if (object.is_null_or_empty()) return;
    if (!object.is_mapping() || !(has(object, "apiVersion") || has(object, "kind") || has(object, "metadata"))) {
      wrong(object, "", "this is no Kubernetes object: it has no apiVersion, kind and metadata");
    } else if (object.text_of("kind").empty()) {
      wrong(object, "kind", "the object has no kind");
    } else if (!object.text_of("kind").ends_with("List") && metadata_text(object, "name").empty()) {
      wrong(object, "metadata.name", "the object has no name");
    } else {
      queue_.push_back(&object);
    }
  }

  bool take_apart(Node& object) {
    const Node* items = object.find("items");
    if (!object.text_of("kind").ends_with("List") || items == nullptr) return false;
    if (!items->is_null() && !items->is_sequence()) wrong(*items, "items", "expected a list");
    for (Node* item : items->items()) {
      add_documents({item});
    }
    return true;
  }

  Resource make(Node& node) {
    Resource resource;
    resource.node = &node;
    resource.file = origin_.file;
    resource.line = node.mark().line;
    take_notes(resource);
    if (Schema::built_in().find(resource.api_version(), resource.kind()) == nullptr) session_.met_unknown_type = true;
    return resource;
  }

  Session& session_;
  const TextOrigin& origin_;
  std::deque<Node*> queue_;
  std::vector<Cause> causes_;
};

}  // namespace

Result<std::vector<Resource>> read_resources(Session& session, std::string_view text, const TextOrigin& origin) {
  TRY(const auto documents, yaml::parse_manifests(text, origin.name, session.arena));
  return Collector(session, origin).run(documents);
}

std::vector<Result<ParsedFile>> parse_resource_files(Session& session, const Layer& layer,
                                                     std::span<const std::string_view> paths) {
  std::vector<Result<ParsedFile>> parsed;
  std::deque<TreeFile> loaded;
  std::vector<yaml::ManifestFile> texts;
  std::vector<std::size_t> places;
  for (const auto path : paths) {
    auto file = load(session, layer, path);
    if (!file) {
      parsed.push_back(fail(std::move(file).error()));
      continue;
    }
    auto shown = std::make_shared<const std::string>(shown_path(session, layer, file->path));
    texts.push_back({loaded.emplace_back(std::move(*file)).content, std::string(path)});
    places.push_back(parsed.size());
    parsed.push_back(ParsedFile{{std::string(path), std::move(shown)}, {}});
  }
  ManifestCache* cache = session.options.manifest_cache;
  auto results = cache == nullptr ? yaml::parse_manifests(texts, session.arena)
                                  : cache->parse(texts, session.arena, session.packed);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) {
      parsed[places[i]]->documents = std::move(*results[i]);
    } else {
      parsed[places[i]] = fail(std::move(results[i]).error());
    }
  }
  return parsed;
}

Result<std::vector<Resource>> resources_of(Session& session, const ParsedFile& file) {
  return Collector(session, file.origin).run(file.documents);
}

Result<std::vector<Resource>> read_resource_file(Session& session, const Layer& layer, std::string_view path) {
  auto parsed = std::move(parse_resource_files(session, layer, std::span(&path, 1)).front());
  if (!parsed) return fail(std::move(parsed).error());
  return resources_of(session, *parsed);
}

}  // namespace reconciler::kustomize
