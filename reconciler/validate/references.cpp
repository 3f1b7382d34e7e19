#include "validate/references.h"

#include <algorithm>

#include "validate/declaration.h"
#include "validate/fields.h"
#include "validate/pods.h"
#include "validate/reference_table.h"
#include "validate/scope.h"
#include "validate/text.h"

namespace reconciler::validate {
namespace {

using yaml::Node;

constexpr const char* kNowhere = " is neither in the set nor declared by gitops.spira.dev/provides";

std::vector<std::string_view> names_of(const std::vector<Port>& ports) {
  std::vector<std::string_view> names;
  for (const auto& port : ports) names.push_back(port.name);
  return names;
}

/// Looks at what one object names.
class Checker {
 public:
  Checker(const Objects& objects, const Object& object, Report& report)
      : objects_(objects), object_(object), report_(report) {}

  void check_rows(const Node& root, std::span<const ReferenceRow> rows, std::string& field) const {
    for (const auto& row : rows) {
      visit(root, row.path, field, [&](const Node& value, const std::string& at) { check(row, value, at); });
    }
  }

  void check_requirements() const {
    const auto text = object_.annotation(kRequiresAnnotation);
    if (text.empty()) return;
    const auto field = annotation_field(kRequiresAnnotation);
    const auto targets = parse_declaration(text);
    if (!targets) return report_.add(kAnnotation, object_, field, targets.error().message);
    for (const auto& target : *targets) check_requirement(target, field);
  }

 private:
  ObjectKey key_of(const ReferenceRow& row, const Node& value) const {
    const bool is_mapping = value.is_mapping();
    const auto kind = is_mapping ? value.text_of("kind") : "";
    std::string_view group = row.target_group;
    if (!kind.empty()) {
      for (const auto said : {value.text_of("apiGroup"), value.text_of("group"), group_of(value.text_of("apiVersion"))})
        group = said.empty() ? group : said;
    }
    const GroupKind type{std::string(group), std::string(kind.empty() ? row.target_kind : kind)};
    const auto place = objects_.place(type, is_mapping ? value.text_of("namespace") : "", object_.namespace_);
    return {type, std::string(place), std::string(is_mapping ? value.text_of(row.name) : value.text())};
  }

  void check(const ReferenceRow& row, const Node& value, const std::string& field) const {
    const ObjectKey key = key_of(row, value);
    if (key.name.empty() || key.type.kind.empty() || key.type.kind == "User" || key.type.kind == "Group") return;
    if (value.text_of("optional") == "true") return;
    const Target* target = objects_.find(key);
    if (target == nullptr) return missing(key, value.is_mapping() ? field_below(field, row.name) : field);
    check_parts(row, *target, value, field);
  }

  void missing(const ObjectKey& key, const std::string& field) const {
    if (is_of_every_cluster(key.type.group, key.type.kind, key.namespace_, key.name) || !objects_.would_hold(key))
      return;
    report_.add(kReference, object_, field,
                key.text() + kNowhere + perhaps(key.name, objects_.names(key.type, key.namespace_)));
  }

  void check_parts(const ReferenceRow& row, const Target& target, const Node& value, std::string field) const {
    bool has_any = false;
    if (!row.part.empty()) {
      visit(value, row.part, field, [&](const Node& part, const std::string& at) {
        if (part.text().empty()) return;
        has_any = true;
        check_part(target, part.text(), at);
      });
    }
    auto parts = has_any ? std::string_view() : row.default_part;
    while (!parts.empty()) {
      const auto comma = std::min(parts.find(','), parts.size());
      check_part(target, parts.substr(0, comma), field);
      parts.remove_prefix(std::min(comma + 1, parts.size()));
    }
  }

  void check_part(const Target& target, std::string_view part, const std::string& field) const {
    const std::string whose = std::string(target.kind) + " " + quoted(target.name);
    if (target.kind == "Service" || target.kind == "Pod") {
      if (!has_port(target, part))
        report_.add(kPort, object_, field,
                    whose + " has no port " + quoted(part) + perhaps(part, names_of(*target.ports)));
    } else if (!has_key(target, part)) {
      report_.add(kKey, object_, field, whose + " has no key " + quoted(part) + perhaps(part, *target.keys));
    }
  }

  void check_requirement(const Target& wanted, const std::string& field) const {
    const GroupKind type{std::string(wanted.group), std::string(wanted.kind)};
    const auto place = objects_.place(type, wanted.namespace_, object_.namespace_);
    const ObjectKey key{type, std::string(place), std::string(wanted.name)};
    const Target* target = objects_.find_unhashed(key);
    if (target == nullptr) return missing(key, field);
    for (const auto name : wanted.keys.value_or(std::vector<std::string_view>())) check_part(*target, name, field);
    for (const auto& port : wanted.ports.value_or(std::vector<Port>())) {
      if (!port.name.empty()) check_part(*target, port.name, field);
      if (port.number != 0) check_part(*target, std::to_string(port.number), field);
    }
  }

  const Objects& objects_;
  const Object& object_;
  Report& report_;
};

void check(const Objects& objects, const Object& object, Report& report) {
  const Checker checker(objects, object, report);
  std::string field;
  for_each_pod_template(object.type(), *object.root, [&](const PodTemplate& pods) {
    field = pods.field;
    checker.check_rows(*pods.spec, pod_references(), field);
  });
  field.clear();
  for (const auto& row : object_references()) {
    if (row.group == object.type().group && is_one_of(row.kind, object.type().kind))
      checker.check_rows(*object.root, std::span(&row, 1), field);
  }
  checker.check_requirements();
}

}  // namespace

void check_references(const Objects& objects, Report& report) {
  for (const auto& object : objects.all()) check(objects, object, report);
}

}  // namespace reconciler::validate
