#include "yaml/emit.h"

#include <algorithm>
#include <span>

#include <yaml.h>

#include "yaml/byte_order_mark.h"
#include "yaml/decoded.h"
#include "yaml/json.h"
#include "yaml/scalar.h"

namespace reconciler::yaml {
namespace {

yaml_char_t* bytes(std::string_view text) { return reinterpret_cast<yaml_char_t*>(const_cast<char*>(text.data())); }

int append(void* out, unsigned char* data, std::size_t size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), size);
  return 1;
}

yaml_scalar_style_t style_of_string(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return YAML_LITERAL_SCALAR_STYLE;
  return needs_quotes(text) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
}

}  // namespace

struct DocumentWriter::State {
  explicit State(bool is_first) : is_first(is_first) {
    ok = yaml_emitter_initialize(&emitter) != 0;
    yaml_emitter_set_output(&emitter, append, &out);
    yaml_emitter_set_unicode(&emitter, 1);
    yaml_emitter_set_width(&emitter, 80);
    send(yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
  }
  State(const State&) = delete;
  ~State() { yaml_emitter_delete(&emitter); }

  // The emitter owns the event from here on, whatever happens.
  void send(int initialized) { ok = ok && initialized != 0 && yaml_emitter_emit(&emitter, &event) != 0; }

  void scalar(std::string_view text, yaml_scalar_style_t style) {
    has_marked_text = has_marked_text || starts_with_byte_order_mark(text);
    send(yaml_scalar_event_initialize(&event, nullptr, nullptr, bytes(text), static_cast<int>(text.size()), 1, 1,
                                      style));
  }

  // What a DecodedWalk tells.
  void open_mapping() {
    send(yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE));
  }
  void close_mapping() { send(yaml_mapping_end_event_initialize(&event)); }
  void open_sequence() {
    send(yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE));
  }
  void close_sequence() { send(yaml_sequence_end_event_initialize(&event)); }
  void separate() const {}
  void arrange(std::span<Entry> entries) const {
    const auto by_key = [](const Entry& a, const Entry& b) { return key_less(a.key->text(), b.key->text()); };
    if (!std::is_sorted(entries.begin(), entries.end(), by_key))
      std::stable_sort(entries.begin(), entries.end(), by_key);
  }
  void key(std::string_view name) { scalar(name, style_of_string(name)); }
  void value(const Value& value) {
    switch (value.kind) {
      case ValueKind::kNull:
        return scalar("null", YAML_PLAIN_SCALAR_STYLE);
      case ValueKind::kString:
        return scalar(value.text, style_of_string(value.text));
      case ValueKind::kNumber:
        return scalar(yaml_number(value.text, scratch), YAML_PLAIN_SCALAR_STYLE);
      case ValueKind::kBool:
        return scalar(value.text, YAML_PLAIN_SCALAR_STYLE);
    }
  }

  // A literal that keeps its trailing line breaks leaves the emitter wanting to write `...`, which the reference does
  // not.
  void end_document() {
    send(yaml_document_end_event_initialize(&event, 1));
    emitter.open_ended = 0;
  }

  yaml_emitter_t emitter{};
  yaml_event_t event{};
  std::string out;
  std::string scratch;
  Arena arena;  ///< Of the JSON that is being written.
  bool ok = false;
  bool has_marked_text = false;
  bool is_first;
};

DocumentWriter::DocumentWriter(bool is_first) : state_(std::make_unique<State>(is_first)) {}
DocumentWriter::~DocumentWriter() = default;

Status DocumentWriter::add(const Node& root) {
  state_->send(
      yaml_document_start_event_initialize(&state_->event, nullptr, nullptr, nullptr, state_->is_first ? 1 : 0));
  state_->is_first = false;
  TRY_VOID(DecodedWalk(*state_).visit(root));
  state_->end_document();
  if (!state_->ok) return fail(ErrorKind::kInternal, "object cannot be written as YAML");
  return {};
}

Status DocumentWriter::add(std::string_view json) {
  state_->arena.reset();
  TRY(const Node* root, from_json(json, state_->arena));
  return add(*root);
}

Result<std::string> DocumentWriter::take() {
  state_->send(yaml_stream_end_event_initialize(&state_->event));
  if (!state_->ok) return fail(ErrorKind::kInternal, "objects cannot be written as YAML");
  return state_->has_marked_text ? escape_marked_texts(state_->out) : std::move(state_->out);
}

}  // namespace reconciler::yaml
