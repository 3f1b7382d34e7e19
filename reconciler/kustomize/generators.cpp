#include "kustomize/generators.h"

#include <map>

#include "base/digest.h"
#include "kustomize/key_values.h"
#include "yaml/utf8.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;

// The reference breaks base 64 into lines, which are part of the value.
std::string wrapped_base64(std::string_view bytes) {
  constexpr std::size_t kWidth = 70;
  std::string digits = base64(bytes);
  if (digits.size() < kWidth) return digits;
  std::string lines;
  for (std::size_t at = 0; at < digits.size(); at += kWidth) lines += digits.substr(at, kWidth) + "\n";
  return lines;
}

TextPairs overlaid(const TextPairs& strong, const TextPairs& weak) {
  std::map<std::string_view, std::string_view> all(strong.begin(), strong.end());
  all.insert(weak.begin(), weak.end());
  return {all.begin(), all.end()};
}

GeneratorOptions options_of(const GeneratorArgs& args, const std::optional<GeneratorOptions>& global) {
  GeneratorOptions options = args.options.value_or(GeneratorOptions());
  if (!global) return options;
  options.labels = overlaid(options.labels, global->labels);
  options.annotations = overlaid(options.annotations, global->annotations);
  options.disable_name_suffix_hash = options.disable_name_suffix_hash || global->disable_name_suffix_hash;
  options.immutable = options.immutable || global->immutable;
  return options;
}

class Object {
 public:
  explicit Object(Arena& arena) : arena_(arena), root_(yaml::make_mapping(arena, 8)) {}

  Node* root() { return root_; }
  void text(Node& mapping, std::string_view key, std::string_view value) {
    add(mapping, key, yaml::make_string(arena_, value));
  }
  Node& mapping(Node& parent, std::string_view key) {
    if (Node* present = parent.find(key)) return *present;
    Node* made = yaml::make_mapping(arena_);
    add(parent, key, made);
    return *made;
  }
  void add(Node& mapping, std::string_view key, Node* value) {
    mapping.add(arena_, yaml::make_untyped(arena_, key), value);
  }
  void pairs(Node& parent, std::string_view key, const TextPairs& pairs) {
    for (const auto& [name, value] : pairs) text(mapping(parent, key), name, value);
  }

 private:
  Arena& arena_;
  Node* root_;
};

void add_data(Object& object, Generated what, const TextPairs& pairs) {
  if (what == Generated::kSecret) object.mapping(*object.root(), "data");
  for (const auto& [key, value] : pairs) {
    if (what == Generated::kSecret) {
      object.text(object.mapping(*object.root(), "data"), key, wrapped_base64(value));
    } else if (yaml::is_utf8(value)) {
      object.text(object.mapping(*object.root(), "data"), key, value);
    } else {
      object.text(object.mapping(*object.root(), "binaryData"), key, wrapped_base64(value));
    }
  }
}

}  // namespace

Result<Resource> generate(Session& session, const Layer& layer, Generated what, const GeneratorArgs& args,
                          const std::optional<GeneratorOptions>& global) {
  if (args.name.empty()) return fail(ErrorKind::kInvalid, "a generator must have a name");
  TRY(const TextPairs data, read_key_values(session, layer, args));
  const GeneratorOptions options = options_of(args, global);
  Object object(session.arena);
  Node& root = *object.root();
  object.text(root, "apiVersion", "v1");
  object.text(root, "kind", what == Generated::kSecret ? "Secret" : "ConfigMap");
  Node& metadata = object.mapping(root, "metadata");
  object.text(metadata, "name", args.name);
  if (!args.namespace_.empty()) object.text(metadata, "namespace", args.namespace_);
  object.pairs(metadata, "labels", options.labels);
  object.pairs(metadata, "annotations", options.annotations);
  if (what == Generated::kSecret) object.text(root, "type", args.type.empty() ? "Opaque" : args.type);
  add_data(object, what, data);
  if (options.immutable) object.add(root, "immutable", yaml::make_scalar(session.arena, "true", yaml::Tag::kBool));
  Resource resource;
  resource.node = object.root();
  resource.needs_hash = !options.disable_name_suffix_hash;
  resource.behavior = behavior_of(args.behavior);
  return resource;
}

}  // namespace reconciler::kustomize
