#include "validate/fields.h"

namespace reconciler::validate {
namespace {

using yaml::Node;

/// Names the child of `field` while it lives.
class Below {
 public:
  Below(std::string& field, std::string_view name) : field_(field), size_(field.size()) {
    if (size_ > 0) field_ += '.';
    field_ += name;
  }
  Below(std::string& field, std::size_t index) : field_(field), size_(field.size()) {
    field_ += '[' + std::to_string(index) + ']';
  }
  Below(const Below&) = delete;
  Below& operator=(const Below&) = delete;
  ~Below() { field_.resize(size_); }

 private:
  std::string& field_;
  std::size_t size_;
};

std::string_view cut(std::string_view& text, char at) {
  const auto end = text.find(at);
  const auto part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

}  // namespace

void visit(const Node& node, std::string_view path, std::string& field, const Visit& visitor) {
  if (node.is_sequence()) {
    std::size_t index = 0;
    for (const Node* item : node.items()) {
      const Below below(field, index++);
      visit(*item, path, field, visitor);
    }
    return;
  }
  if (path.empty()) return visitor(node, field);
  if (!node.is_mapping()) return;
  auto names = cut(path, '/');
  if (names == "*") {
    for (const auto& entry : node.entries()) {
      const Below below(field, entry.key->text());
      visit(*entry.value, path, field, visitor);
    }
    return;
  }
  while (!names.empty()) {
    const auto name = cut(names, '|');
    const Node* value = node.find(name);
    if (value == nullptr) continue;
    const Below below(field, name);
    visit(*value, path, field, visitor);
  }
}

void visit(const Node& root, std::string_view path, const Visit& visitor) {
  std::string field;
  visit(root, path, field, visitor);
}

std::string_view text_at(const Node& node, std::string_view path) {
  std::string_view text;
  visit(node, path, [&](const Node& value, const std::string&) {
    if (text.empty() && value.tag() != yaml::Tag::kNull) text = value.text();
  });
  return text;
}

std::string field_below(std::string_view field, std::string_view name) {
  std::string below(field);
  if (!below.empty() && !name.empty()) below += '.';
  return below.append(name);
}

}  // namespace reconciler::validate
