#include "validate/objects.h"

#include <algorithm>

#include "validate/declaration.h"
#include "validate/fields.h"
#include "validate/made_by.h"
#include "validate/pods.h"
#include "validate/scope.h"
#include "validate/text.h"
#include "yaml/json.h"

namespace reconciler::validate {
namespace {

using yaml::Node;

/// The keys of a ConfigMap or Secret; nothing when a controller adds to them.
std::optional<std::vector<std::string_view>> keys_of(const Node& root) {
  if (root.text_of("type") == "kubernetes.io/service-account-token") return std::nullopt;
  std::vector<std::string_view> keys;
  for (const char* map : {"data", "binaryData", "stringData"}) {
    const Node* values = root.find(map);
    if (values == nullptr) continue;
    for (const auto& entry : values->entries()) keys.push_back(entry.key->text());
  }
  return keys;
}

std::vector<Port> ports_at(const Node& root, std::string_view path, std::string_view number) {
  std::vector<Port> ports;
  visit(root, path, [&](const Node& port, const std::string&) {
    const auto protocol = port.text_of("protocol");
    ports.push_back({port.text_of("name"), port_number(port.text_of(number)), protocol.empty() ? "TCP" : protocol});
  });
  return ports;
}

std::optional<std::vector<Port>> ports_of(const Node* pod_spec) {
  if (pod_spec == nullptr) return std::nullopt;
  return ports_at(*pod_spec, std::string(kAllContainers) + "/ports", "containerPort");
}

GroupKind type_of(const Target& target) { return {std::string(target.group), std::string(target.kind)}; }

ObjectKey key_of(const Target& target) {
  return {type_of(target), std::string(target.namespace_), std::string(target.name)};
}

std::string from(const Object& object) {
  return object.manifest->origin.empty() ? "a generator" : object.manifest->origin;
}

/// Whether `name` is `plain` with the hash of kustomize's generators: ten of these letters.
bool is_hashed(std::string_view name, std::string_view plain) {
  return name.size() == plain.size() + 11 && name.starts_with(plain) && name[plain.size()] == '-' &&
         name.substr(plain.size() + 1).find_first_not_of("2456789bcdfghkmt") == std::string_view::npos;
}

std::string group_of_index(std::string_view kind, std::optional<std::string_view> namespace_) {
  std::string text(kind);
  if (namespace_) (text += ' ') += *namespace_;
  return text;
}

template <class T>
void merge(std::optional<std::vector<T>>& into, std::optional<std::vector<T>> more) {
  if (!into) return;
  if (more) {
    into->insert(into->end(), more->begin(), more->end());
  } else {
    into.reset();
  }
}

}  // namespace

std::string_view Object::annotation(std::string_view name) const {
  const Node* annotations = root->find_path({"metadata", "annotations"});
  return annotations == nullptr ? std::string_view() : annotations->text_of(name);
}

void Report::add(const Rule& rule, const Object& object, std::string field, std::string message) {
  if (std::ranges::find(object.ignored, rule.id) != object.ignored.end()) return;
  Finding finding{&rule, object.manifest->key, object.manifest->origin, 0, std::move(field), std::move(message)};
  if (const auto colon = finding.file.rfind(':'); colon != std::string::npos) {
    finding.line = std::strtoul(finding.file.c_str() + colon + 1, nullptr, 10);
    if (finding.line > 0) finding.file.resize(colon);
  }
  findings_.push_back(std::move(finding));
}

Result<Objects> Objects::of(const Rendered& rendered, std::string_view default_namespace, Report& report) {
  Objects objects(default_namespace);
  TRY_VOID(objects.read(rendered));
  for (const auto& object : objects.objects_) objects.note_definition(object);
  for (auto& object : objects.objects_) {
    object.namespace_ = objects.place(object.type(), object.manifest->key.namespace_, "");
    objects.namespaces_.insert(object.is("", "Namespace") ? object.manifest->key.name : object.namespace_);
  }
  for (const auto& object : objects.objects_) objects.add_object(object, report);
  for (const auto& object : objects.objects_) {
    objects.add_pods(object);
    objects.add_made(object);
    objects.add_declared(object, report);
  }
  objects.index();
  return objects;
}

Status Objects::read(const Rendered& rendered) {
  objects_.reserve(rendered.size());
  for (const auto& manifest : rendered) {
    TRY(const Node* root, yaml::from_json(manifest.body, arena_));
    objects_.push_back({&manifest, root, {}, {}});
    objects_.back().ignored = words_of(objects_.back().annotation(kIgnoreAnnotation));
  }
  return {};
}

void Objects::note_definition(const Object& object) {
  if (!object.is("apiextensions.k8s.io", "CustomResourceDefinition")) return;
  const GroupKind type{std::string(text_at(*object.root, "spec/group")),
                       std::string(text_at(*object.root, "spec/names/kind"))};
  defined_[type] = text_at(*object.root, "spec/scope") != "Cluster";
}

std::optional<bool> Objects::namespaced(const GroupKind& type) const {
  const auto found = defined_.find(type);
  return found != defined_.end() ? found->second : is_namespaced(type);
}

std::string_view Objects::place(const GroupKind& type, std::string_view said, std::string_view home) const {
  if (!namespaced(type).value_or(true)) return "";
  return !said.empty() ? said : !home.empty() ? home : default_namespace_;
}

void Objects::add_object(const Object& object, Report& report) {
  const auto& key = object.manifest->key;
  const Node& root = *object.root;
  Target target{key.type.group, key.type.kind, object.namespace_, key.name, {}, {}, {}, &object};
  target.labels = labels_of(root.find_path({"metadata", "labels"}));
  if (key.type.group.empty() && (target.kind == "ConfigMap" || target.kind == "Secret")) target.keys = keys_of(root);
  if (object.is("", "Service")) target.ports = ports_at(root, "spec/ports", "port");
  if (object.is("", "Pod")) target.ports = ports_of(root.find("spec"));
  const auto [place, is_new] = named_.try_emplace(key_of(target), target);
  if (!is_new) {
    report.add(kCollision, object, "metadata.name",
               "the set has this object twice, here and from " + from(*place->second.object));
  }
}

void Objects::add_pods(const Object& object) {
  if (object.is("", "Pod")) return;
  for_each_pod_template(object.type(), *object.root, [&](const PodTemplate& pods) {
    if (pods.is_partial) return;
    const Node* labels = pods.metadata == nullptr ? nullptr : pods.metadata->find("labels");
    pods_.push_back(
        {"", "Pod", object.namespace_, object.manifest->key.name, labels_of(labels), {}, ports_of(pods.spec), &object});
  });
}

void Objects::add_made(const Object& object) {
  for_each_made_object(object.type(), *object.root, [&](const std::string& declaration) {
    auto targets = parse_declaration(arena_.copy(declaration));
    if (!targets) return;
    for (auto& target : *targets) {
      target.namespace_ = object.namespace_;
      if (target.kind == "Pod") {
        for_each_pod_template(object.type(), *object.root, [&](const PodTemplate& pods) {
          const auto more = labels_of(pods.metadata == nullptr ? nullptr : pods.metadata->find("labels"));
          target.labels.insert(target.labels.end(), more.begin(), more.end());
        });
      }
      add(std::move(target));
    }
  });
}

void Objects::add_declared(const Object& object, Report& report) {
  const auto text = object.annotation(kProvidesAnnotation);
  if (text.empty()) return;
  const auto field = annotation_field(kProvidesAnnotation);
  auto targets = parse_declaration(text);
  if (!targets) return report.add(kAnnotation, object, field, targets.error().message);
  for (auto& target : *targets) {
    target.namespace_ = place(type_of(target), target.namespace_, object.namespace_);
    const auto* same = find(key_of(target));
    if (same != nullptr && same->object != nullptr) {
      report.add(kCollision, object, field,
                 "the set holds " + key_of(target).text() + " itself, from " + from(*same->object));
    } else {
      add(std::move(target));
    }
  }
}

void Objects::add(Target target) {
  const auto [place, is_new] = named_.try_emplace(key_of(target), target);
  if (is_new) return;
  Target& known = place->second;
  merge(known.keys, std::move(target.keys));
  merge(known.ports, std::move(target.ports));
  known.labels.insert(known.labels.end(), target.labels.begin(), target.labels.end());
}

void Objects::index() {
  for (const auto& [key, target] : named_) {
    if (target.group.empty() && (target.kind == "Service" || target.kind == "Pod")) index(target);
  }
  for (const auto& target : pods_) index(target);
}

void Objects::index(const Target& target) {
  const auto where = group_of_index(target.kind, target.namespace_);
  selectable_[group_of_index(target.kind, {})].push_back(&target);
  selectable_[where].push_back(&target);
  for (const auto& [key, value] : target.labels) {
    auto& same = selectable_[where + ' ' + std::string(key) + '=' + std::string(value)];
    if (same.empty() || same.back() != &target) same.push_back(&target);
  }
}

const Target* Objects::find(const ObjectKey& key) const {
  const auto found = named_.find(key);
  return found == named_.end() ? nullptr : &found->second;
}

const Target* Objects::find_unhashed(const ObjectKey& key) const {
  if (const Target* exact = find(key); exact != nullptr) return exact;
  for (const auto name : names(key.type, key.namespace_)) {
    if (is_hashed(name, key.name)) return find({key.type, key.namespace_, std::string(name)});
  }
  return nullptr;
}

bool Objects::would_hold(const ObjectKey& key) const {
  const auto is_same_kind = [&](const auto& named) { return named.first.type == key.type; };
  if (!is_built_in(key.type.group) && std::ranges::none_of(named_, is_same_kind)) return false;
  if (key.namespace_.empty() || namespaces_.contains(key.namespace_)) return true;
  return std::ranges::any_of(named_,
                             [&](const auto& named) { return is_same_kind(named) && named.first.name == key.name; }) ||
         !perhaps(key.namespace_, {namespaces_.begin(), namespaces_.end()}).empty();
}

bool Objects::has_any(std::string_view kind, std::string_view namespace_) const {
  return selectable_.contains(group_of_index(kind, namespace_));
}

std::vector<std::string_view> Objects::names(const GroupKind& type, std::string_view namespace_) const {
  std::vector<std::string_view> names;
  for (const auto& [key, target] : named_) {
    if (key.type == type && key.namespace_ == namespace_) names.push_back(target.name);
  }
  std::ranges::sort(names);
  return names;
}

std::vector<const Target*> Objects::select(std::string_view kind, std::optional<std::string_view> namespace_,
                                           const LabelSelector& selector) const {
  auto where = group_of_index(kind, namespace_);
  const auto* certain = selector.certain();
  if (certain != nullptr && namespace_) ((((where += ' ') += certain->first) += '=') += certain->second);
  const auto candidates = selectable_.find(where);
  std::vector<const Target*> selected;
  if (candidates == selectable_.end()) return selected;
  std::ranges::copy_if(candidates->second, std::back_inserter(selected),
                       [&](const Target* target) { return selector.matches(target->labels); });
  return selected;
}

}  // namespace reconciler::validate
