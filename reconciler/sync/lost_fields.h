#pragma once

#include <string>
#include <vector>

#include "object/manifest.h"

namespace reconciler::sync {

/// A field that Git names and that is not ours any more.
struct LostField {
  std::string field;    ///< As `spec.containers[0].image`.
  std::string manager;  ///< Who has it now, or who changed the object last when nobody has it.

  bool operator==(const LostField&) const = default;
};

/// What others took or removed of a manifest's fields, read from the owners of the live object. Pure.
std::vector<LostField> lost_fields(const Json& body, const Json& live);

/// `data.key by kubectl-edit, spec.replicas by scaler`; "" without any.
std::string text_of(const std::vector<LostField>& fields);

}  // namespace reconciler::sync
