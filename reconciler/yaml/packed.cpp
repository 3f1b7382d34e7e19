#include "yaml/packed.h"

#include <cstdint>

namespace reconciler::yaml {
namespace {

// A node is one byte of kind and style, one of its tag, its line (how far it is from that of the node before), column
// and size, and the text of a scalar or the nodes of a collection.
constexpr unsigned kStyleShift = 2;
constexpr unsigned kHasComment = 1U << 7;

class Packer {
 public:
  explicit Packer(std::string& packed) : packed_(packed) {}

  void node(const Node& node) {
    const bool has_comment = !node.schema_comment().empty();
    byte(static_cast<unsigned>(node.kind()) | static_cast<unsigned>(node.style()) << kStyleShift |
         (has_comment ? kHasComment : 0));
    byte(static_cast<unsigned>(node.tag()));
    const auto [line, column] = node.mark();
    number(line - line_);  // Wraps around where it goes back.
    line_ = line;
    number(column);
    if (node.is_scalar()) {
      text(node.text());
      if (has_comment) text(node.schema_comment());
      return;
    }
    number(static_cast<std::uint32_t>(node.size()));
    for (const Entry& entry : node.entries()) {
      this->node(*entry.key);
      this->node(*entry.value);
    }
    for (const Node* item : node.items()) this->node(*item);
  }

 private:
  void byte(unsigned value) { packed_.push_back(static_cast<char>(value)); }
  /// Seven bits at a time, the lowest first.
  void number(std::uint32_t value) {
    for (; value > 0x7f; value >>= 7) byte((value & 0x7f) | 0x80);
    byte(value);
  }
  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    packed_.append(text);
  }

  std::string& packed_;
  std::uint32_t line_ = 0;
};

class Unpacker {
 public:
  Unpacker(std::string_view& packed, Arena& arena) : packed_(packed), arena_(arena) {}

  Node* node() {
    const auto head = byte();
    const auto tag = static_cast<Tag>(byte());
    line_ += number();
    const auto column = static_cast<std::uint16_t>(number());
    const auto style = static_cast<Style>((head & ~kHasComment) >> kStyleShift);
    const auto kind = static_cast<NodeKind>(head & ((1U << kStyleShift) - 1));
    const Mark mark{line_, column};
    Node* node = kind == NodeKind::kScalar    ? scalar((head & kHasComment) != 0)
                 : kind == NodeKind::kMapping ? mapping(number())
                                              : sequence(number());
    node->set_tag(tag);
    node->set_style(style);
    node->set_mark(mark);
    return node;
  }

 private:
  Node* scalar(bool has_comment) {
    Node* node = make_untyped(arena_, text());
    if (has_comment) node->set_schema_comment(arena_, text());
    return node;
  }

  Node* mapping(std::uint32_t size) {
    Node* node = make_mapping(arena_, size);
    for (; size > 0; --size) {
      Node* key = this->node();
      node->add(arena_, key, this->node());
    }
    return node;
  }

  Node* sequence(std::uint32_t size) {
    Node* node = make_sequence(arena_, size);
    for (; size > 0; --size) node->append(arena_, this->node());
    return node;
  }

  unsigned byte() {
    const auto value = static_cast<unsigned char>(packed_.front());
    packed_.remove_prefix(1);
    return value;
  }
  std::uint32_t number() {
    std::uint32_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint32_t part = byte();
      value |= (part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
  }
  std::string_view text() {
    const auto size = number();
    const auto text = packed_.substr(0, size);
    packed_.remove_prefix(size);
    return text;
  }

  std::string_view& packed_;
  Arena& arena_;
  std::uint32_t line_ = 0;
};

}  // namespace

void pack(const Node& node, std::string& packed) { Packer(packed).node(node); }

Node* unpack(std::string_view& packed, Arena& arena) { return Unpacker(packed, arena).node(); }

}  // namespace reconciler::yaml
