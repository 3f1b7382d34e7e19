#pragma once

#include <string>
#include <string_view>

#include "kube/cluster.h"

namespace reconciler::kube {

/// Percent-encoding of RFC 3986: all but its unreserved characters.
std::string percent_encode(std::string_view text);

/// `/apis/apps/v1/namespaces/spira/deployments`; the namespace is left out for "" and for kinds of cluster scope.
std::string collection_path(const ApiResource& resource, std::string_view namespace_);

/// The path of one object; `subresource` may be "".
std::string object_path(const ApiResource& resource, const ObjectKey& key, std::string_view subresource = "");

/// A query of a URL, put together pair by pair.
class Query {
 public:
  /// Adds `name=value`; nothing for an empty value.
  Query& add(std::string_view name, std::string_view value);
  /// `?a=b&c=d`, or "" without pairs.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace reconciler::kube
