#include "kustomize/field_spec.h"

#include <algorithm>
#include <span>

#include "kustomize/field_path.h"
#include "kustomize/node_edit.h"

namespace reconciler::kustomize {
namespace {

using yaml::Arena;
using yaml::Node;
using yaml::NodeKind;
using yaml::Tag;

Tag tag_of(NodeKind kind, Tag scalar) {
  return kind == NodeKind::kMapping ? Tag::kMap : kind == NodeKind::kSequence ? Tag::kSeq : scalar;
}

// A null takes the kind that the path expects of it.
void become(Node& node, NodeKind kind, Tag tag, Arena& arena) {
  const std::string_view text = node.text();
  switch (kind) {
    case NodeKind::kMapping:
      node.assign(*yaml::make_mapping(arena));
      break;
    case NodeKind::kSequence:
      node.assign(*yaml::make_sequence(arena));
      break;
    case NodeKind::kScalar:
      node.assign(*yaml::make_scalar(arena, text, tag, node.style()));
      break;
  }
}

class Walk {
 public:
  Walk(const FieldSpec& spec, const Creation& creation, const FieldChange& change, Arena& arena)
      : spec_(spec), creation_(creation), change_(change), arena_(arena) {}

  Status visit(Node& node, std::span<const PathStep> steps) {
    if (steps.empty()) return change_(node);
    if (node.is_null()) return {};
    if (node.is_mapping()) return visit_field(node, steps);
    if (!node.is_sequence()) return fail(ErrorKind::kInvalid, "expected a mapping or list");
    for (Node* item : node.items()) TRY_VOID(visit(*item, steps));
    return {};
  }

 private:
  Status visit_field(Node& mapping, std::span<const PathStep> steps) {
    const PathStep& step = steps.front();
    if (step.name.empty()) return fail(ErrorKind::kInvalid, "the path of the field spec has an empty name");
    if (!step.is_field)
      return fail(ErrorKind::kInvalid, "a field spec names fields only, and goes into lists without saying so: `" +
                                           std::string(step.name) + "` is none");
    const bool is_last = steps.size() == 1;
    const bool creates = spec_.create && creation_.allowed && !step.is_list;
    const NodeKind kind = is_last ? creation_.kind : NodeKind::kMapping;
    Node* field = creates ? find_or_make(mapping, step.name, kind, arena_) : mapping.find(step.name);
    if (field == nullptr) return {};
    if (field->is_null() && creates) become(*field, kind, tag_of(kind, creation_.tag), arena_);
    if (field->is_null() && step.is_list) become(*field, NodeKind::kSequence, Tag::kSeq, arena_);
    return visit(*field, steps.subspan(1));
  }

  const FieldSpec& spec_;
  const Creation& creation_;
  const FieldChange& change_;
  Arena& arena_;
};

/// Looks at the kind first, which nearly every selector has and few objects fit.
bool is_for(const Gvk& selector, const Node& object) {
  const auto kind = selector.kind.empty() ? std::string_view() : object.text_of("kind");
  if (kind != selector.kind) return false;
  if (selector.group.empty() && selector.version.empty()) return true;
  return selects(selector, gvk_of(object.text_of("apiVersion"), kind));
}

std::string dotted(std::string_view path) {
  std::string text(path.substr(path.starts_with('/') ? 1 : 0));
  std::replace(text.begin(), text.end(), '/', '.');
  return text;
}

}  // namespace

FieldSpec make_field_spec(const Gvk& type, std::string_view path, bool create, Arena& arena) {
  FieldSpec spec{type, path, create, {}};
  std::string_view rest = path;
  if (rest.size() > 1 && rest.starts_with('/')) rest.remove_prefix(1);
  std::string name;
  for (bool more = true; more;) {
    const auto slash = rest.find('/');
    more = slash != std::string_view::npos;
    name += rest.substr(0, slash);
    rest = more ? rest.substr(slash + 1) : std::string_view();
    if (more && name.ends_with('\\')) {
      name.back() = '/';
      continue;
    }
    const bool is_list = name.ends_with("[]");
    if (is_list) name.resize(name.size() - 2);
    const std::string_view step = trimmed_step(name);
    spec.steps.push_back({arena.copy(step), is_list, names_field(step)});
    name.clear();
  }
  return spec;
}

Status merge_field_spec(FieldSpecs& into, const FieldSpec& spec) {
  for (const FieldSpec& present : into) {
    if (present.path != spec.path || !selects(spec.type, present.type)) continue;
    if (present.create == spec.create) return {};
    return fail(ErrorKind::kInvalid, "conflicting field specs",
                {Cause{"", dotted(spec.path), "two field specs for the same field differ in 'create'"}});
  }
  into.push_back(spec);
  return {};
}

Status merge_field_specs(FieldSpecs& into, const FieldSpecs& specs) {
  for (const FieldSpec& spec : specs) TRY_VOID(merge_field_spec(into, spec));
  return {};
}

void sort_field_specs(FieldSpecs& specs) {
  std::stable_sort(specs.begin(), specs.end(),
                   [](const FieldSpec& a, const FieldSpec& b) { return legacy_less(a.type, b.type); });
}

Status for_each_field(Node& object, const FieldSpec& spec, const Creation& creation, const FieldChange& change,
                      Arena& arena) {
  if (!is_for(spec.type, object)) return {};
  auto done = Walk(spec, creation, change, arena).visit(object, spec.steps);
  if (done) return {};
  Error error = std::move(done).error();
  if (error.causes.empty()) error.causes.push_back({"", "", std::move(error.message)});
  if (error.causes[0].field.empty()) error.causes[0].field = dotted(spec.path);
  error.message = "field cannot be changed";
  return fail(std::move(error));
}

}  // namespace reconciler::kustomize
