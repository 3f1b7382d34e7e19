#include "kustomize/json_patch.h"

#include <charconv>
#include <optional>

#include "kustomize/json_values.h"
#include "kustomize/node_rules.h"
#include "yaml/json.h"
#include "yaml/parse.h"

namespace reconciler::kustomize {
namespace {

/// What the copies of one patch may add up to: a few lines of `copy` can double a document each.
constexpr std::size_t kMaxCopiedNodes = 1'000'000;

std::string place_of(const yaml::Node& node) {
  return node.mark().line == 0 ? "" : std::to_string(node.mark().line) + ":" + std::to_string(node.mark().column);
}

/// As RFC 6901 has it: `~1` is `/` and `~0` is `~`.
std::string unescape(std::string_view token) {
  std::string name;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const auto escape = token.substr(i, 2);
    name += escape == "~1" ? '/' : escape == "~0" ? '~' : token[i];
    if (escape == "~1" || escape == "~0") ++i;
  }
  return name;
}

/// A decimal number as Go's strconv.Atoi takes it.
std::optional<long> whole_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The item that a token names in a list of `size`, counted from the end when negative.
std::optional<std::size_t> index_of(std::string_view token, std::size_t size) {
  const auto number = whole_number(token);
  const auto limit = static_cast<long>(size);
  if (!number || *number >= limit || *number < -limit) return std::nullopt;
  return static_cast<std::size_t>(*number < 0 ? *number + limit : *number);
}

std::size_t count_nodes(const yaml::Node& node) {
  std::size_t count = 1;
  for (const auto& [key, value] : node.entries()) count += 1 + count_nodes(*value);
  for (const auto* item : node.items()) count += count_nodes(*item);
  return count;
}

/// Where a path ends: a collection, and the token in it. `levels` above it.
struct Place {
  yaml::Node* parent;
  std::string token;
  std::size_t levels;
};

/// The run of one patch over one target.
class Run {
 public:
  Run(yaml::Node& target, yaml::Arena& arena) : target_(target), arena_(arena) {}

  Status apply(const yaml::Node& operation);

 private:
  Status add(std::string_view path, yaml::Node* value);
  Status remove(std::string_view path);
  Status replace(std::string_view path, yaml::Node* value);
  Status test(std::string_view path, const yaml::Node* value);
  Status move(std::string_view from, std::string_view path);
  Status copy(std::string_view from, std::string_view path);

  Result<Place> find_parent(std::string_view path);
  Result<yaml::Node*> find_value(const Place& place);
  Status add_at(const Place& place, yaml::Node* value);
  Result<yaml::Node*> copy_of(const yaml::Node* value);

  yaml::Node& target_;
  yaml::Arena& arena_;
  std::size_t copied_ = 0;
};

tl::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

Result<Place> Run::find_parent(std::string_view path) {
  auto* node = &target_;
  auto at = path.find('/');
  if (at == std::string_view::npos) return wrong("the path must start with `/`");
  for (std::size_t levels = 1;; ++levels) {
    const auto end = path.find('/', at + 1);
    const auto token = unescape(path.substr(at + 1, end == std::string_view::npos ? end : end - at - 1));
    if (end == std::string_view::npos) return Place{node, token, levels};
    TRY(node, find_value({node, token, levels}));
    if (node == nullptr || node->is_scalar()) {
      return wrong("there is no mapping or list at " + std::string(path.substr(0, end)));
    }
    at = end;
  }
}

/// The value at a place; null for a field that is absent.
Result<yaml::Node*> Run::find_value(const Place& place) {
  if (place.parent->is_mapping()) return place.parent->find(place.token);
  const auto index = index_of(place.token, place.parent->size());
  if (!index)
    return wrong("a list of " + std::to_string(place.parent->size()) + " items has no item `" + place.token + "`");
  return place.parent->items()[*index];
}

Status Run::add_at(const Place& place, yaml::Node* value) {
  if (place.levels + yaml::depth(*value) > yaml::kMaxDepth) return wrong("the result would be nested too deeply");
  if (place.parent->is_mapping()) {
    if (place.parent->find(place.token) != nullptr) {
      place.parent->set(arena_, place.token, value);
    } else {
      place.parent->add(arena_, yaml::make_string(arena_, place.token), value);
    }
    return {};
  }
  const auto size = place.parent->size();
  const auto index = place.token == "-" ? std::optional(size) : index_of(place.token, size + 1);
  if (!index) return wrong("a list of " + std::to_string(size) + " items has no place `" + place.token + "`");
  place.parent->insert(arena_, *index, value);
  return {};
}

Result<yaml::Node*> Run::copy_of(const yaml::Node* value) {
  if (value == nullptr) return yaml::make_null(arena_);
  copied_ += count_nodes(*value);
  if (copied_ > kMaxCopiedNodes)
    return wrong("the patch copies more than " + std::to_string(kMaxCopiedNodes) + " values");
  return yaml::clone(*value, arena_);
}

Status Run::add(std::string_view path, yaml::Node* value) {
  TRY(const auto place, find_parent(path));
  return add_at(place, value);
}

Status Run::remove(std::string_view path) {
  TRY(const auto place, find_parent(path));
  if (place.parent->is_mapping()) {
    return place.parent->remove(place.token) ? Status() : wrong("there is no such field to remove");
  }
  TRY_VOID(find_value(place));
  place.parent->erase(*index_of(place.token, place.parent->size()));
  return {};
}

Status Run::replace(std::string_view path, yaml::Node* value) {
  if (path.empty()) {
    if (!value->is_mapping()) return wrong("an object can only be replaced by a mapping");
    target_.assign(*value);
    return {};
  }
  TRY(const auto place, find_parent(path));
  if (place.parent->is_mapping()) return add_at(place, value);
  TRY_VOID(find_value(place));
  if (place.levels + yaml::depth(*value) > yaml::kMaxDepth) return wrong("the result would be nested too deeply");
  place.parent->items()[*index_of(place.token, place.parent->size())] = value;
  return {};
}

Status Run::test(std::string_view path, const yaml::Node* value) {
  const yaml::Node* found = &target_;
  if (!path.empty()) {
    TRY(const auto place, find_parent(path));
    TRY(found, find_value(place));
  }
  const bool equal =
      is_missing(found) || is_missing(value) ? is_missing(found) && is_missing(value) : equal_json(*found, *value);
  return equal ? Status() : wrong("the test failed: another value stands there");
}

Status Run::move(std::string_view from, std::string_view path) {
  TRY(const auto place, find_parent(from));
  TRY(auto* const value, find_value(place));
  if (value == nullptr) return wrong("there is nothing to move at " + std::string(from));
  TRY_VOID(remove(from));
  return add(path, value);
}

Status Run::copy(std::string_view from, std::string_view path) {
  TRY(const auto place, find_parent(from));
  TRY(const auto* const value, find_value(place));
  TRY(auto* const duplicate, copy_of(value));
  return add(path, duplicate);
}

/// The last field of that name, as JSON has it.
const yaml::Node* field_of(const yaml::Node& operation, std::string_view name) {
  const yaml::Node* found = nullptr;
  for (const auto& [key, value] : operation.entries()) {
    if (key->text() == name) found = value;
  }
  return found;
}

Result<std::string_view> text_of(const yaml::Node& operation, std::string_view name) {
  const auto* field = field_of(operation, name);
  if (field == nullptr || field->tag() != yaml::Tag::kStr) {
    return wrong("the operation needs `" + std::string(name) + "`, a string");
  }
  return field->text();
}

Status Run::apply(const yaml::Node& operation) {
  TRY(const auto op, text_of(operation, "op"));
  TRY(const auto path, text_of(operation, "path"));
  const auto* value = field_of(operation, "value");
  if (op == "remove") return remove(path);
  if (op == "test") return test(path, value);
  if (op == "move" || op == "copy") {
    TRY(const auto from, text_of(operation, "from"));
    return op == "move" ? move(from, path) : copy(from, path);
  }
  if (op != "add" && op != "replace")
    return wrong("unknown operation; expected add, remove, replace, move, copy or test");
  TRY(auto* const own, copy_of(value));
  return op == "add" ? add(path, own) : replace(path, own);
}

/// The annotations are strings again after a patch, and gone when there are none.
void settle_annotations(yaml::Node& object, yaml::Arena& arena) {
  auto* metadata = object.find("metadata");
  auto* annotations = metadata == nullptr ? nullptr : metadata->find("annotations");
  if (annotations == nullptr) return;
  if (annotations->empty()) {
    metadata->remove("annotations");
    return;
  }
  for (auto& [name, value] : annotations->entries()) {
    if (value->is_scalar()) {
      value->set_tag(yaml::Tag::kStr);
    } else {
      value = yaml::make_string(arena, "");
    }
  }
}

Result<std::vector<const yaml::Node*>> operations_of(const yaml::Node* document, const std::string& file) {
  std::vector<const yaml::Node*> operations;
  if (is_missing(document)) return operations;
  const auto refuse = [&](const yaml::Node& at) {
    return fail(
        ErrorKind::kInvalid, "not a JSON patch",
        {{file + ":" + place_of(at), "", std::string("expected a list of operations, found a ") + kind_word(at)}});
  };
  if (!document->is_sequence()) return refuse(*document);
  for (const auto* operation : document->items()) {
    if (!operation->is_mapping()) return refuse(*operation);
    operations.push_back(operation);
  }
  return operations;
}

Result<yaml::Node*> read_json(std::string_view text, const std::string& file, yaml::Arena& arena) {
  auto document = yaml::from_json(arena.copy(text), arena);
  if (document) return document;
  Error error = std::move(document).error();
  for (Cause& cause : error.causes) cause.where = file + ":" + cause.where;
  return fail(std::move(error));
}

}  // namespace

Result<JsonPatch> JsonPatch::parse(std::string_view text, const std::string& file, yaml::Arena& arena) {
  const bool json = text.starts_with('[');
  TRY(auto* const document,
      json ? read_json(text, file, arena) : yaml::parse_document(text, file, arena, yaml::Dialect::kVersion2));
  if (document != nullptr) {
    TRY_VOID(to_json_values(*document, json ? yaml::Dialect::kVersion3 : yaml::Dialect::kVersion2, arena));
  }
  JsonPatch patch;
  TRY(patch.operations_, operations_of(document, file));
  return patch;
}

Status JsonPatch::apply(yaml::Node& target, yaml::Arena& arena) const {
  TRY_VOID(to_json_values(target, yaml::Dialect::kVersion3, arena));
  Run run(target, arena);
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    if (auto status = run.apply(*operations_[i]); !status) {
      const auto path = text_of(*operations_[i], "path").value_or("");
      return fail(ErrorKind::kInvalid, "operation " + std::to_string(i + 1) + " of the JSON patch does not apply",
                  {{place_of(*operations_[i]), std::string(path), std::move(status).error().message}});
    }
  }
  TRY_VOID(through_interface(target, arena));
  settle_annotations(target, arena);
  return {};
}

}  // namespace reconciler::kustomize
