#include "kustomize/vars.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "kustomize/field_path.h"
#include "kustomize/node_rules.h"
#include "kustomize/per_resource.h"
#include "yaml/number.h"

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kDefaultField = "metadata.name";

void decode_object(Decoder& decoder, const yaml::Node& node, Var& var) {
  std::string_view api_version;
  decoder.object(node, {{"apiVersion", decoder.into(api_version)},
                        {"group", decoder.into(var.type.group)},
                        {"version", decoder.into(var.type.version)},
                        {"kind", decoder.into(var.type.kind)},
                        {"name", decoder.into(var.object)},
                        {"namespace", decoder.into(var.namespace_)}});
  const auto slash = api_version.find('/');
  if (slash != std::string_view::npos) var.type.group = api_version.substr(0, slash);
  if (!api_version.empty())
    var.type.version = slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
}

void decode_var(Decoder& decoder, const yaml::Node& node, Var& var) {
  const auto mark = node.mark();
  var.where = decoder.file() + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
  const auto field = [&](const yaml::Node& n) { decoder.object(n, {{"fieldPath", decoder.into(var.field_path)}}); };
  decoder.object(node, {{"name", decoder.into(var.name)},
                        {"objref", [&](const yaml::Node& n) { decode_object(decoder, n, var); }},
                        {"fieldref", field}});
  if (var.field_path.empty()) var.field_path = kDefaultField;
}

std::string_view effective(std::string_view space) { return space.empty() ? "default" : space; }

bool reads_from(const Var& var, const Resource& resource) {
  const auto fits = [&](const Id& id) {
    return id.type == var.type && id.name == var.object &&
           (var.namespace_.empty() || effective(var.namespace_) == effective(id.namespace_));
  };
  return fits(resource.id()) || std::ranges::any_of(resource.previous_ids(), fits);
}

/// `ports[0]` is the field `ports` and the item 0.
FieldPath var_path(std::string_view path) {
  FieldPath steps;
  for (const auto& step : split_field_path(path)) {
    const auto open = step.rfind('[');
    const auto inside =
        open == std::string::npos || !step.ends_with(']') ? "" : step.substr(open + 1, step.size() - open - 2);
    if (inside.empty() || !std::ranges::all_of(inside, [](char c) { return c >= '0' && c <= '9'; })) {
      steps.push_back(step);
      continue;
    }
    if (open > 0) steps.push_back(step.substr(0, open));
    steps.push_back(inside);
  }
  return steps;
}

/// What a var stands for: by itself, and within a text.
struct VarValue {
  std::string alone;
  yaml::Tag tag = yaml::Tag::kStr;
  std::string inside;
};

std::optional<VarValue> integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return VarValue{std::to_string(number), yaml::Tag::kInt, std::to_string(number)};
}

/// Go writes a number by itself without an exponent, and within a text with one where it is shorter.
std::optional<VarValue> real(std::string_view text) {
  const auto number = yaml::parse_float(text);
  if (!number) return std::nullopt;
  char digits[400];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, *number, std::chars_format::fixed);
  return VarValue{std::string(digits, end), yaml::Tag::kFloat, yaml::shortest_float(*number)};
}

std::optional<VarValue> value_of(const yaml::Node& scalar) {
  switch (scalar.tag()) {
    case yaml::Tag::kInt:
      return integer(scalar.text());
    case yaml::Tag::kFloat:
      return real(scalar.text());
    case yaml::Tag::kBool: {
      const std::string word = scalar.text().starts_with('t') || scalar.text().starts_with('T') ? "true" : "false";
      return VarValue{word, yaml::Tag::kBool, word};
    }
    default: {
      const std::string text(scalar.text());
      return VarValue{text, yaml::Tag::kStr, text};
    }
  }
}

/// The values of the vars that have a plain one.
using VarValues = std::unordered_map<std::string_view, VarValue>;

Status read_value(const Var& var, Resource* resource, VarValues& values) {
  const auto refuse = [&](std::string message) {
    return fail(ErrorKind::kInvalid, "", {{var.where, "vars." + std::string(var.name), std::move(message)}});
  };
  if (resource == nullptr)
    return refuse("no object of that type and name, " + std::string(var.object) + ", is there to read from");
  const auto node = look_up(*resource->node, var_path(var.field_path));
  if (!node || *node == nullptr) {
    return refuse(resource->id().text() + " has no field " + std::string(var.field_path) +
                  (node ? "" : " (" + node.error().message + ")"));
  }
  if (!(*node)->is_scalar()) return {};
  auto value = value_of(**node);
  if (!value) return refuse("the value of " + std::string(var.field_path) + " is no decimal number, which vars need");
  values.emplace(var.name, std::move(*value));
  return {};
}

Result<VarValues> read_values(const ResourceMap& resources, const Vars& vars) {
  std::unordered_map<std::string_view, Resource*> sources;
  for (auto* resource : resources.all()) {
    for (const auto name : resource->vars) sources.emplace(name, resource);
  }
  VarValues values;
  std::vector<Cause> causes;
  for (const auto& [name, var] : vars) {
    const auto source = sources.find(name);
    const auto status = read_value(var, source == sources.end() ? nullptr : source->second, values);
    if (!status) causes.push_back(status.error().causes.front());
  }
  if (!causes.empty()) return fail(ErrorKind::kInvalid, "vars cannot be resolved", std::move(causes));
  return values;
}

/// Replaces the vars of one text.
class Expansion {
 public:
  Expansion(std::string_view text, const VarValues& values) : text_(text), values_(values) {}

  VarValue run() && {
    if (const auto* only = only_var()) return *only;
    while (at_ < text_.size()) step();
    return {out_, yaml::Tag::kStr, out_};
  }

 private:
  const VarValue* only_var() const {
    if (!text_.starts_with("$(") || text_.find(')') != text_.size() - 1) return nullptr;
    return find(text_.substr(2, text_.size() - 3));
  }

  const VarValue* find(std::string_view name) const {
    const auto at = values_.find(name);
    return at == values_.end() ? nullptr : &at->second;
  }

  void step() {
    const auto rest = text_.substr(at_);
    if (rest.starts_with("$$")) return take("$", 2);
    const auto close = rest.find(')');
    if (!rest.starts_with("$(") || close == std::string_view::npos) return take(rest.substr(0, 1), 1);
    const auto* value = find(rest.substr(2, close - 2));
    take(value == nullptr ? rest.substr(0, close + 1) : std::string_view(value->inside), close + 1);
  }

  void take(std::string_view out, std::size_t consumed) {
    out_ += out;
    at_ += consumed;
  }

  std::string_view text_;
  const VarValues& values_;
  std::size_t at_ = 0;
  std::string out_;
};

bool is_string(const yaml::Node& node) {
  return node.is_scalar() && (node.tag() == yaml::Tag::kStr || node.tag() == yaml::Tag::kNone);
}

void expand(yaml::Node& string, const VarValues& values, yaml::Arena& arena) {
  const auto value = Expansion(string.text(), values).run();
  if (value.alone != string.text()) string.set_text(arena.copy(value.alone));
  string.set_tag(value.tag);
  string.set_style(yaml::Style::kPlain);
}

/// Expands a string, or the strings in a mapping or list. A list must hold nothing else.
Status expand_field(yaml::Node& field, const VarValues& values, yaml::Arena& arena) {
  if (is_string(field)) expand(field, values, arena);
  for (auto& [key, value] : field.entries()) {
    if (!is_string(*key)) return fail(ErrorKind::kInvalid, "a key of a mapping with vars must be a string");
    if (is_string(*value)) expand(*value, values, arena);
  }
  for (auto* item : field.items()) {
    if (!is_string(*item)) return fail(ErrorKind::kInvalid, "a list with vars must hold strings only");
    expand(*item, values, arena);
  }
  return {};
}

}  // namespace

std::vector<Var> read_vars(Decoder& decoder, const yaml::Node& list) {
  std::vector<Var> vars;
  decoder.into(vars, decode_var)(list);
  return vars;
}

Status declare_vars(Vars& into, const std::vector<Var>& vars, ResourceMap& resources) {
  std::vector<Cause> causes;
  for (const auto& var : vars) {
    auto sources = resources.with_any_name(var.object);
    std::erase_if(sources, [&](const Resource* resource) { return !reads_from(var, *resource); });
    if (sources.size() > 1) {
      causes.push_back({var.where, "vars." + std::string(var.name),
                        "several objects fit: " + sources[0]->id().text() + " and " + sources[1]->id().text()});
    } else if (sources.size() == 1) {
      sources.front()->vars.push_back(var.name);
    }
    if (!into.emplace(var.name, var).second) {
      causes.push_back({var.where, "vars." + std::string(var.name), "there is a var of that name already"});
    }
  }
  if (causes.empty()) return {};
  return fail(ErrorKind::kInvalid, "bad vars", std::move(causes));
}

Status merge_vars(Vars& into, const Vars& others) {
  std::vector<Cause> causes;
  for (const auto& [name, var] : others) {
    if (!into.emplace(name, var).second) {
      causes.push_back({var.where, "vars." + std::string(name), "another base has a var of that name"});
    }
  }
  if (causes.empty()) return {};
  return fail(ErrorKind::kInvalid, "bad vars", std::move(causes));
}

Status resolve_vars(ResourceMap& resources, const Vars& vars, const FieldSpecs& fields, yaml::Arena& arena) {
  if (vars.empty()) return {};
  TRY(const auto values, read_values(resources, vars));
  const auto change = [&](yaml::Node& field) { return expand_field(field, values, arena); };
  TRY_VOID(for_each_resource(resources.all(), [&](Resource& resource) -> Status {
    for (const auto& spec : fields) TRY_VOID(for_each_field(*resource.node, spec, kNoCreation, change, arena));
    return {};
  }));
  resources.ids_changed();
  return {};
}

}  // namespace reconciler::kustomize
