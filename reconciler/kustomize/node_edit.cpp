#include "kustomize/node_edit.h"

#include "kustomize/node_rules.h"

namespace reconciler::kustomize {

Status set_scalar(yaml::Node& target, std::string_view text, yaml::Tag tag, yaml::Arena& arena) {
  if (!target.is_scalar() && !target.is_null()) {
    return fail(ErrorKind::kInvalid, std::string("expected a plain value, found a ") + kind_word(target));
  }
  const yaml::Style style = target.is_scalar() ? target.style() : yaml::Style::kPlain;
  target.assign(*yaml::make_scalar(arena, text, tag, style));
  return {};
}

void set_field(yaml::Node& mapping, std::string_view name, yaml::Node* value, yaml::Arena& arena) {
  if (value->is_null()) {
    mapping.remove(name);
    return;
  }
  if (yaml::Node* present = mapping.find(name)) {
    if (present->is_scalar() && value->is_scalar()) value->set_style(present->style());
    present->assign(*value);
    return;
  }
  settle_type(*value);
  mapping.add(arena, yaml::make_untyped(arena, name), value);
}

yaml::Node* find_or_make(yaml::Node& parent, std::string_view name, yaml::NodeKind kind, yaml::Arena& arena) {
  if (!parent.is_mapping()) return nullptr;
  if (yaml::Node* present = parent.find(name)) return present;
  yaml::Node* made = nullptr;
  switch (kind) {
    case yaml::NodeKind::kMapping:
      made = yaml::make_mapping(arena);
      break;
    case yaml::NodeKind::kSequence:
      made = yaml::make_sequence(arena);
      break;
    case yaml::NodeKind::kScalar:
      made = yaml::make_untyped(arena, "");
      break;
  }
  parent.add(arena, yaml::make_untyped(arena, name), made);
  return made;
}

}  // namespace reconciler::kustomize
