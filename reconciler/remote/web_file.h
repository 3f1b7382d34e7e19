#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace reconciler::remote {

/// Says no to a URL that must not be asked. Called with the one that is wanted and with each that it redirects to.
using CheckUrl = std::function<Status(const std::string& url)>;

struct WebLimits {
  std::size_t bytes;
  std::chrono::seconds time;  ///< For each request.
  std::stop_token stop;       ///< Is noticed within a second.
};

/// The content behind an http or https URL, with the system's certificates and the usual proxy variables. Follows up to
/// five redirects. Errors: kNotFound (404, 410), kForbidden (401, 403), kInvalid (larger than is allowed, other
/// answers below 500), kCancelled, kUnavailable (all else), and those of `check`.
Result<std::string> get_web_file(const std::string& url, const WebLimits& limits, const CheckUrl& check);

}  // namespace reconciler::remote
