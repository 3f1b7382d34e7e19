#include <algorithm>
#include <optional>

#include "kustomize/node_edit.h"
#include "kustomize/per_resource.h"
#include "kustomize/plugins.h"
#include "kustomize/selector.h"
#include "kustomize/transformers.h"
#include "yaml/parse.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;
using yaml::NodeKind;

struct Target {
  std::optional<SelectorFields> selector;
  std::string_view field_path;
  std::int64_t position = 0;  // In a file path, from 1; 0 replaces the whole value.
};

void decode_target(Decoder& decoder, const Node& node, Target& target) {
  decoder.object(node, {{"selector", [&](const Node& n) { decode_selector(decoder, n, target.selector.emplace()); }},
                        {"fieldPath", decoder.into(target.field_path)},
                        {"filePathPosition", decoder.into(target.position)}});
  if (target.field_path.empty()) decoder.wrong(node, "fieldPath is required");
  if (target.position < 0) decoder.wrong(node, "filePathPosition cannot be negative");
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// The path with a part put in front of that part, or at its end; an absolute path stays absolute.
std::string with_part(std::string_view path, std::int64_t position, std::string_view part) {
  std::vector<std::string> parts;
  const bool absolute = path.starts_with('/');
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  const auto at = std::min<std::size_t>(static_cast<std::size_t>(position), parts.size());
  parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(at), std::string(part));
  std::string result;
  for (const auto& one : parts) result += (result.empty() && !absolute ? "" : "/") + one;
  return result;
}

class ValueAdd {
 public:
  ValueAdd(std::string_view value, std::vector<Target> targets, Arena& arena)
      : value_(value), targets_(std::move(targets)), arena_(arena) {}

  Status operator()(ResourceMap& resources) const {
    for (const Target& target : targets_) {
      auto selected =
          target.selector ? select(resources, *target.selector) : Result<std::vector<Resource*>>(resources.all());
      if (!selected) return fail(std::move(selected).error());
      TRY_VOID(for_each_resource(*selected, [&](Resource& resource) { return change(resource, target); }));
    }
    resources.ids_changed();
    return {};
  }

 private:
  Status change(Resource& resource, const Target& target) const {
    const FieldSpec path = make_field_spec({}, target.field_path, true, arena_);
    if (target.field_path == "metadata/namespace") {
      if (is_cluster_scoped(resource.type())) return {};
      return for_each_field(
          *resource.node, path, {true, NodeKind::kScalar, yaml::Tag::kNone},
          [&](Node& field) { return set_scalar(field, value_, yaml::Tag::kStr, arena_); }, arena_);
    }
    Node* field = find(*resource.node, path.steps);
    if (field == nullptr) return {};
    const std::string text =
        target.position > 0 ? with_part(field->text(), target.position - 1, value_) : std::string(value_);
    return set_scalar(*field, text, yaml::Tag::kNone, arena_);
  }

  Node* find(Node& root, const std::vector<PathStep>& steps) const {
    Node* node = &root;
    for (std::size_t i = 0; i < steps.size() && node != nullptr; ++i) {
      node = find_or_make(*node, steps[i].name, i + 1 == steps.size() ? NodeKind::kScalar : NodeKind::kMapping, arena_);
    }
    return node;
  }

  std::string_view value_;
  std::vector<Target> targets_;
  Arena& arena_;
};

}  // namespace

Result<std::function<Status(ResourceMap&)>> value_add(Session& session, const Layer& layer, const Node& configuration,
                                                      const std::string& file) {
  Decoder decoder(file, Decoder::Mode::kLenient, session.arena);
  std::string_view value;
  std::string_view target_file;
  std::vector<Target> targets;
  decoder.object(configuration, {{"value", decoder.into(value)},
                                 {"targets", decoder.into(targets, decode_target)},
                                 {"targetFilePath", decoder.into(target_file)}});
  if (!target_file.empty()) {
    TRY(const TreeFile read, load(session, layer, target_file));
    TRY(const Node* root,
        yaml::parse_document(read.content, std::string(target_file), session.arena, yaml::Dialect::kVersion2));
    std::vector<Target> more;
    if (root != nullptr) decoder.object(*root, {{"targets", decoder.into(more, decode_target)}});
    targets.insert(targets.end(), more.begin(), more.end());
  }
  TRY_VOID(decoder.status());
  if (targets.empty()) return fail(ErrorKind::kInvalid, "", {Cause{"", "targets", "must specify at least one target"}});
  value = trimmed(value);
  if (value.empty()) value = session.arena.copy(layer.root.substr(layer.root.rfind('/') + 1));
  return std::function<Status(ResourceMap&)>(ValueAdd(value, std::move(targets), session.arena));
}

}  // namespace reconciler::kustomize
