#include "kustomize/text_value.h"

#include "kustomize/field_path.h"
#include "yaml/json.h"
#include "yaml/parse.h"
#include "yaml/styled.h"

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kSpaces = " \t\n\v\f\r";

/// A plain value that holds structure, what it holds, and where the path goes on in it.
struct Holder {
  yaml::Node* scalar = nullptr;
  yaml::Node* content = nullptr;
  std::span<const std::string> rest;
};

/// The first plain value on the path whose text can be read.
Holder find_holder(yaml::Node& object, std::span<const std::string> path, yaml::Arena& arena) {
  for (std::size_t length = 1; length < path.size(); ++length) {
    const auto node = look_up(object, path.first(length));
    if (!node || *node == nullptr || !(*node)->is_scalar()) continue;
    const auto content = yaml::parse_document((*node)->text(), "", arena);
    if (content) return {*node, *content, path.subspan(length)};
  }
  return {};
}

/// The same JSON with a field or item in each line, as Go's json.MarshalIndent lays it out with two spaces.
class Indenter {
 public:
  std::string indent(std::string_view json) && {
    for (std::size_t i = 0; i < json.size(); ++i) {
      if (json[i] == '"') {
        i = copy_string(json, i);
      } else {
        add(json[i], i + 1 < json.size() ? json[i + 1] : '\0');
      }
    }
    return std::move(out_);
  }

 private:
  std::size_t copy_string(std::string_view json, std::size_t start) {
    std::size_t end = start + 1;
    while (json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    out_.append(json.substr(start, end + 1 - start));
    return end;
  }

  void add(char c, char next) {
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    if (closes && !just_opened_) new_line(--depth_);
    if (closes && just_opened_) --depth_;
    out_ += c;
    just_opened_ = false;
    if (c == ':') out_ += ' ';
    if (c == ',') new_line(depth_);
    if (!opens) return;
    ++depth_;
    just_opened_ = next == '}' || next == ']';
    if (!just_opened_) new_line(depth_);
  }

  void new_line(std::size_t depth) { out_.append("\n").append(2 * depth, ' '); }

  std::string out_;
  std::size_t depth_ = 0;
  bool just_opened_ = false;
};

/// The content as text again, in the form that the old text has.
Result<std::string> written(const yaml::Node& content, std::string_view old) {
  const auto start = old.find_first_not_of(kSpaces);
  const bool json = start != std::string_view::npos && (old[start] == '{' || old[start] == '[');
  if (json) {
    TRY(auto text, yaml::to_json(content, yaml::Html::kEscape));
    const bool lines = old.find('\n') != std::string_view::npos && old.find("  ") != std::string_view::npos;
    return lines ? Indenter().indent(text) : std::move(text);
  }
  TRY(const auto text, yaml::write_styled(content));
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string::npos) return std::string();
  return text.substr(first, text.find_last_not_of(kSpaces) + 1 - first);
}

}  // namespace

bool set_inside_text(yaml::Node& object, std::span<const std::string> path, const yaml::Node& value,
                     std::optional<yaml::NodeKind> create, yaml::Arena& arena) {
  const auto holder = find_holder(object, path, arena);
  if (holder.content == nullptr) return false;
  const auto targets = match_fields(*holder.content, holder.rest, create, arena);
  if (!targets || targets->empty()) return false;
  for (auto* target : *targets) {
    if (target->is_scalar()) {
      target->set_text(value.text());
    } else {
      target->assign(*yaml::clone(value, arena));
    }
  }
  const auto text = written(*holder.content, holder.scalar->text());
  if (!text) return false;
  holder.scalar->set_text(arena.copy(*text));
  return true;
}

}  // namespace reconciler::kustomize
