#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/result.h"

namespace reconciler::remote {

/// Says no to a URL that must not be asked. Called with the one that is wanted and with each that it redirects to.
using CheckUrl = std::function<Status(const std::string& url)>;

/// The content behind an http or https URL, with the system's certificates and the usual proxy variables. Follows up to
/// five redirects. Errors: kNotFound (404, 410), kForbidden (401, 403), kInvalid (larger than `max_bytes`, other
/// answers below 500), kUnavailable (all else), and those of `check`.
Result<std::string> get_web_file(const std::string& url, std::size_t max_bytes, std::chrono::seconds timeout,
                                 const CheckUrl& check);

}  // namespace reconciler::remote
