#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "object/manifest.h"
#include "validate/validate.h"
#include "yaml/json.h"
#include "yaml/parse.h"

namespace reconciler::validate {

/// The objects of a text of manifests, as if rendered from `set.yaml`.
inline Rendered set_of(const std::string& yaml) {
  yaml::Arena arena;
  Rendered set;
  const auto documents = yaml::parse_manifests(yaml, "set.yaml", arena);
  EXPECT_TRUE(documents) << documents.error().text();
  if (!documents) return set;
  for (const yaml::Node* node : *documents) {
    const std::string api_version(node->text_of("apiVersion"));
    const auto* metadata = node->find("metadata");
    set.push_back({{{std::string(group_of(api_version)), std::string(node->text_of("kind"))},
                    std::string(metadata->text_of("namespace")),
                    std::string(metadata->text_of("name"))},
                   api_version,
                   yaml::to_json(*node).value(),
                   "set.yaml:" + std::to_string(node->mark().line)});
  }
  return set;
}

/// What is found in it: `rule object: field: message`, one a line.
inline std::vector<std::string> found_in(const Rendered& set) {
  const auto findings = validate(set, {});
  EXPECT_TRUE(findings);
  std::vector<std::string> lines;
  for (const auto& finding : *findings)
    lines.push_back(std::string(finding.rule->id) + " " + finding.object.text() + ": " +
                    (finding.field.empty() ? "" : finding.field + ": ") + finding.message);
  return lines;
}
inline std::vector<std::string> found_in(const std::string& yaml) { return found_in(set_of(yaml)); }

/// A pod `a/app` with this spec, at the indentation of its fields (two spaces).
inline std::string pod(const std::string& spec) {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: app, namespace: a, labels: {app: web}}\nspec:\n" + spec +
         "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n";
}

}  // namespace reconciler::validate
