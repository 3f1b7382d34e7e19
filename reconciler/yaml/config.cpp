#include "yaml/config.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace reconciler::yaml {

struct ConfigNode::Data {
  Kind kind = Kind::kNull;
  int line = 0;  // From 0, as yaml-cpp counts.
  int column = 0;
  bool plain = false;
  std::string text;
  std::vector<std::pair<std::string, std::shared_ptr<const Data>>> fields;
  std::vector<std::shared_ptr<const Data>> items;
};

namespace {

using Data = ConfigNode::Data;
using Kind = ConfigNode::Kind;

std::string place(const std::string& file, int line, int column) {
  return file + ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1);
}

bool is_null_word(const std::string& text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// Builds the tree of one document from yaml-cpp's events, which carry the marks that its own nodes lose for keys.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& file) : file_(file) {}

  std::shared_ptr<const Data> root;
  std::vector<Cause> causes;

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { take(make(Kind::kNull, mark, anchor)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      causes.push_back({place(file_, mark.line, mark.column), "", "alias without its anchor"});
      take(make(Kind::kNull, mark, 0));
    } else if (is_open(known->second)) {
      causes.push_back({place(file_, mark.line, mark.column), "", "an anchor's value contains itself"});
      take(make(Kind::kNull, mark, 0));
    } else {
      take(known->second);
    }
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag == "?";
    auto node = make(plain && is_null_word(value) ? Kind::kNull : Kind::kScalar, mark, anchor);
    node->plain = plain;
    node->text = value;
    take(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back({make(Kind::kList, mark, anchor), {}, false, {}});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back({make(Kind::kMap, mark, anchor), {}, false, {}});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    std::shared_ptr<Data> node;
    std::string key;
    bool has_key;
    std::set<std::string> keys;
  };

  std::shared_ptr<Data> make(Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    auto node = std::make_shared<Data>();
    node->kind = kind;
    node->line = mark.line;
    node->column = mark.column;
    if (anchor != 0) anchors_[anchor] = node;
    return node;
  }

  bool is_open(const std::shared_ptr<Data>& node) const {
    for (const Open& open : open_) {
      if (open.node == node) return true;
    }
    return false;
  }

  void close() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    take(std::move(node));
  }

  void take(std::shared_ptr<Data> node) {
    if (open_.empty()) {
      root = std::move(node);
    } else if (Open& open = open_.back(); open.node->kind == Kind::kList) {
      open.node->items.push_back(std::move(node));
    } else if (open.has_key) {
      open.node->fields.emplace_back(std::move(open.key), std::move(node));
      open.has_key = false;
    } else {
      take_key(open, *node);
    }
  }

  void take_key(Open& open, const Data& key) {
    const std::string where = place(file_, key.line, key.column);
    if (key.kind != Kind::kScalar) causes.push_back({where, "", "a key must be a word"});
    if (!open.keys.insert(key.text).second) causes.push_back({where, key.text, "key is repeated"});
    open.key = key.text;
    open.has_key = true;
  }

  const std::string& file_;
  std::map<YAML::anchor_t, std::shared_ptr<Data>> anchors_;
  std::vector<Open> open_;
};

}  // namespace

ConfigNode::ConfigNode(std::shared_ptr<const Data> data, std::shared_ptr<const std::string> file, std::string field)
    : data_(std::move(data)), file_(std::move(file)), field_(std::move(field)) {}

ConfigNode::Kind ConfigNode::kind() const { return data_->kind; }
std::string ConfigNode::where() const { return place(*file_, data_->line, data_->column); }
Cause ConfigNode::cause(std::string message) const { return {where(), field_, std::move(message)}; }

Error ConfigNode::error(std::string message) const {
  return {ErrorKind::kInvalid, "invalid " + *file_, {cause(std::move(message))}};
}

ConfigNode ConfigNode::child(const std::shared_ptr<const Data>& data, std::string field) const {
  return {data, file_, std::move(field)};
}

Status ConfigNode::expect(Kind kind, const char* what) const {
  if (data_->kind == kind) return {};
  return fail(error(std::string("expected ") + what));
}

std::optional<ConfigNode> ConfigNode::at(std::string_view name) const {
  for (const auto& [key, value] : data_->fields) {
    if (key != name) continue;
    if (value->kind == Kind::kNull) return std::nullopt;
    return child(value, field_.empty() ? key : field_ + "." + key);
  }
  return std::nullopt;
}

Result<ConfigNode> ConfigNode::required(std::string_view name) const {
  TRY_VOID(expect(Kind::kMap, "a map"));
  if (auto found = at(name)) return *std::move(found);
  Error missing = error("is required");
  missing.causes[0].field = field_.empty() ? std::string(name) : field_ + "." + std::string(name);
  return fail(std::move(missing));
}

Result<std::string> ConfigNode::string() const {
  TRY_VOID(expect(Kind::kScalar, "a text"));
  return data_->text;
}

Result<bool> ConfigNode::boolean() const {
  if (data_->kind == Kind::kScalar && data_->plain && (data_->text == "true" || data_->text == "false")) {
    return data_->text == "true";
  }
  return fail(error("expected true or false"));
}

Result<std::int64_t> ConfigNode::integer() const {
  std::int64_t number = 0;
  const std::string& text = data_->text;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (data_->kind != Kind::kScalar || !data_->plain || problem != std::errc() || end != text.data() + text.size()) {
    return fail(error("expected a whole number"));
  }
  return number;
}

Result<std::vector<ConfigNode>> ConfigNode::list() const {
  TRY_VOID(expect(Kind::kList, "a list"));
  std::vector<ConfigNode> items;
  for (std::size_t i = 0; i < data_->items.size(); ++i) {
    items.push_back(child(data_->items[i], field_ + "[" + std::to_string(i) + "]"));
  }
  return items;
}

Result<std::vector<std::string>> ConfigNode::strings() const {
  TRY(const auto items, list());
  std::vector<std::string> texts;
  for (const ConfigNode& item : items) {
    TRY(auto text, item.string());
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<std::vector<std::pair<std::string, ConfigNode>>> ConfigNode::entries() const {
  TRY_VOID(expect(Kind::kMap, "a map"));
  std::vector<std::pair<std::string, ConfigNode>> result;
  for (const auto& [key, value] : data_->fields) {
    result.emplace_back(key, child(value, field_.empty() ? key : field_ + "." + key));
  }
  return result;
}

Status ConfigNode::allow_only(std::initializer_list<std::string_view> names) const {
  TRY(const auto fields, entries());
  const std::vector<std::string_view> known(names);
  std::vector<Cause> causes;
  for (const auto& [key, value] : fields) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto meant = nearest(key, known);
    causes.push_back(
        value.cause(meant ? "unknown field, did you mean '" + std::string(*meant) + "'?" : "unknown field"));
  }
  if (causes.empty()) return {};
  return fail(ErrorKind::kInvalid, "invalid " + *file_, std::move(causes));
}

Result<std::vector<ConfigNode>> parse_config_documents(const std::string& text, const std::string& file) {
  const auto name = std::make_shared<const std::string>(file);
  std::vector<ConfigNode> documents;
  std::vector<Cause> causes;
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    for (;;) {
      Builder builder(file);
      if (!parser.HandleNextDocument(builder)) break;
      causes.insert(causes.end(), builder.causes.begin(), builder.causes.end());
      if (builder.root && builder.root->kind != Kind::kNull) documents.emplace_back(builder.root, name, "");
    }
  } catch (const YAML::DeepRecursion& problem) {
    causes.push_back({place(file, problem.mark.line, problem.mark.column), "", "nested too deep"});
  } catch (const YAML::Exception& problem) {
    causes.push_back({place(file, problem.mark.line, problem.mark.column), "", problem.msg});
  }
  if (!causes.empty()) return fail(ErrorKind::kInvalid, "invalid " + file, std::move(causes));
  return documents;
}

Result<ConfigNode> parse_config(const std::string& text, const std::string& file) {
  TRY(auto documents, parse_config_documents(text, file));
  if (documents.size() == 1) return std::move(documents[0]);
  const char* problem = documents.empty() ? "the file is empty" : "the file holds more than one document";
  return fail(ErrorKind::kInvalid, "invalid " + file, {Cause{file, "", problem}});
}

}  // namespace reconciler::yaml
