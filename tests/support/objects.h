#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "object/manifest.h"

namespace reconciler::test {

/// Objects for tests, as small as they can be.

inline Json object(const std::string& api_version, const std::string& kind, const std::string& namespace_,
                   const std::string& name) {
  Json metadata{{"name", name}};
  if (!namespace_.empty()) metadata["namespace"] = namespace_;
  return {{"apiVersion", api_version}, {"kind", kind}, {"metadata", std::move(metadata)}};
}

inline Json config_map(const std::string& namespace_, const std::string& name, const std::string& value = "1") {
  Json body = object("v1", "ConfigMap", namespace_, name);
  body["data"] = {{"key", value}};
  return body;
}

inline Json deployment(const std::string& namespace_, const std::string& name, int replicas = 1) {
  Json body = object("apps/v1", "Deployment", namespace_, name);
  body["spec"] = {{"replicas", replicas}};
  return body;
}

inline Json definition(const std::string& group, const std::string& kind, const std::string& scope = "Namespaced") {
  Json body = object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", kind + "s." + group);
  body["spec"] = {{"group", group}, {"names", {{"kind", kind}}}, {"scope", scope}, {"versions", {{{"name", "v1"}}}}};
  return body;
}

/// As if it had been rendered from that place.
inline Manifest manifest_of(const Json& body, const std::string& origin = "") {
  const auto api_version = body.at("apiVersion").get<std::string>();
  const Json& metadata = body.at("metadata");
  return {{{std::string(group_of(api_version)), body.at("kind")}, metadata.value("namespace", ""), metadata.at("name")},
          api_version,
          body.dump(),
          origin};
}

inline std::shared_ptr<const Rendered> rendered(const std::vector<Json>& bodies) {
  auto manifests = std::make_shared<Rendered>();
  for (const auto& body : bodies) manifests->push_back(manifest_of(body));
  return manifests;
}

}  // namespace reconciler::test
