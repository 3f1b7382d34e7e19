#pragma once

#include <string>

#include "base/result.h"

namespace reconciler::http {

/// The body of `POST …/suspend`.
struct SuspendOrder {
  std::string reason;
  std::string by;  ///< "api" when it says nobody.
};

/// Reads `{"reason": "…", "by": "…"}`. Errors: kInvalid (no JSON object, no reason, a field that is unknown, no text or
/// longer than a line of a status should be).
Result<SuspendOrder> read_suspend_order(const std::string& body);

}  // namespace reconciler::http
