#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "kube/watch.h"
#include "support/field_ownership.h"

namespace reconciler::test {

/// What of an object a request gets to see, and whether it gets to see it at all.

inline ObjectKey key_of(const Json& object) {
  const std::string api_version = object.at("apiVersion");
  const Json& metadata = object.at("metadata");
  return {
      {std::string(group_of(api_version)), object.at("kind")}, metadata.value("namespace", ""), metadata.at("name")};
}

inline Json projected(const OwnedObject& object, kube::Projection projection) {
  Json body = object.body;
  body["metadata"]["managedFields"] = managed_fields(object);
  if (projection == kube::Projection::kFull) return body;
  return {{"apiVersion", body["apiVersion"]}, {"kind", body["kind"]}, {"metadata", body["metadata"]}};
}

/// Of label selectors, `name` and `name=value` are understood; field selectors are not.
inline bool matches(const kube::ListRequest& request, const OwnedObject& object) {
  const auto key = key_of(object.body);
  if (key.type != request.type || (!request.namespace_.empty() && key.namespace_ != request.namespace_)) return false;
  if (request.label_selector.empty()) return true;
  const Json labels = object.body["metadata"].value("labels", Json::object());
  const auto equals = request.label_selector.find('=');
  const auto name = request.label_selector.substr(0, equals);
  return labels.contains(name) &&
         (equals == std::string::npos || labels[name] == request.label_selector.substr(equals + 1));
}

}  // namespace reconciler::test
