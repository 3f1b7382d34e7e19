#include "kustomize/replacements.h"

#include <algorithm>

#include "kustomize/field_path.h"
#include "kustomize/node_rules.h"
#include "kustomize/selector.h"
#include "kustomize/text_value.h"

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kDefaultField = "metadata.name";

tl::unexpected<Error> wrong(std::string_view field, std::string message, ErrorKind kind = ErrorKind::kInvalid) {
  return fail(kind, "the replacement cannot be made", {{"", std::string(field), std::move(message)}});
}

/// An id as replacements see it: the namespace of the present one is what the object says, of a former one the
/// effective one.
std::vector<Id> ids_of(const Resource& resource) {
  std::vector<Id> ids{{resource.type(), resource.name(), resource.namespace_()}};
  for (const auto& [name, space, kind] : resource.previous) {
    auto type = resource.type();
    type.kind = kind;
    ids.push_back({type, name, space});
  }
  return ids;
}

std::string_view effective(std::string_view space) { return space.empty() ? "default" : space; }

bool is_source(const ReplacementSource& source, const Id& id) {
  return (source.name.empty() || source.name == id.name) && selects(source.type, id.type) &&
         (source.namespace_.empty() || effective(source.namespace_) == effective(id.namespace_));
}

std::string text_of(const ReplacementSource& source) {
  return kustomize::text_of(
      SelectorFields{source.type.group, source.type.version, source.type.kind, source.name, source.namespace_, "", ""});
}

Result<Resource*> find_source(const ResourceMap& resources, const ReplacementSource& source) {
  Resource* found = nullptr;
  const auto candidates = source.name.empty() ? resources.all() : resources.with_any_name(source.name);
  for (auto* resource : candidates) {
    if (std::ranges::none_of(ids_of(*resource), [&](const Id& id) { return is_source(source, id); })) continue;
    if (found != nullptr) {
      return wrong("source", "several objects match " + text_of(source) + ": " + found->id().text() + " and " +
                                 resource->id().text() + "; say more of the one that is meant");
    }
    found = resource;
  }
  if (found == nullptr) return wrong("source", "no object matches " + text_of(source), ErrorKind::kNotFound);
  return found;
}

std::vector<std::string> split(std::string_view text, std::string_view delimiter) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(delimiter);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + delimiter.size());
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view delimiter) {
  std::string text = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) text.append(delimiter).append(parts[i]);
  return text;
}

Result<const yaml::Node*> part_of(const yaml::Node& value, const FieldOptions& options, std::string_view path,
                                  yaml::Arena& arena) {
  if (!value.is_scalar())
    return wrong(path, std::string("a delimiter splits a plain value, not a ") + kind_word(value));
  const auto parts = split(value.text(), options.delimiter);
  if (options.index < 0 || options.index >= static_cast<std::int64_t>(parts.size())) {
    return wrong(path, "options.index is " + std::to_string(options.index) + ", but the value has " +
                           std::to_string(parts.size()) + " parts");
  }
  auto* const part = yaml::clone(value, arena);
  part->set_text(arena.copy(parts[static_cast<std::size_t>(options.index)]));
  return part;
}

Result<const yaml::Node*> value_of_source(const ResourceMap& resources, const ReplacementSource& source,
                                          yaml::Arena& arena) {
  TRY(const auto* const resource, find_source(resources, source));
  const auto path = source.field_path.empty() ? kDefaultField : source.field_path;
  const auto value = look_up(*resource->node, split_field_path(path));
  if (!value) return wrong(path, resource->id().text() + " as the source: " + value.error().message);
  if (is_empty(*value)) {
    return wrong(path, resource->id().text() + " as the source has no value there", ErrorKind::kNotFound);
  }
  if (!source.options || source.options->delimiter.empty()) return *value;
  return part_of(**value, *source.options, path, arena);
}

Result<const yaml::Node*> value_of(const ResourceMap& resources, const Replacement& replacement, yaml::Arena& arena) {
  if (replacement.targets.empty() || (!replacement.source && !replacement.source_value)) {
    return wrong("", "a replacement needs a source and at least one target");
  }
  if (replacement.source && replacement.source_value) {
    return wrong("source", "a replacement has a source or a sourceValue, not both");
  }
  if (replacement.source_value) return yaml::make_untyped(arena, *replacement.source_value);
  return value_of_source(resources, *replacement.source, arena);
}

/// A target made ready.
class Target {
 public:
  static Result<Target> compile(const ReplacementTarget& fields) {
    if (!fields.select) return wrong("targets", "a target needs `select`");
    TRY(auto select, Matcher::compile(*fields.select));
    Target target(std::move(select));
    for (const auto& reject : fields.reject) {
      TRY(auto matcher, Matcher::compile(reject));
      target.reject_.push_back({std::move(matcher), has_id(reject), has_labels(reject)});
    }
    return target;
  }

  /// The objects that it can be for, in order.
  std::vector<Resource*> candidates(const ResourceMap& resources) const {
    const auto name = select_.only_name();
    return name ? resources.with_any_name(*name) : resources.all();
  }

  bool selects(const Resource& resource) const {
    if (!select_.matches_labels(*resource.node)) return false;
    const auto ids = ids_of(resource);
    return std::ranges::none_of(reject_, [&](const Reject& reject) { return reject.applies(resource, ids); }) &&
           matches_any(select_, ids);
  }

 private:
  /// An object is rejected by its id or by its labels: the reference does not ask for both.
  struct Reject {
    Matcher matcher;
    bool by_id;
    bool by_labels;

    bool applies(const Resource& resource, const std::vector<Id>& ids) const {
      return (by_labels && matcher.matches_labels(*resource.node)) || (by_id && matches_any(matcher, ids));
    }
  };

  explicit Target(Matcher select) : select_(std::move(select)) {}

  static bool has_id(const SelectorFields& s) {
    return !(s.group.empty() && s.version.empty() && s.kind.empty() && s.name.empty() && s.namespace_.empty());
  }
  static bool has_labels(const SelectorFields& s) {
    return !s.label_selector.empty() || !s.annotation_selector.empty();
  }
  static bool matches_any(const Matcher& matcher, const std::vector<Id>& ids) {
    return std::ranges::any_of(ids, [&](const Id& id) {
      return matcher.matches_type(id.type) && matcher.matches_name(id.name) && matcher.matches_namespace(id.namespace_);
    });
  }

  Matcher select_;
  std::vector<Reject> reject_;
};

/// The target's text with the value as one of its parts.
std::string with_part(std::string_view text, std::string_view value, const FieldOptions& options) {
  auto parts = split(text, options.delimiter);
  if (options.index < 0) {
    parts.emplace(parts.begin(), value);
  } else if (options.index >= static_cast<std::int64_t>(parts.size())) {
    parts.emplace_back(value);
  } else {
    parts[static_cast<std::size_t>(options.index)] = value;
  }
  return join(parts, options.delimiter);
}

Status set_value(yaml::Node& field, const yaml::Node& value, const FieldOptions& options, std::string_view path,
                 std::size_t levels, yaml::Arena& arena) {
  if (!options.delimiter.empty() && !field.is_scalar()) {
    return wrong(path, std::string("a delimiter splits a plain value, not a ") + kind_word(field));
  }
  if (!field.is_scalar()) {
    if (levels + yaml::depth(value) > yaml::kMaxDepth) return wrong(path, "the result would be nested too deeply");
    field.assign(*yaml::clone(value, arena));
    return {};
  }
  const auto text =
      options.delimiter.empty() ? value.text() : arena.copy(with_part(field.text(), value.text(), options));
  field.set_text(text);
  return {};
}

Status set_field_of(Resource& resource, std::string_view path, const yaml::Node& value, const FieldOptions& options,
                    yaml::Arena& arena) {
  const auto steps = split_field_path(path);
  const auto create = options.create ? std::optional(value.kind()) : std::nullopt;
  if (set_inside_text(*resource.node, steps, value, create, arena)) return {};
  const auto fields = match_fields(*resource.node, steps, create, arena);
  if (!fields) return wrong(path, resource.id().text() + ": " + fields.error().message);
  if (fields->empty()) {
    return wrong(path,
                 resource.id().text() + " has no such field" + (create ? "" : "; `options.create: true` makes it"),
                 ErrorKind::kNotFound);
  }
  for (auto* field : *fields) TRY_VOID(set_value(*field, value, options, path, steps.size(), arena));
  return {};
}

bool may_change_id(std::string_view path) {
  const auto first = split_field_path(path).front();
  return first == "metadata" || first == "kind" || first == "apiVersion";
}

Status apply_to(ResourceMap& resources, const ReplacementTarget& fields, const yaml::Node& value, yaml::Arena& arena) {
  TRY(const auto target, Target::compile(fields));
  const auto paths = fields.field_paths.empty() ? Texts{kDefaultField} : fields.field_paths;
  const auto options = fields.options.value_or(FieldOptions());
  const bool changes_ids = std::ranges::any_of(paths, may_change_id);
  for (auto* resource : target.candidates(resources)) {
    if (!target.selects(*resource)) continue;
    for (const auto path : paths) TRY_VOID(set_field_of(*resource, path, value, options, arena));
    if (changes_ids) resources.ids_changed({resource});
  }
  return {};
}

Status apply(ResourceMap& resources, const Replacement& replacement, yaml::Arena& arena) {
  TRY(const auto* const value, value_of(resources, replacement, arena));
  for (const auto& target : replacement.targets) TRY_VOID(apply_to(resources, target, *value, arena));
  return {};
}

}  // namespace

Status apply_replacements(ResourceMap& resources, const std::vector<Replacement>& replacements, yaml::Arena& arena) {
  for (const auto& replacement : replacements) {
    auto status = apply(resources, replacement, arena);
    if (status) continue;
    auto error = std::move(status).error();
    for (auto& cause : error.causes) cause.where = replacement.where;
    return fail(std::move(error));
  }
  return {};
}

}  // namespace reconciler::kustomize
