#include "validate/declaration.h"

#include <algorithm>
#include <string>

namespace reconciler::validate {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '.' || c == '_';
}
bool has_keys(const Target& target) {
  return target.group.empty() && (target.kind == "Secret" || target.kind == "ConfigMap");
}
bool has_ports(const Target& target) {
  return target.group.empty() && (target.kind == "Service" || target.kind == "Pod");
}

/// Reads from left to right; the first mistake ends it.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<std::vector<Target>> run() {
    std::vector<Target> targets;
    do {
      targets.push_back(object());
    } while (mistake_.empty() && take(','));
    if (mistake_.empty() && at_ < text_.size()) expected("a comma between two objects");
    if (!mistake_.empty()) return fail(ErrorKind::kInvalid, std::move(mistake_));
    return targets;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    skip_space();
    return true;
  }

  void expected(const std::string& what) {
    if (mistake_.empty()) mistake_ = "expected " + what + " at character " + std::to_string(at_ + 1);
  }

  std::string_view word(const std::string& what, char also = '\0') {
    skip_space();
    const auto from = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || (also != '\0' && text_[at_] == also))) ++at_;
    if (at_ == from) expected(what);
    return text_.substr(from, at_ - from);
  }

  Target object() {
    Target target;
    const auto type = word("Kind/name");
    target.kind = type.substr(0, type.find('.'));
    if (target.kind.size() < type.size()) target.group = type.substr(target.kind.size() + 1);
    if (!take('/')) expected("'/' and a name");
    target.name = word("a name");
    if (take('/')) {
      target.namespace_ = target.name;
      target.name = word("a name");
    }
    if (take('{')) labels(target);
    if (take('[')) parts(target);
    return target;
  }

  void labels(Target& target) {
    do {
      const auto name = word("a label", '/');
      if (!take('=')) expected("'=' and the label's value");
      target.labels.emplace_back(name, at_ < text_.size() && is_word(text_[at_]) ? word("") : std::string_view());
    } while (mistake_.empty() && take(','));
    if (!take('}')) expected("'}'");
    std::ranges::sort(target.labels);
  }

  void parts(Target& target) {
    if (has_keys(target)) {
      target.keys.emplace();
    } else if (has_ports(target)) {
      target.ports.emplace();
    } else {
      expected("no '[': only a Secret or ConfigMap has keys, only a Service or Pod has ports,");
    }
    do {
      has_keys(target) ? target.keys->push_back(word("a key")) : port(target);
    } while (mistake_.empty() && take(','));
    if (!take(']')) expected("']'");
  }

  void port(Target& target) {
    if (!target.ports) return;
    Port port;
    const auto first = word("a port's name or number");
    if (std::ranges::all_of(first, is_digit)) {
      port.number = number(first);
    } else {
      port.name = first;
      if (take(':')) port.number = number(word("a port's number"));
    }
    target.ports->push_back(port);
  }

  int number(std::string_view text) {
    const int value = port_number(text);
    if (value == 0) expected("a port's number, from 1 to 65535, before");
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string mistake_;
};

}  // namespace

Result<std::vector<Target>> parse_declaration(std::string_view text) { return Reader(text).run(); }

}  // namespace reconciler::validate
