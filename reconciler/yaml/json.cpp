#include "yaml/json.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "yaml/decoded.h"
#include "yaml/scalar.h"
#include "yaml/utf8.h"

namespace reconciler::yaml {
namespace {

constexpr char kHex[] = "0123456789abcdef";

constexpr std::array<bool, 256> plain_bytes(Html html) {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
  if (html != Html::kKeep) plain['<'] = plain['>'] = plain['&'] = false;
  return plain;
}

/// The bytes that stand in a JSON text for themselves.
const std::array<bool, 256>& plain_bytes_of(Html html) {
  static constexpr auto kKept = plain_bytes(Html::kKeep);
  static constexpr auto kEscaped = plain_bytes(Html::kEscape);
  return html == Html::kKeep ? kKept : kEscaped;
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 0xF]};
  }
}

/// Writes JSON of what it is told.
class JsonSink {
 public:
  explicit JsonSink(Html html) : html_(html) {}

  void open_mapping() { out_ += '{'; }
  void close_mapping() { out_ += '}'; }
  void open_sequence() { out_ += '['; }
  void close_sequence() { out_ += ']'; }
  void separate() { out_ += ','; }
  void arrange(std::span<Entry>) const {}
  void key(std::string_view name) {
    append_json_string(out_, name, html_);
    out_ += ':';
  }
  void value(const Value& value) {
    if (value.kind == ValueKind::kString) return append_json_string(out_, value.text, html_);
    out_ += value.kind == ValueKind::kNull ? "null" : value.text;
  }

  std::string take() { return std::move(out_); }

 private:
  Html html_;
  std::string out_;
};

class Parser {
 public:
  Parser(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}

  Result<Node*> document() {
    TRY(Node * root, value(1));
    skip_space();
    if (at_ != text_.size()) return problem("unexpected text after the value");
    return root;
  }

 private:
  tl::unexpected<Error> problem(const char* message) const {
    const auto before = text_.substr(0, at_);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto column = at_ - (before.rfind('\n') + 1) + 1;
    return fail(ErrorKind::kInvalid, "malformed JSON",
                {Cause{std::to_string(line) + ":" + std::to_string(column), "", message}});
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  bool take(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  Result<Node*> value(std::size_t depth) {
    if (depth > kMaxDepth) return problem("nested too deep");
    skip_space();
    if (at_ == text_.size()) return problem("unexpected end");
    switch (text_[at_]) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      default:
        return word();
    }
  }

  Node* view(std::string_view text, Tag tag, Style style) {
    Node* node = make_scalar(arena_, {}, tag, style);
    node->set_text(text);
    return node;
  }

  Result<Node*> word() {
    const std::size_t from = at_;
    while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
    const std::string_view word = text_.substr(from, at_ - from);
    if (word == "null") return view(word, Tag::kNull, Style::kPlain);
    if (word == "true" || word == "false") return view(word, Tag::kBool, Style::kPlain);
    const Tag tag = resolve_plain(word);
    if (tag != Tag::kInt && tag != Tag::kFloat) return problem("expected a value");
    return view(word, tag, Style::kPlain);
  }

  Result<Node*> array(std::size_t depth) {
    ++at_;
    Node* node = make_sequence(arena_);
    if (take(']')) return node;
    do {
      TRY(Node * item, value(depth + 1));
      node->append(arena_, item);
    } while (take(','));
    if (!take(']')) return problem("expected ',' or ']'");
    return node;
  }

  Result<Node*> object(std::size_t depth) {
    ++at_;
    Node* node = make_mapping(arena_);
    if (take('}')) return node;
    do {
      skip_space();
      TRY(Node * key, string());
      if (!take(':')) return problem("expected ':'");
      TRY(Node * field, value(depth + 1));
      node->add(arena_, key, field);
    } while (take(','));
    if (!take('}')) return problem("expected ',' or '}'");
    return node;
  }

  Result<Node*> string() {
    if (!take('"')) return problem("expected a string");
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') ++at_;
    if (at_ < text_.size() && text_[at_] == '"')
      return view(text_.substr(from, at_++ - from), Tag::kStr, Style::kDoubleQuoted);
    std::string unescaped(text_.substr(from, at_ - from));
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] != '\\') {
        unescaped += text_[at_++];
      } else if (!escape(unescaped)) {
        return problem("bad escape");
      }
    }
    if (!take('"')) return problem("string without an end");
    return make_scalar(arena_, unescaped, Tag::kStr, Style::kDoubleQuoted);
  }

  bool escape(std::string& out) {
    if (++at_ == text_.size()) return false;
    const char c = text_[at_++];
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (const auto known = kFrom.find(c); known != std::string_view::npos) {
      out += kTo[known];
      return true;
    }
    std::uint32_t code = 0;
    if (c != 'u' || !hex4(code)) return false;
    std::uint32_t low = 0;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      if (!hex4(low)) return false;
      code = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
    }
    append_utf8(out, code);
    return true;
  }

  bool hex4(std::uint32_t& code) {
    if (text_.size() - at_ < 4) return false;
    code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[at_++];
      const auto digit = std::string_view(kHex).find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 0x20) : c);
      if (digit == std::string_view::npos) return false;
      code = code << 4 | static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Arena& arena_;
};

}  // namespace

bool is_string_key(const Node& key, bool in_flow) {
  if (becomes_string_in_flow(key) && (in_flow || key.text().empty())) return true;
  Tag tag = key.tag();
  if (tag == Tag::kNone)
    tag = key.style() == Style::kPlain && !key.text().empty() ? resolve_plain(key.text()) : Tag::kStr;
  return key.is_scalar() && (tag == Tag::kStr || tag == Tag::kMerge);
}

void append_json_string(std::string& out, std::string_view text, Html html) {
  const auto& is_plain = plain_bytes_of(html);
  out += '"';
  std::size_t from = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (is_plain[c]) {
      ++at;
      continue;
    }
    const std::size_t width = c < 0x80 ? 1 : utf8_width(text, at);
    const std::string_view rune = text.substr(at, std::max<std::size_t>(width, 1));
    if (width > 1 && rune != "\u2028" && rune != "\u2029") {
      at += width;
      continue;
    }
    out.append(text, from, at - from);
    if (width == 0) {
      out += "\\ufffd";
    } else if (width > 1) {
      out += rune == "\u2028" ? "\\u2028" : "\\u2029";
    } else if (c == 0x7F) {
      out += '\x7F';
    } else if (c == '<' || c == '>' || c == '&') {
      out += {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 0xF]};
    } else {
      append_escape(out, c);
    }
    at += rune.size();
    from = at;
  }
  out.append(text, from);
  out += '"';
}

Result<std::string> to_json(const Node& root, Html html) {
  JsonSink sink(html);
  TRY_VOID(DecodedWalk(sink).visit(root));
  return sink.take();
}

Result<Node*> from_json(std::string_view json, Arena& arena) { return Parser(json, arena).document(); }

}  // namespace reconciler::yaml
