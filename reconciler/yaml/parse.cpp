#include "yaml/parse.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include <yaml.h>

#include "base/parallel.h"
#include "yaml/merge_keys.h"
#include "yaml/schema_comments.h"

namespace reconciler::yaml {
namespace {

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

Tag tag_of(std::string_view tag) {
  if (!tag.starts_with(kCoreTags)) return Tag::kOther;
  tag.remove_prefix(kCoreTags.size());
  constexpr std::pair<std::string_view, Tag> kNames[] = {{"str", Tag::kStr},       {"int", Tag::kInt},
                                                         {"float", Tag::kFloat},   {"bool", Tag::kBool},
                                                         {"null", Tag::kNull},     {"timestamp", Tag::kTimestamp},
                                                         {"binary", Tag::kBinary}, {"merge", Tag::kMerge},
                                                         {"map", Tag::kMap},       {"seq", Tag::kSeq}};
  for (const auto& [name, known] : kNames) {
    if (name == tag) return known;
  }
  return Tag::kOther;
}

Style style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return Style::kSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return Style::kDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return Style::kLiteral;
    case YAML_FOLDED_SCALAR_STYLE:
      return Style::kFolded;
    default:
      return Style::kPlain;
  }
}

std::size_t count(const Node& node) {
  std::size_t total = 1;
  for (const Entry& entry : node.entries()) total += count(*entry.key) + count(*entry.value);
  for (const Node* item : node.items()) total += count(*item);
  return total;
}

// An event that is freed when it goes.
struct Event {
  yaml_event_t data{};
  Event() = default;
  Event(const Event&) = delete;
  ~Event() { yaml_event_delete(&data); }
};

// What one text may still grow to, for all threads that read it.
struct Budget {
  const ParseLimits& limits;
  std::atomic<std::size_t> nodes = 0;
  std::atomic<std::size_t> alias_nodes = 0;
};

// A reader's share: it counts for itself, and settles now and then.
class Spending {
 public:
  explicit Spending(Budget& budget) : budget_(budget) {}

  /// Whether the text still is within bounds.
  bool spend(std::size_t nodes) {
    unsettled_ += nodes;
    return unsettled_ < kMostUnsettled || settle();
  }
  bool spend_alias(std::size_t nodes) {
    return (budget_.alias_nodes += nodes) <= budget_.limits.alias_nodes && spend(nodes);
  }
  bool settle() { return (budget_.nodes += std::exchange(unsettled_, 0)) <= budget_.limits.nodes; }
  const ParseLimits& limits() const { return budget_.limits; }

 private:
  static constexpr std::size_t kMostUnsettled = 4096;
  Budget& budget_;
  std::size_t unsettled_ = 0;
};

struct Anchor {
  Node* node = nullptr;  // Null while the node it names is being read.
  std::size_t nodes = 0;
};

// Reads the first document of one text.
class Reader {
 public:
  Reader(std::string_view text, const std::string& file, std::size_t first_line, Dialect dialect, Arena& arena,
         Spending& spending)
      : file_(file),
        first_line_(first_line),
        dialect_(dialect),
        arena_(arena),
        spending_(spending),
        comments_(dialect == Dialect::kVersion3 ? schema_comments(text) : std::map<std::size_t, std::string_view>()) {
    yaml_parser_initialize(&parser_);
    const char* const start = text.empty() ? "" : text.data();  // libyaml insists on a pointer.
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(start), text.size());
  }
  Reader(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  Result<Node*> document() {
    for (;;) {
      Event event;
      TRY_VOID(next(event));
      if (event.data.type == YAML_STREAM_END_EVENT) return nullptr;
      if (event.data.type == YAML_DOCUMENT_START_EVENT) break;
    }
    Event event;
    TRY_VOID(next(event));
    TRY(Node * root, node(event.data, 1));
    Event end;
    TRY_VOID(next(end));
    return root;
  }

 private:
  tl::unexpected<Error> problem(std::string message, yaml_mark_t mark) const {
    const std::string where =
        file_ + ":" + std::to_string(first_line_ + mark.line) + ":" + std::to_string(mark.column + 1);
    return fail(ErrorKind::kInvalid, "malformed YAML", {Cause{where, "", std::move(message)}});
  }

  Status next(Event& event) {
    if (yaml_parser_parse(&parser_, &event.data)) return {};
    if (parser_.error == YAML_READER_ERROR) {
      return problem(parser_.problem == nullptr ? "unreadable" : parser_.problem, parser_.mark);
    }
    std::string message = parser_.problem == nullptr ? "unknown problem" : parser_.problem;
    if (parser_.context != nullptr) message += std::string(" ") + parser_.context;
    return problem(std::move(message), parser_.problem_mark);
  }

  tl::unexpected<Error> too_many(yaml_mark_t mark) const {
    return problem("more than " + std::to_string(spending_.limits().nodes) + " values in one file", mark);
  }

  Result<Node*> node(yaml_event_t& event, std::size_t depth) {
    if (depth > kMaxDepth)
      return problem("nested more than " + std::to_string(kMaxDepth) + " levels deep", event.start_mark);
    if (!spending_.spend(1)) return too_many(event.start_mark);
    switch (event.type) {
      case YAML_ALIAS_EVENT:
        return alias(event);
      case YAML_SCALAR_EVENT:
        return scalar(event);
      case YAML_SEQUENCE_START_EVENT:
        return sequence(event, depth);
      case YAML_MAPPING_START_EVENT:
        return mapping(event, depth);
      default:
        return problem("unexpected end of the document", event.start_mark);
    }
  }

  void place(Node& node, const yaml_mark_t& mark) const {
    const auto column = static_cast<std::uint16_t>(std::min<std::size_t>(mark.column + 1, UINT16_MAX));
    node.set_mark({static_cast<std::uint32_t>(first_line_ + mark.line), column});
  }

  void keep_comment(Node& key, const Node& value) {
    const auto comment = comments_.find(key.mark().line - first_line_);
    const bool below = value.mark().line > key.mark().line;
    if (comment != comments_.end() && below && key.is_scalar()) key.set_schema_comment(arena_, comment->second);
  }

  void open_anchor(const yaml_char_t* name) {
    if (name != nullptr) anchors_[std::string(text_of(name))] = {};
  }
  void close_anchor(const std::string& name, Node* node) {
    if (!name.empty()) anchors_[name] = {node, count(*node)};
  }

  Result<Node*> alias(const yaml_event_t& event) {
    const std::string name(text_of(event.data.alias.anchor));
    const auto anchor = anchors_.find(name);
    if (anchor == anchors_.end()) return problem("unknown anchor '" + name + "' referenced", event.start_mark);
    if (anchor->second.node == nullptr) return problem("anchor '" + name + "' value contains itself", event.start_mark);
    if (!spending_.spend_alias(anchor->second.nodes))
      return problem("document contains excessive aliasing", event.start_mark);
    return clone(*anchor->second.node, arena_);
  }

  Result<Node*> scalar(const yaml_event_t& event) {
    const auto& data = event.data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(data.value), data.length);
    const std::string_view tag = text_of(data.tag);
    const Style style = style_of(data.style);
    Tag resolved = Tag::kStr;
    if (!tag.empty() && tag != "!") {
      resolved = tag_of(tag);
    } else if (style == Style::kPlain) {
      resolved = resolve_plain(text, dialect_);
    }
    Node* node = make_scalar(arena_, text, resolved, style);
    place(*node, event.start_mark);
    if (data.anchor != nullptr) close_anchor(std::string(text_of(data.anchor)), node);
    return node;
  }

  Result<Node*> sequence(const yaml_event_t& start, std::size_t depth) {
    const std::string anchor(text_of(start.data.sequence_start.anchor));
    open_anchor(start.data.sequence_start.anchor);
    const std::size_t bottom = children_.size();
    for (;;) {
      Event event;
      TRY_VOID(next(event));
      if (event.data.type == YAML_SEQUENCE_END_EVENT) break;
      TRY(Node * item, node(event.data, depth + 1));
      children_.push_back(item);
    }
    Node* result = make_sequence(arena_, children_.size() - bottom);
    for (std::size_t i = bottom; i < children_.size(); ++i) result->append(arena_, children_[i]);
    children_.resize(bottom);
    if (start.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE) result->set_style(Style::kFlow);
    place(*result, start.start_mark);
    close_anchor(anchor, result);
    return result;
  }

  Result<Node*> mapping(const yaml_event_t& start, std::size_t depth) {
    const std::string anchor(text_of(start.data.mapping_start.anchor));
    open_anchor(start.data.mapping_start.anchor);
    const std::size_t bottom = children_.size();
    for (;;) {
      Event event;
      TRY_VOID(next(event));
      if (event.data.type == YAML_MAPPING_END_EVENT) break;
      TRY(Node * child, node(event.data, depth + 1));
      children_.push_back(child);
    }
    Node* result = make_mapping(arena_, (children_.size() - bottom) / 2);
    for (std::size_t i = bottom; i < children_.size(); i += 2) {
      if (!comments_.empty()) keep_comment(*children_[i], *children_[i + 1]);
      result->add(arena_, children_[i], children_[i + 1]);
    }
    children_.resize(bottom);
    if (start.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE) result->set_style(Style::kFlow);
    place(*result, start.start_mark);
    const char* wrong = apply_merge_keys(*result, dialect_, arena_);
    if (wrong == nullptr && dialect_ == Dialect::kVersion2) wrong = make_keys_unique_strings(*result, arena_);
    if (wrong != nullptr) return problem(wrong, start.start_mark);
    close_anchor(anchor, result);
    return result;
  }

  yaml_parser_t parser_{};
  const std::string& file_;
  std::size_t first_line_;
  Dialect dialect_;
  Arena& arena_;
  Spending& spending_;
  std::map<std::size_t, std::string_view> comments_;
  std::unordered_map<std::string, Anchor> anchors_;
  std::vector<Node*> children_;
};

// One part of a file between two separator lines.
struct Part {
  std::string_view text;
  std::size_t first_line;
};

// A line that starts with `---` and is not the file's last ends a part; its line break before it belongs to neither.
Result<std::vector<Part>> split(std::string_view text, const std::string& file) {
  std::vector<Part> parts;
  std::size_t from = 0;
  std::size_t line = 1;
  for (;;) {
    const std::size_t at = text.find("\n---", from);
    const std::size_t end = at == std::string_view::npos ? at : text.find('\n', at + 1);
    if (end == std::string_view::npos) break;
    const std::size_t separator_line = line + std::count(text.begin() + from, text.begin() + at, '\n') + 1;
    const std::string_view rest = text.substr(at + 4, end - at - 4);
    const auto first = rest.find_first_not_of(" \t\r\v\f");
    if (first != std::string_view::npos && rest[first] != '#') {
      return fail(ErrorKind::kInvalid, "malformed YAML",
                  {Cause{file + ":" + std::to_string(separator_line) + ":1", "",
                         "invalid document separator: only a comment may follow '---' on its line"}});
    }
    parts.push_back({text.substr(from, at + 1 - from), line});
    from = end + 1;
    line = separator_line + 1;
  }
  parts.push_back({text.substr(from), line});
  return parts;
}

Error too_many(const char* what, std::size_t most, const std::string& file) {
  return {ErrorKind::kInvalid, "more than " + std::to_string(most) + " " + what + " in " + file, {}};
}

std::string without_carriage_returns(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') result += text[i];
  }
  return result;
}

// Neighbouring parts of a file that one thread reads.
struct Batch {
  std::span<const Part> parts;
  std::vector<Node*> documents{};
  std::optional<Error> error{};  ///< Of the first part that has one; those behind it were not read.

  void read(const std::string& file, Arena& arena, Budget& budget) {
    Spending spending(budget);
    for (const Part& part : parts) {
      Reader reader(part.text, file, part.first_line, Dialect::kVersion3, arena, spending);
      auto root = reader.document();
      if (!root) {
        error = std::move(root).error();
        return;
      }
      if (*root != nullptr && !(*root)->is_null()) documents.push_back(*root);
    }
    if (!spending.settle()) error = too_many("values", budget.limits.nodes, file);
  }
};

// Large enough that to hand one to another thread costs nothing beside reading it.
constexpr std::size_t kBatchBytes = 32 << 10;

// A file on its way from text to documents.
class FileReader {
 public:
  FileReader(const ManifestFile& file, const ParseLimits& limits) : name_(file.name), budget_{limits} {
    std::string_view text = file.text;
    if (text.find('\r') != std::string_view::npos) text = unix_text_ = without_carriage_returns(text);
    auto parts = split(text, name_);
    if (!parts) {
      error_ = std::move(parts).error();
    } else if (parts->size() > limits.documents) {
      error_ = too_many("documents", limits.documents, name_);
    } else {
      parts_ = std::move(*parts);
      make_batches();
    }
  }
  FileReader(const FileReader&) = delete;

  std::size_t batches() const { return batches_.size(); }
  void read(std::size_t batch, Arena& arena) { batches_[batch].read(name_, arena, budget_); }

  Result<std::vector<Node*>> documents() {
    if (error_) return fail(*std::move(error_));
    std::vector<Node*> all;
    for (Batch& batch : batches_) {
      if (batch.error) return fail(*std::move(batch.error));
      all.insert(all.end(), batch.documents.begin(), batch.documents.end());
    }
    return all;
  }

 private:
  void make_batches() {
    std::size_t first = 0;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      bytes += parts_[i].text.size();
      if (bytes < kBatchBytes && i + 1 < parts_.size()) continue;
      batches_.push_back({std::span(parts_).subspan(first, i + 1 - first)});
      first = i + 1;
      bytes = 0;
    }
  }

  const std::string& name_;
  Budget budget_;
  std::string unix_text_;
  std::vector<Part> parts_;
  std::vector<Batch> batches_;
  std::optional<Error> error_;
};

// One stretch of work for one thread, with an arena that nobody else uses meanwhile.
struct Stretch {
  FileReader* file = nullptr;
  std::size_t batch = 0;
};

void read_all(const std::vector<Stretch>& stretches, Arena& arena) {
  std::vector<Arena> arenas(stretches.size());
  parallel_for(stretches.size(), [&](std::size_t i) { stretches[i].file->read(stretches[i].batch, arenas[i]); });
  for (Arena& own : arenas) arena.adopt(std::move(own));
}

}  // namespace

std::vector<Result<std::vector<Node*>>> parse_manifests(std::span<const ManifestFile> files, Arena& arena,
                                                        const ParseLimits& limits) {
  std::deque<FileReader> readers;
  std::vector<Stretch> stretches;
  std::size_t bytes = 0;
  for (const ManifestFile& file : files) {
    FileReader& reader = readers.emplace_back(file, limits);
    for (std::size_t i = 0; i < reader.batches(); ++i) stretches.push_back({&reader, i});
    bytes += file.text.size();
  }
  if (bytes < 2 * kBatchBytes) {
    for (const Stretch& stretch : stretches) stretch.file->read(stretch.batch, arena);
  } else {
    read_all(stretches, arena);
  }
  std::vector<Result<std::vector<Node*>>> results;
  for (FileReader& reader : readers) results.push_back(reader.documents());
  return results;
}

Result<std::vector<Node*>> parse_manifests(std::string_view text, const std::string& file, Arena& arena,
                                           const ParseLimits& limits) {
  const ManifestFile one[] = {{text, file}};
  return std::move(parse_manifests(one, arena, limits).front());
}

Result<Node*> parse_document(std::string_view text, const std::string& file, Arena& arena, Dialect dialect,
                             const ParseLimits& limits) {
  Budget budget{limits};
  Spending spending(budget);
  Reader reader(text, file, 1, dialect, arena, spending);
  TRY(Node * root, reader.document());
  if (!spending.settle()) return fail(too_many("values", limits.nodes, file));
  return root;
}

}  // namespace reconciler::yaml
