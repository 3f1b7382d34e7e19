#pragma once

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "kube/cluster.h"

namespace reconciler::test {

/// The apply of a whole object.
inline kube::ApplyRequest apply_of(const Json& object) {
  kube::ApplyRequest request;
  const std::string api_version = object["apiVersion"];
  const auto& metadata = object["metadata"];
  request.key = {
      {std::string(group_of(api_version)), object["kind"]}, metadata.value("namespace", ""), metadata["name"]};
  request.api_version = api_version;
  request.body = object.dump();
  return request;
}

/// A ConfigMap in namespace `default`, with the value under `key`.
inline Json config_map(const std::string& name, const std::string& value, Json labels = Json::object()) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"namespace", "default"}, {"labels", std::move(labels)}}},
          {"data", {{"key", value}}}};
}

/// The ConfigMaps whose label `of` has that value.
inline kube::ListRequest labelled(const std::string& value) {
  kube::ListRequest request;
  request.type = {"", "ConfigMap"};
  request.label_selector = "of=" + value;
  return request;
}

}  // namespace reconciler::test
