#include "yaml/node.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

namespace reconciler::yaml {
namespace {

constexpr std::size_t kFirstChunk = 16 * 1024;
constexpr std::size_t kLargestChunk = 1024 * 1024;

}  // namespace

void Arena::make_room(std::size_t size) {
  if (size <= left_) return;
  const std::size_t wanted = std::max(size, std::clamp(reserved_, kFirstChunk, kLargestChunk));
  chunks_.push_back({std::make_unique_for_overwrite<std::byte[]>(wanted), wanted});
  use(chunks_.back());
  reserved_ += wanted;
}

void Arena::use(const Chunk& chunk) {
  next_ = chunk.memory.get();
  left_ = chunk.size;
}

void Arena::reset() {
  if (chunks_.empty()) return;
  const auto largest = std::ranges::max_element(chunks_, {}, &Chunk::size);
  std::swap(*largest, chunks_.front());
  chunks_.erase(chunks_.begin() + 1, chunks_.end());
  use(chunks_.front());
  reserved_ = left_;
}

// Nodes are taken from the front of a chunk and text from its end, so that text needs no padding.
void* Arena::allocate(std::size_t size) {
  size = (size + alignof(Node) - 1) / alignof(Node) * alignof(Node);
  make_room(size);
  void* place = next_;
  next_ += size;
  left_ -= size;
  return place;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  make_room(text.size());
  left_ -= text.size();
  char* place = reinterpret_cast<char*>(next_ + left_);
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

void Arena::adopt(Arena other) {
  std::move(other.chunks_.begin(), other.chunks_.end(), std::back_inserter(chunks_));
  reserved_ += other.reserved_;
}

void Node::set_text(std::string_view text) {
  text_ = text.empty() ? "" : text.data();  // Never null: libyaml asks for a place even of nothing.
  size_ = static_cast<std::uint32_t>(text.size());
  has_comment_ = false;
}

std::string_view Node::schema_comment() const {
  if (!has_comment_) return {};
  std::uint32_t size = 0;
  std::memcpy(&size, text_ + size_, sizeof size);
  return {text_ + size_ + sizeof size, size};
}

void Node::set_schema_comment(Arena& arena, std::string_view json) {
  const auto size = static_cast<std::uint32_t>(json.size());
  std::string whole(text());
  whole.append(reinterpret_cast<const char*>(&size), sizeof size).append(json);
  text_ = arena.copy(whole).data();
  has_comment_ = true;
}

Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries()) {
    if (entry.key->has_text(key)) return entry.value;
  }
  return nullptr;
}

Node* Node::find_path(std::initializer_list<std::string_view> keys) const {
  const Node* node = this;
  for (const auto key : keys) {
    node = node->find(key);
    if (node == nullptr) return nullptr;
  }
  return const_cast<Node*>(node);
}

std::string_view Node::text_of(std::string_view key) const {
  const Node* value = find(key);
  return value == nullptr ? std::string_view() : value->text();
}

void Node::grow(Arena& arena) {
  if (size_ < capacity_) return;
  const std::size_t width = is_mapping() ? sizeof(Entry) : sizeof(Node*);
  const std::uint32_t capacity = std::max<std::uint32_t>(4, capacity_ * 2);
  void* place = arena.allocate(capacity * width);
  if (size_ != 0) std::memcpy(place, is_mapping() ? static_cast<void*>(entries_) : items_, size_ * width);
  if (is_mapping()) {
    entries_ = static_cast<Entry*>(place);
  } else {
    items_ = static_cast<Node**>(place);
  }
  capacity_ = capacity;
}

void Node::set(Arena& arena, std::string_view key, Node* value) {
  for (Entry& entry : entries()) {
    if (entry.key->text() == key) {
      entry.value = value;
      return;
    }
  }
  add(arena, make_untyped(arena, key), value);
}

void Node::add(Arena& arena, Node* key, Node* value) { insert(arena, size_, key, value); }

void Node::insert(Arena& arena, std::size_t index, Node* key, Node* value) {
  grow(arena);
  std::copy_backward(entries_ + index, entries_ + size_, entries_ + size_ + 1);
  entries_[index] = {key, value};
  ++size_;
}

bool Node::remove(std::string_view key) {
  if (!is_mapping()) return false;
  const auto kept = std::remove_if(entries_, entries_ + size_, [&](const Entry& e) { return e.key->text() == key; });
  const auto count = static_cast<std::uint32_t>(kept - entries_);
  const bool found = count != size_;
  size_ = count;
  return found;
}

void Node::append(Arena& arena, Node* item) { insert(arena, size_, item); }

void Node::insert(Arena& arena, std::size_t index, Node* item) {
  grow(arena);
  std::copy_backward(items_ + index, items_ + size_, items_ + size_ + 1);
  items_[index] = item;
  ++size_;
}

void Node::erase(std::size_t index) {
  if (is_mapping()) {
    std::copy(entries_ + index + 1, entries_ + size_, entries_ + index);
  } else {
    std::copy(items_ + index + 1, items_ + size_, items_ + index);
  }
  --size_;
}

Node* make_scalar(Arena& arena, std::string_view text, Tag tag, Style style) {
  Node* node = new (arena.allocate(sizeof(Node))) Node();
  node->set_text(arena.copy(text));
  node->tag_ = tag;
  node->style_ = style;
  return node;
}

Node* make_string(Arena& arena, std::string_view text) { return make_scalar(arena, text, Tag::kStr); }
Node* make_untyped(Arena& arena, std::string_view text) { return make_scalar(arena, text, Tag::kNone); }
Node* make_null(Arena& arena) { return make_scalar(arena, "null", Tag::kNull); }

Node* make_mapping(Arena& arena, std::size_t capacity) {
  Node* node = new (arena.allocate(sizeof(Node))) Node();
  node->kind_ = NodeKind::kMapping;
  node->tag_ = Tag::kMap;
  node->entries_ = capacity == 0 ? nullptr : static_cast<Entry*>(arena.allocate(capacity * sizeof(Entry)));
  node->capacity_ = static_cast<std::uint32_t>(capacity);
  return node;
}

Node* make_sequence(Arena& arena, std::size_t capacity) {
  Node* node = new (arena.allocate(sizeof(Node))) Node();
  node->kind_ = NodeKind::kSequence;
  node->tag_ = Tag::kSeq;
  node->items_ = capacity == 0 ? nullptr : static_cast<Node**>(arena.allocate(capacity * sizeof(Node*)));
  node->capacity_ = static_cast<std::uint32_t>(capacity);
  return node;
}

Node* clone(const Node& node, Arena& arena) {
  Node* copy = new (arena.allocate(sizeof(Node))) Node(node);
  copy->capacity_ = node.is_scalar() ? 0 : node.size_;
  if (node.is_scalar()) {
    copy->set_text(arena.copy(node.text()));
    if (node.has_comment_) copy->set_schema_comment(arena, node.schema_comment());
  } else if (node.is_mapping()) {
    copy->entries_ = static_cast<Entry*>(arena.allocate(node.size_ * sizeof(Entry)));
    for (std::size_t i = 0; i < node.size_; ++i) {
      copy->entries_[i] = {clone(*node.entries_[i].key, arena), clone(*node.entries_[i].value, arena)};
    }
  } else {
    copy->items_ = static_cast<Node**>(arena.allocate(node.size_ * sizeof(Node*)));
    for (std::size_t i = 0; i < node.size_; ++i) copy->items_[i] = clone(*node.items_[i], arena);
  }
  return copy;
}

std::size_t depth(const Node& node) {
  std::size_t deepest = 0;
  for (const Entry& entry : node.entries()) deepest = std::max(deepest, depth(*entry.value));
  for (const Node* item : node.items()) deepest = std::max(deepest, depth(*item));
  return deepest + 1;
}

bool equal(const Node& a, const Node& b) {
  if (a.kind() != b.kind() || a.tag() != b.tag() || a.text() != b.text() || a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    if (!equal(*a.entries()[i].key, *b.entries()[i].key)) return false;
    if (!equal(*a.entries()[i].value, *b.entries()[i].value)) return false;
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!equal(*a.items()[i], *b.items()[i])) return false;
  }
  return true;
}

}  // namespace reconciler::yaml
