#include "yaml/document_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <yaml.h>

#include "yaml/byte_order_mark.h"
#include "yaml/merge_keys.h"
#include "yaml/schema_comments.h"
#include "yaml/utf8.h"

namespace reconciler::yaml {
namespace {

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

// A plain scalar of flow style with a colon before a bracket or a comma (`{k: x:}`), which go-yaml takes and libyaml
// does not, is read with a character of private use in the colon's place.
constexpr std::string_view kColonStandIn = "\xEE\x80\xBA";
constexpr int kMostStandIns = 16;  // In one document, as each costs reading it once more.

// Not which: `password: *secret` without quotes is one, too.
constexpr const char* kUnknownAnchor = "unknown anchor referenced; a text that begins with * needs quotes";

std::string with_colons(std::string_view text) {
  std::string result(text);
  for (std::size_t at = 0; (at = result.find(kColonStandIn, at)) != std::string::npos; ++at)
    result.replace(at, kColonStandIn.size(), ":");
  return result;
}

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

struct Anchor {
  Node* node = nullptr;  // Null while the node it names is being read.
  std::size_t nodes = 0;
};

// Reads the first document of one text.
class Reader {
 public:
  Reader(std::string_view text, const std::string& file, std::size_t first_line, Manner manner, Arena& arena,
         Spending& spending)
      : file_(file),
        first_line_(first_line),
        dialect_(manner.dialect),
        repeated_(manner.repeated),
        arena_(arena),
        spending_(spending),
        comments_(dialect_ == Dialect::kVersion3 ? schema_comments(text) : std::map<std::size_t, std::string_view>()) {
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

  /// Where the colon stands, counted in characters, for which reading ended.
  std::optional<std::size_t> refused_colon() const {
    const bool refused =
        parser_.error == YAML_SCANNER_ERROR && parser_.problem == std::string_view("found unexpected ':'");
    return refused ? std::optional(parser_.problem_mark.index) : std::nullopt;
  }
  void put_colons_for_stand_ins() { has_stand_ins_ = true; }

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
    if (anchor == anchors_.end()) return problem(kUnknownAnchor, event.start_mark);
    if (anchor->second.node == nullptr) return problem("the value of an anchor contains itself", event.start_mark);
    if (!spending_.spend_alias(anchor->second.nodes))
      return problem("document contains excessive aliasing", event.start_mark);
    return clone(*anchor->second.node, arena_);
  }

  Result<Node*> scalar(const yaml_event_t& event) {
    const auto& data = event.data.scalar;
    std::string_view text(reinterpret_cast<const char*>(data.value), data.length);
    std::string restored;
    if (has_stand_ins_) text = restored = with_colons(text);
    const std::string_view tag = text_of(data.tag);
    const Style style = style_of(data.style);
    // go-yaml takes a question mark within flow style for the start of a key, wherever it stands.
    if (flow_level_ > 0 && style == Style::kPlain && text.find('?', 1) != std::string_view::npos)
      return problem("did not find expected ',' before '?': quote the text", event.start_mark);
    Tag resolved = Tag::kStr;
    if (!tag.empty() && tag != "!") {
      resolved = tag_of(tag);
    } else if (style == Style::kPlain) {
      resolved = resolve_plain(text, dialect_);
    }
    if (dialect_ == Dialect::kVersion2 && resolved == Tag::kTimestamp) resolved = Tag::kStr;
    Node* node = make_scalar(arena_, text, resolved, style);
    place(*node, event.start_mark);
    if (data.anchor != nullptr) close_anchor(std::string(text_of(data.anchor)), node);
    return node;
  }

  Result<Node*> sequence(const yaml_event_t& start, std::size_t depth) {
    const std::string anchor(text_of(start.data.sequence_start.anchor));
    open_anchor(start.data.sequence_start.anchor);
    const bool is_flow = start.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    flow_level_ += is_flow ? 1 : 0;
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
    if (is_flow) result->set_style(Style::kFlow);
    flow_level_ -= is_flow ? 1 : 0;
    place(*result, start.start_mark);
    close_anchor(anchor, result);
    return result;
  }

  Result<Node*> mapping(const yaml_event_t& start, std::size_t depth) {
    const std::string anchor(text_of(start.data.mapping_start.anchor));
    open_anchor(start.data.mapping_start.anchor);
    const bool is_flow = start.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    flow_level_ += is_flow ? 1 : 0;
    const std::size_t bottom = children_.size();
    std::unordered_set<std::string_view> names;
    for (;;) {
      Event event;
      TRY_VOID(next(event));
      if (event.data.type == YAML_MAPPING_END_EVENT) break;
      TRY(Node * child, node(event.data, depth + 1));
      const bool is_key = (children_.size() - bottom) % 2 == 0;
      if (repeated_ == RepeatedKeys::kRefused && is_key && !names.insert(child->text()).second)
        return problem("mapping key already defined", event.data.start_mark);
      children_.push_back(child);
    }
    Node* result = make_mapping(arena_, (children_.size() - bottom) / 2);
    for (std::size_t i = bottom; i < children_.size(); i += 2) {
      if (!comments_.empty()) keep_comment(*children_[i], *children_[i + 1]);
      result->add(arena_, children_[i], children_[i + 1]);
    }
    children_.resize(bottom);
    if (is_flow) result->set_style(Style::kFlow);
    flow_level_ -= is_flow ? 1 : 0;
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
  RepeatedKeys repeated_;
  Arena& arena_;
  Spending& spending_;
  std::map<std::size_t, std::string_view> comments_;
  std::unordered_map<std::string, Anchor> anchors_;
  std::vector<Node*> children_;
  std::size_t flow_level_ = 0;
  bool has_stand_ins_ = false;
};

}  // namespace

Result<Node*> read_document(std::string_view text, const std::string& file, std::size_t first_line, Manner manner,
                            Arena& arena, Spending& spending) {
  std::string replaced;
  for (int stand_ins = 0;; ++stand_ins) {
    Reader reader(text, file, first_line, manner, arena, spending);
    if (stand_ins > 0) reader.put_colons_for_stand_ins();
    auto document = reader.document();
    const auto colon = document ? std::nullopt : reader.refused_colon();
    if (!colon || stand_ins == kMostStandIns) return document;
    if (stand_ins == 0 && text.find(kColonStandIn) != std::string_view::npos) return document;
    const std::size_t mark = starts_with_byte_order_mark(text) ? 1 : 0;  // libyaml does not count it.
    const std::size_t at = bytes_of(text, mark + *colon);
    if (text.substr(at, 1) != ":") return document;
    replaced = std::string(text).replace(at, 1, kColonStandIn);
    text = replaced;
  }
}

}  // namespace reconciler::yaml
