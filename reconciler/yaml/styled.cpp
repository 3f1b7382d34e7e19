#include "yaml/styled.h"

#include <string_view>

#include <yaml.h>

#include "yaml/byte_order_mark.h"
#include "yaml/scalar.h"

namespace reconciler::yaml {
namespace {

yaml_char_t* bytes(std::string_view text) { return reinterpret_cast<yaml_char_t*>(const_cast<char*>(text.data())); }

int append(void* out, unsigned char* data, std::size_t size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), size);
  return 1;
}

const char* long_tag(Tag tag) {
  switch (tag) {
    case Tag::kInt:
      return YAML_INT_TAG;
    case Tag::kFloat:
      return YAML_FLOAT_TAG;
    case Tag::kBool:
      return YAML_BOOL_TAG;
    case Tag::kNull:
      return YAML_NULL_TAG;
    case Tag::kTimestamp:
      return YAML_TIMESTAMP_TAG;
    case Tag::kBinary:
      return "tag:yaml.org,2002:binary";
    default:
      return nullptr;
  }
}

/// How a scalar is written, and the tag that it then needs: without it, it would be read as something else.
struct Form {
  yaml_scalar_style_t style = YAML_PLAIN_SCALAR_STYLE;
  const char* tag = nullptr;
};

Form form_of(const Node& scalar) {
  const bool multi_line = scalar.text().find('\n') != std::string_view::npos;
  switch (scalar.style()) {
    case Style::kDoubleQuoted:
      return {YAML_DOUBLE_QUOTED_SCALAR_STYLE};
    case Style::kSingleQuoted:
      return {YAML_SINGLE_QUOTED_SCALAR_STYLE};
    case Style::kLiteral:
      return {YAML_LITERAL_SCALAR_STYLE};
    case Style::kFolded:
      return {YAML_FOLDED_SCALAR_STYLE};
    case Style::kPlain:
    case Style::kFlow:
      break;
  }
  if (multi_line) return {YAML_LITERAL_SCALAR_STYLE};
  const Tag read = resolve_plain(scalar.text());
  if (scalar.tag() == Tag::kNone || scalar.tag() == read) return {};
  return scalar.tag() == Tag::kStr ? Form{YAML_DOUBLE_QUOTED_SCALAR_STYLE}
                                   : Form{YAML_PLAIN_SCALAR_STYLE, long_tag(scalar.tag())};
}

class Writer {
 public:
  Writer() {
    ok_ = yaml_emitter_initialize(&emitter_) != 0;
    yaml_emitter_set_output(&emitter_, append, &out_);
    yaml_emitter_set_unicode(&emitter_, 1);
    yaml_emitter_set_width(&emitter_, -1);
    send(yaml_stream_start_event_initialize(&event_, YAML_UTF8_ENCODING));
    send(yaml_document_start_event_initialize(&event_, nullptr, nullptr, nullptr, 1));
  }
  Writer(const Writer&) = delete;
  ~Writer() { yaml_emitter_delete(&emitter_); }

  Result<std::string> write(const Node& root) && {
    node(root);
    send(yaml_document_end_event_initialize(&event_, 1));
    emitter_.open_ended = 0;
    send(yaml_stream_end_event_initialize(&event_));
    if (!ok_) return fail(ErrorKind::kInternal, "value cannot be written as YAML");
    return has_marked_text_ ? escape_marked_texts(out_) : std::move(out_);
  }

 private:
  // The emitter owns the event from here on, whatever happens.
  void send(int initialized) { ok_ = ok_ && initialized != 0 && yaml_emitter_emit(&emitter_, &event_) != 0; }

  void node(const Node& node) {
    if (node.is_mapping()) return mapping(node);
    if (node.is_sequence()) return sequence(node);
    scalar(node);
  }

  void scalar(const Node& node) {
    const Form form = form_of(node);
    has_marked_text_ = has_marked_text_ || starts_with_byte_order_mark(node.text());
    const int implicit = form.tag == nullptr ? 1 : 0;
    send(yaml_scalar_event_initialize(&event_, nullptr, reinterpret_cast<const yaml_char_t*>(form.tag),
                                      bytes(node.text()), static_cast<int>(node.text().size()), implicit, implicit,
                                      form.style));
  }

  void sequence(const Node& node) {
    const auto style = node.style() == Style::kFlow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE;
    send(yaml_sequence_start_event_initialize(&event_, nullptr, nullptr, 1, style));
    for (const Node* item : node.items()) this->node(*item);
    send(yaml_sequence_end_event_initialize(&event_));
  }

  void mapping(const Node& node) {
    const auto style = node.style() == Style::kFlow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE;
    send(yaml_mapping_start_event_initialize(&event_, nullptr, nullptr, 1, style));
    for (const Entry& entry : node.entries()) {
      this->node(*entry.key);
      this->node(*entry.value);
    }
    send(yaml_mapping_end_event_initialize(&event_));
  }

  yaml_emitter_t emitter_{};
  yaml_event_t event_{};
  std::string out_;
  bool ok_ = false;
  bool has_marked_text_ = false;
};

}  // namespace

Result<std::string> write_styled(const Node& root) { return Writer().write(root); }

}  // namespace reconciler::yaml
