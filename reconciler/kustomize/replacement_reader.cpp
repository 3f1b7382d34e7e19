#include "kustomize/node_rules.h"
#include "kustomize/replacements.h"
#include "yaml/parse.h"

namespace reconciler::kustomize {
namespace {

void decode_options(Decoder& decoder, const yaml::Node& node, std::optional<FieldOptions>& options) {
  auto& made = options.emplace();
  decoder.object(node, {{"delimiter", decoder.into(made.delimiter)},
                        {"index", decoder.into(made.index)},
                        {"encoding", decoder.into(made.encoding)},
                        {"create", decoder.into(made.create)}});
}

void decode_source(Decoder& decoder, const yaml::Node& node, std::optional<ReplacementSource>& source) {
  auto& made = source.emplace();
  decoder.object(node, {{"group", decoder.into(made.type.group)},
                        {"version", decoder.into(made.type.version)},
                        {"kind", decoder.into(made.type.kind)},
                        {"name", decoder.into(made.name)},
                        {"namespace", decoder.into(made.namespace_)},
                        {"fieldPath", decoder.into(made.field_path)},
                        {"options", [&](const yaml::Node& n) { decode_options(decoder, n, made.options); }}});
}

void decode_target(Decoder& decoder, const yaml::Node& node, ReplacementTarget& target) {
  decoder.object(node, {{"select", [&](const yaml::Node& n) { decode_selector(decoder, n, target.select.emplace()); }},
                        {"reject", decoder.into(target.reject, decode_selector)},
                        {"fieldPaths", decoder.into(target.field_paths)},
                        {"options", [&](const yaml::Node& n) { decode_options(decoder, n, target.options); }}});
}

void decode_replacement(Decoder& decoder, const yaml::Node& node, Replacement& replacement) {
  const auto mark = node.mark();
  replacement.where = decoder.file() + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
  decoder.object(node,
                 {{"source", [&](const yaml::Node& n) { decode_source(decoder, n, replacement.source); }},
                  {"sourceValue", [&](const yaml::Node& n) { decoder.text(n, replacement.source_value.emplace()); }},
                  {"targets", decoder.into(replacement.targets, decode_target)},
                  {"path", decoder.into(replacement.path)}});
}

/// A file holds one replacement or a list of them.
Status read_file(std::string_view path, const LoadText& load, yaml::Arena& arena, std::vector<Replacement>& into) {
  const std::string file(path);
  TRY(const auto text, load(path));
  TRY(const auto* const content, yaml::parse_document(text, file, arena, yaml::Dialect::kVersion2));
  if (is_missing(content) || content->is_scalar()) {
    return fail(ErrorKind::kInvalid, "not a replacement",
                {{file, "", "expected a replacement or a list of replacements"}});
  }
  Decoder decoder(file, Decoder::Mode::kLenient, arena);
  if (content->is_mapping()) decode_replacement(decoder, *content, into.emplace_back());
  for (const auto* item : content->items()) decode_replacement(decoder, *item, into.emplace_back());
  return decoder.status();
}

}  // namespace

Result<std::vector<Replacement>> read_replacements(Decoder& decoder, const yaml::Node& list, const LoadText& load) {
  std::vector<Replacement> entries;
  decoder.into(entries, decode_replacement)(list);
  std::vector<Replacement> result;
  for (auto& entry : entries) {
    if (entry.path.empty()) {
      result.push_back(std::move(entry));
      continue;
    }
    if (entry.source || !entry.targets.empty()) {
      return fail(ErrorKind::kInvalid, "bad replacement",
                  {{entry.where, "path",
                    "a replacement is in a file or here, not both: remove `path`, or source and targets"}});
    }
    TRY_VOID(read_file(entry.path, load, decoder.arena(), result));
  }
  return result;
}

}  // namespace reconciler::kustomize
