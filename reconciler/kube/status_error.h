#pragma once

#include <string>

#include "base/result.h"
#include "kube/transport.h"
#include "object/key.h"
#include "object/manifest.h"

namespace reconciler::kube {

/// What was asked of the server, as far as errors tell it.
struct Asked {
  std::string what;     ///< `Deployment.apps spira/nats`, or `list Deployment.apps`.
  bool secret = false;  ///< It concerns Secrets: the server's words may quote their values.

  static Asked about(const ObjectKey& key);
  static Asked listing(const GroupKind& type);
};

/// The error that an answer is (any but 2xx). The kinds are those of `Cluster`.
/// Source: `metav1.Status` in k8s.io/apimachinery/pkg/apis/meta/v1/types.go (reason, message, details.causes).
/// About Secrets nothing that the server quotes is passed on, but for forms that can hold no value: names of resources,
/// fields, accounts and managers.
Error error_of(const HttpAnswer& answer, const Asked& asked);

/// The same for a `metav1.Status` in the midst of a watch. `code` is the one of the status.
Error error_of(int code, const Json& status, const Asked& asked);

}  // namespace reconciler::kube
