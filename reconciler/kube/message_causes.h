#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace reconciler::kube {

/// Whether a message is a refusal of the applied object by its schema, which kube-apiserver answers with 500 and no
/// reason. Source: k8s.io/apimachinery/pkg/util/managedfields/internal/structuredmerge.go (`failed to create typed
/// patch object …`).
bool is_schema_refusal(const std::string& message);

/// The fields of a message that names them in its text alone: a refusal by the schema (each `.path: words`), or
/// `strict decoding error: unknown field "path", …`. Values that the server quotes are left out. Empty for other
/// messages.
std::vector<Cause> causes_in(const std::string& message);

}  // namespace reconciler::kube
