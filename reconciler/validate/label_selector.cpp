#include "validate/label_selector.h"

#include <algorithm>
#include <array>

namespace reconciler::validate {
namespace {

using yaml::Node;

constexpr auto kByControllers = std::to_array<std::string_view>(
    {"apps.kubernetes.io/pod-index", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index",
     "batch.kubernetes.io/job-name", "controller-revision-hash", "controller-uid", "deploymentconfig", "job-name",
     "pod-template-generation", "pod-template-hash", "rollouts-pod-template-hash",
     "statefulset.kubernetes.io/pod-name"});

std::string joined(const std::vector<std::string_view>& values) {
  std::string text;
  for (const auto value : values) (text += text.empty() ? "" : ",") += value;
  return text;
}

}  // namespace

LabelSelector LabelSelector::of_labels(const Node* labels) {
  LabelSelector selector;
  if (labels == nullptr) return selector;
  for (const auto& entry : labels->entries()) selector.require(entry.key->text(), "In", {entry.value->text()});
  selector.sort();
  return selector;
}

LabelSelector LabelSelector::of_selector(const Node* node) {
  if (node == nullptr) return {};
  LabelSelector selector = of_labels(node->find("matchLabels"));
  const Node* expressions = node->find("matchExpressions");
  if (expressions == nullptr) return selector;
  for (const Node* expression : expressions->items()) {
    std::vector<std::string_view> values;
    if (const Node* list = expression->find("values")) {
      for (const Node* value : list->items()) values.push_back(value->text());
    }
    selector.require(expression->text_of("key"), expression->text_of("operator"), std::move(values));
  }
  selector.sort();
  return selector;
}

void LabelSelector::require(std::string_view key, std::string_view operator_, std::vector<std::string_view> values) {
  if (std::ranges::find(kByControllers, key) != kByControllers.end()) return;
  if (operator_ == "In" && values.size() == 1) certain_.emplace_back(key, values.front());
  requirements_.push_back({key, operator_, std::move(values)});
}

void LabelSelector::sort() {
  std::ranges::sort(requirements_, {}, [](const Requirement& requirement) {
    return std::tie(requirement.key, requirement.operator_, requirement.values);
  });
}

bool LabelSelector::meets(const Labels& labels, const Requirement& requirement) {
  const auto found = std::ranges::find(labels, requirement.key, &Labels::value_type::first);
  const bool is_there = found != labels.end();
  if (requirement.operator_ == "Exists") return is_there;
  if (requirement.operator_ == "DoesNotExist") return !is_there;
  const bool is_in = is_there && std::ranges::find(requirement.values, found->second) != requirement.values.end();
  return requirement.operator_ == "NotIn" ? !is_in : is_in;
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::ranges::all_of(requirements_, [&](const Requirement& each) { return meets(labels, each); });
}

const std::pair<std::string_view, std::string_view>* LabelSelector::certain() const {
  return certain_.empty() ? nullptr : &certain_.front();
}

std::string LabelSelector::text() const {
  std::string text;
  for (const auto& [key, operator_, values] : requirements_) {
    if (!text.empty()) text += ',';
    if (operator_ == "DoesNotExist") text += '!';
    text += key;
    if (operator_ == "In" && values.size() == 1) {
      (text += '=') += values.front();
    } else if (operator_ == "In" || operator_ == "NotIn") {
      text += (operator_ == "In" ? " in (" : " notin (") + joined(values) + ')';
    }
  }
  return text;
}

Labels labels_of(const Node* map) {
  Labels labels;
  if (map == nullptr) return labels;
  for (const auto& entry : map->entries()) labels.emplace_back(entry.key->text(), entry.value->text());
  std::ranges::sort(labels);
  return labels;
}

}  // namespace reconciler::validate
