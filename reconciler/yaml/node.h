#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace reconciler::yaml {

/// Trees of YAML nodes, made for documents by the thousand: small nodes that own nothing, in an arena that owns
/// everything. A tree may be changed in place; what is cut off stays in the arena until the arena goes.

/// No tree is deeper than this. The parser refuses deeper input; whoever hangs a node below another keeps to it
/// (`depth`), so that code may recurse over a tree without a bound of its own.
inline constexpr std::size_t kMaxDepth = 300;

/// Memory that only grows and is given back as a whole. Not thread-safe: one thread at a time.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  /// `size` bytes, aligned for any node. Lives as long as the arena.
  void* allocate(std::size_t size);
  /// A copy of the text that lives as long as the arena.
  std::string_view copy(std::string_view text);
  /// Takes what another arena holds: its nodes and texts live as long as this one.
  void adopt(Arena other);
  /// Ends the life of all that lives in it, and keeps memory for what comes next.
  void reset();
  /// Bytes taken from the system.
  std::size_t reserved() const { return reserved_; }

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> memory;
    std::size_t size;
  };

  void make_room(std::size_t size);
  void use(const Chunk& chunk);

  std::vector<Chunk> chunks_;
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t reserved_ = 0;
};

enum class NodeKind : std::uint8_t { kScalar, kMapping, kSequence };

/// How a scalar was written (all but kFlow), or a collection (kPlain is block style, kFlow is `{}` and `[]`).
enum class Style : std::uint8_t { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral, kFolded, kFlow };

/// What a node is, by its explicit tag, else by go-yaml's reading of a plain scalar (YAML 1.2 with 1.1's numbers:
/// `yes` and `on` are strings here). A tag outside YAML's own is kOther. kNone is the Go library's empty tag: a scalar
/// made by the program without a type, which counts as a string until it is written, and is read by its text (and
/// style) then.
enum class Tag : std::uint8_t {
  kNone,
  kStr,
  kInt,
  kFloat,
  kBool,
  kNull,
  kTimestamp,
  kBinary,
  kMerge,
  kMap,
  kSeq,
  kOther
};

/// A place in the file, counted from 1; line 0 when the node was made by the program.
struct Mark {
  std::uint32_t line = 0;
  std::uint16_t column = 0;  ///< Stops at 65535.
};

class Node;

/// One field of a mapping. Neither pointer is ever null.
struct Entry {
  Node* key;
  Node* value;
};

/// A scalar, mapping or sequence. Trivially destructible; lives in an Arena, as do its text and its children, and
/// is referred to by pointer: nodes do not move when their parent grows. A null pointer means "there is none".
/// A node that stands in two places changes in both: `clone` what is to stand on its own.
class Node {
 public:
  NodeKind kind() const { return kind_; }
  bool is_scalar() const { return kind_ == NodeKind::kScalar; }
  bool is_mapping() const { return kind_ == NodeKind::kMapping; }
  bool is_sequence() const { return kind_ == NodeKind::kSequence; }
  bool is_null() const { return tag_ == Tag::kNull; }
  /// A null, or a mapping or sequence without children.
  bool is_null_or_empty() const { return is_null() || (!is_scalar() && size_ == 0); }
  Tag tag() const { return tag_; }
  Style style() const { return style_; }
  Mark mark() const { return {line_, column_}; }
  void set_tag(Tag tag) { tag_ = tag; }
  void set_style(Style style) { style_ = style; }
  void set_mark(Mark mark) { line_ = mark.line, column_ = mark.column; }

  /// The value of a scalar, unescaped; "" for a collection.
  std::string_view text() const { return is_scalar() ? std::string_view(text_, size_) : std::string_view(); }
  /// Replaces the value of a scalar; `text` must live in the arena (or be static). Tag and style stay.
  void set_text(std::string_view text);

  /// The JSON of a comment behind or above this key of a mapping (`containers: # {"type":"array"}`), by which the
  /// reference lets a file say itself how a field merges; "" when there is none. Setting the text drops it.
  std::string_view schema_comment() const;
  void set_schema_comment(Arena& arena, std::string_view json);

  /// Number of fields or items; 0 for a scalar.
  std::size_t size() const { return is_scalar() ? 0 : size_; }
  bool empty() const { return size() == 0; }

  /// The fields of a mapping in order; empty for anything else.
  std::span<Entry> entries() { return {is_mapping() ? entries_ : nullptr, is_mapping() ? size_ : 0}; }
  std::span<const Entry> entries() const { return {is_mapping() ? entries_ : nullptr, is_mapping() ? size_ : 0}; }
  /// The items of a sequence in order; empty for anything else.
  std::span<Node*> items() { return {is_sequence() ? items_ : nullptr, is_sequence() ? size_ : 0}; }
  std::span<Node* const> items() const { return {is_sequence() ? items_ : nullptr, is_sequence() ? size_ : 0}; }

  /// The value of the first field of that name; null when there is none or this is no mapping.
  Node* find(std::string_view key) const;
  /// `find` along several names.
  Node* find_path(std::initializer_list<std::string_view> keys) const;
  /// The text of the scalar field of that name; "" when there is none.
  std::string_view text_of(std::string_view key) const;

  /// For a mapping: sets the value of the field, which is added at the end when it is new.
  void set(Arena& arena, std::string_view key, Node* value);
  /// For a mapping: adds a field at the end (or before `index`) without looking for one of that name.
  void add(Arena& arena, Node* key, Node* value);
  void insert(Arena& arena, std::size_t index, Node* key, Node* value);
  /// For a mapping: removes every field of that name. Returns whether there was one.
  bool remove(std::string_view key);

  /// For a sequence: adds an item at the end, or before the item `index` (at most size()).
  void append(Arena& arena, Node* item);
  void insert(Arena& arena, std::size_t index, Node* item);
  /// For a sequence or mapping: removes the item or field `index`.
  void erase(std::size_t index);
  /// For a sequence or mapping: removes everything.
  void clear() {
    if (!is_scalar()) size_ = 0;
  }

  /// Becomes what `other` is (children are shared, not copied: `other` is given up). The place in its parent stays.
  void assign(const Node& other) { *this = other; }

 private:
  /// Whether it is a scalar of that text. Looks at the first letter before it calls for the rest.
  bool has_text(std::string_view text) const {
    return is_scalar() && size_ == text.size() && (size_ == 0 || (text_[0] == text[0] && this->text() == text));
  }

  friend Node* make_scalar(Arena&, std::string_view, Tag, Style);
  friend Node* make_mapping(Arena&, std::size_t);
  friend Node* make_sequence(Arena&, std::size_t);
  friend Node* clone(const Node&, Arena&);
  Node() : text_(nullptr) {}
  void grow(Arena& arena);

  union {
    const char* text_;
    Entry* entries_;
    Node** items_;
  };
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t line_ = 0;
  std::uint16_t column_ = 0;
  NodeKind kind_ : 2 = NodeKind::kScalar;
  Style style_ : 4 = Style::kPlain;
  bool has_comment_ : 1 = false;  ///< The comment and its length stand behind the text.
  Tag tag_ = Tag::kNull;
};
static_assert(sizeof(Node) <= 32);

/// A scalar of that value (copied into the arena).
Node* make_scalar(Arena& arena, std::string_view text, Tag tag, Style style = Style::kPlain);
/// A scalar that is a string whatever it looks like (tag kStr; plain: the emitter quotes where it must).
Node* make_string(Arena& arena, std::string_view text);
/// A scalar without a type (tag kNone).
Node* make_untyped(Arena& arena, std::string_view text);
Node* make_null(Arena& arena);
Node* make_mapping(Arena& arena, std::size_t capacity = 0);
Node* make_sequence(Arena& arena, std::size_t capacity = 0);
/// A deep copy, marks included.
Node* clone(const Node& node, Arena& arena);

/// Levels of the tree: 1 for a scalar or an empty collection.
std::size_t depth(const Node& node);
/// Same kinds, tags and values in the same order; styles and marks do not count.
bool equal(const Node& a, const Node& b);

}  // namespace reconciler::yaml
