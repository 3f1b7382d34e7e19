#include <algorithm>
#include <ostream>
#include <span>

#include <nlohmann/json.hpp>

#include "cli/findings.h"
#include "object/manifest.h"

namespace reconciler::cli {
namespace {

using validate::Finding;
using validate::Rule;

constexpr const char* kSchema = "https://json.schemastore.org/sarif-2.1.0.json";

std::vector<const Rule*> all_rules() {
  const auto of_sets = validate::rules();
  std::vector<const Rule*> all = {&kBuildRule, &kEnvironmentRule};
  all.insert(all.end(), of_sets.begin(), of_sets.end());
  return all;
}

/// A path as a URI reference (RFC 3986).
std::string uri_of(const std::string& path) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return uri;
}

Json location_of(const Finding& finding) {
  Json location = Json::object();
  if (!finding.file.empty()) {
    Json& place = location["physicalLocation"];
    place["artifactLocation"] = {{"uri", uri_of(finding.file)}};
    if (finding.line > 0) place["region"] = {{"startLine", finding.line}};
  }
  if (!finding.object.type.kind.empty())
    location["logicalLocations"] = Json::array({{{"fullyQualifiedName", finding.object.text()}, {"kind", "resource"}}});
  return location;
}

Json result_of(const Finding& finding, const std::vector<const Rule*>& rules) {
  const std::string message = finding.field.empty() ? finding.message : finding.field + ": " + finding.message;
  const auto index = std::ranges::find(rules, finding.rule) - rules.begin();
  return {{"ruleId", finding.rule->id},
          {"ruleIndex", index},
          {"level", to_string(finding.rule->severity)},
          {"message", {{"text", message}}},
          {"locations", Json::array({location_of(finding)})}};
}

Json description_of(const Rule& rule) {
  return {{"id", rule.id},
          {"shortDescription", {{"text", rule.summary}}},
          {"defaultConfiguration", {{"level", to_string(rule.severity)}}}};
}

}  // namespace

void print_sarif(const std::vector<Examined>& all, Console& console) {
  const auto rules = all_rules();
  Json driver = {{"name", "reconciler"}, {"version", RECONCILER_VERSION}, {"rules", Json::array()}};
  for (const auto* rule : rules) driver["rules"].push_back(description_of(*rule));
  Json results = Json::array();
  for (const auto& examined : all) {
    for (const auto& finding : examined.findings) results.push_back(result_of(finding, rules));
  }
  const Json run = {{"tool", {{"driver", std::move(driver)}}}, {"results", std::move(results)}};
  const Json log = {{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  console.out << log.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace reconciler::cli
