#include "controller/health_rules.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace reconciler::controller {
namespace {

using health::HealthRule;
using health::HealthStatus;
using yaml::ConfigNode;

constexpr std::size_t kMostRules = 256;

/// What a value can mean. The other words are for what is not there or cannot be read.
constexpr std::array kMeanings{HealthStatus::kHealthy, HealthStatus::kProgressing, HealthStatus::kDegraded,
                               HealthStatus::kSuspended};

/// Reads one rule and collects everything that is wrong with it.
class RuleReader {
 public:
  explicit RuleReader(std::vector<Cause>& causes) : causes_(causes) {}

  HealthRule read(const ConfigNode& node) {
    collect(node.allow_only({"group", "kind", "path", "values", "message"}));
    if (const auto group = node.at("group")) yaml::read_into(group->string(), rule_.type.group, causes_);
    if (const auto kind = required(node, "kind")) read_kind(*kind);
    if (const auto path = required(node, "path")) read_path(*path, rule_.path);
    if (const auto message = node.at("message")) read_path(*message, rule_.message);
    if (const auto values = required(node, "values")) read_values(*values);
    return std::move(rule_);
  }

 private:
  void read_kind(const ConfigNode& node) {
    if (!yaml::read_into(node.string(), rule_.type.kind, causes_) || !rule_.type.kind.empty()) return;
    causes_.push_back(node.cause("must be a kind, or \"*\" for all kinds of the group"));
  }

  void read_path(const ConfigNode& node, std::string& into) {
    if (!yaml::read_into(node.string(), into, causes_) || health::is_rule_path(into)) return;
    causes_.push_back(node.cause("must be the path of a field, as /status/phase or /status/conditions/Ready/status"));
  }

  void read_values(const ConfigNode& node) {
    collect(node.allow_only({"Healthy", "Progressing", "Degraded", "Suspended"}));
    for (const auto meaning : kMeanings) {
      if (const auto list = node.at(to_string(meaning))) {
        yaml::read_into(list->strings(), rule_.values[meaning], causes_);
      }
    }
    std::erase_if(rule_.values, [](const auto& entry) { return entry.second.empty(); });
    if (rule_.values.empty()) causes_.push_back(node.cause("must list a value, as Healthy: [Running]"));
    refuse_two_meanings(node);
  }

  void refuse_two_meanings(const ConfigNode& node) {
    std::map<std::string, HealthStatus> known;
    for (const auto& [meaning, values] : rule_.values) {
      for (const auto& value : values) {
        const auto [entry, is_new] = known.emplace(value, meaning);
        if (is_new || entry->second == meaning) continue;
        causes_.push_back(
            node.cause("'" + value + "' is listed as both " + to_string(entry->second) + " and " + to_string(meaning)));
      }
    }
  }

  std::optional<ConfigNode> required(const ConfigNode& node, const char* name) {
    auto field = node.required(name);
    if (field) return *std::move(field);
    collect(fail(std::move(field).error()));
    return std::nullopt;
  }

  void collect(Status status) {
    if (status) return;
    for (auto& cause : status.error().causes) causes_.push_back(std::move(cause));
  }

  HealthRule rule_;
  std::vector<Cause>& causes_;
};

}  // namespace

std::vector<HealthRule> read_health_rules(const ConfigNode& list, std::vector<Cause>& causes) {
  std::vector<ConfigNode> nodes;
  std::vector<HealthRule> rules;
  if (!yaml::read_into(list.list(), nodes, causes)) return rules;
  if (nodes.size() > kMostRules) causes.push_back(list.cause("has more than " + std::to_string(kMostRules) + " rules"));
  for (const auto& node : nodes) rules.push_back(RuleReader(causes).read(node));
  return rules;
}

Json to_json(const std::vector<HealthRule>& rules) {
  Json list = Json::array();
  for (const auto& rule : rules) {
    Json values = Json::object();
    for (const auto& [status, listed] : rule.values) values[to_string(status)] = listed;
    Json json{{"group", rule.type.group}, {"kind", rule.type.kind}, {"path", rule.path}, {"values", std::move(values)}};
    if (!rule.message.empty()) json["message"] = rule.message;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace reconciler::controller
