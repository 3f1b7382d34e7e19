#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace reconciler::helm {

/// What a program wrote to its output.
struct Output {
  std::string out;
  std::string err;
};

/// Runs a program to its end with the caller's environment and these variables besides (`NAME=value`), its outputs kept
/// in `folder` meanwhile. Errors: kNotFound when there is no such program; kInvalid with what it said when it fails;
/// kUnavailable after the time-out, when it was killed.
Result<Output> run(const std::vector<std::string>& command, const std::vector<std::string>& variables,
                   const std::string& folder, std::chrono::milliseconds timeout);

}  // namespace reconciler::helm
