#include "kustomize/selector.h"

#include <algorithm>

#include <re2/re2.h>

namespace reconciler::kustomize {
namespace {

constexpr std::string_view kOperators = "\\.+*?()|[]{}^$";

}  // namespace

std::string text_of(const SelectorFields& selector) {
  std::string result;
  const auto add = [&](const char* part, std::string_view value) {
    if (!value.empty()) result += (result.empty() ? "" : " ") + std::string(part) + "=" + std::string(value);
  };
  add("group", selector.group);
  add("version", selector.version);
  add("kind", selector.kind);
  add("name", selector.name);
  add("namespace", selector.namespace_);
  add("labelSelector", selector.label_selector);
  add("annotationSelector", selector.annotation_selector);
  return result.empty() ? "any object" : result;
}

Result<Pattern> Pattern::compile(std::string_view text) {
  Pattern pattern;
  pattern.text_ = text;
  if (text.find_first_of(kOperators) == std::string_view::npos) return pattern;
  RE2::Options options;
  options.set_log_errors(false);
  auto expression = std::make_shared<const RE2>("^(?:" + pattern.text_ + ")$", options);
  if (!expression->ok()) return fail(ErrorKind::kInvalid, "not a regular expression: " + expression->error());
  pattern.expression_ = std::move(expression);
  return pattern;
}

bool Pattern::matches(std::string_view text) const {
  if (text_.empty()) return true;
  if (!expression_) return text == text_;
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

std::optional<std::string_view> Pattern::literal() const {
  if (text_.empty() || expression_) return std::nullopt;
  return text_;
}

Result<Matcher> Matcher::compile(const SelectorFields& selector) {
  std::vector<Cause> causes;
  const auto note = [&](auto made, const char* part, auto& into) {
    if (made) {
      into = std::move(*made);
    } else {
      causes.push_back({"", part, made.error().message});
    }
  };
  Matcher matcher;
  note(Pattern::compile(selector.group), "group", matcher.group_);
  note(Pattern::compile(selector.version), "version", matcher.version_);
  note(Pattern::compile(selector.kind), "kind", matcher.kind_);
  note(Pattern::compile(selector.name), "name", matcher.name_);
  note(Pattern::compile(selector.namespace_), "namespace", matcher.namespace_);
  note(LabelSelector::parse(selector.label_selector), "labelSelector", matcher.labels_);
  note(LabelSelector::parse(selector.annotation_selector), "annotationSelector", matcher.annotations_);
  if (!causes.empty()) return fail(ErrorKind::kInvalid, "bad selector", std::move(causes));
  return matcher;
}

bool Matcher::matches_type(const Gvk& type) const {
  return group_.matches(type.group) && version_.matches(type.version) && kind_.matches(type.kind);
}

bool Matcher::matches_labels(const yaml::Node& object) const {
  return annotations_.selects(object.find_path({"metadata", "annotations"})) &&
         labels_.selects(object.find_path({"metadata", "labels"}));
}

bool Matcher::matches(const Resource& resource) const {
  const auto now = resource.id();
  const auto first = resource.original_id();
  return (matches_namespace(first.namespace_) || matches_namespace(now.namespace_)) &&
         (matches_name(first.name) || matches_name(now.name)) && matches_type(now.type) &&
         matches_labels(*resource.node);
}

Result<std::vector<Resource*>> select(const ResourceMap& resources, const SelectorFields& selector) {
  TRY(const auto matcher, Matcher::compile(selector));
  const auto name = matcher.only_name();
  auto candidates = name ? resources.with_any_name(*name) : resources.all();
  std::erase_if(candidates, [&](const Resource* resource) { return !matcher.matches(*resource); });
  return candidates;
}

}  // namespace reconciler::kustomize
