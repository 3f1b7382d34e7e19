#include "sync/attempts.h"

#include <utility>

namespace reconciler::sync {
namespace {

bool interrupts(ErrorKind kind) { return kind == ErrorKind::kUnavailable || kind == ErrorKind::kCancelled; }

/// What is wrong with the object, without its name.
std::string why(const Error& error) {
  if (error.causes.empty()) return error.message;
  std::string text;
  for (const auto& cause : error.causes)
    text += (text.empty() ? "" : "; ") + Cause{"", cause.field, cause.message}.text();
  return text;
}

}  // namespace

void Attempts::failed(const Desired& desired, Error error) {
  failed(desired.key, desired.manifest->origin, std::move(error));
}

void Attempts::failed(const ObjectKey& key, const std::string& origin, Error error) {
  if (interrupts(error.kind)) {
    if (!interruption_ || error.kind == ErrorKind::kCancelled) interruption_ = std::move(error);
    return;
  }
  refusals_[key] = why(error);
  all_forbidden_ = all_forbidden_ && error.kind == ErrorKind::kForbidden;
  const auto where = origin.empty() ? key.text() : key.text() + " (" + origin + ")";
  if (error.causes.empty()) causes_.push_back({where, "", error.message});
  for (auto& cause : error.causes) causes_.push_back({where, std::move(cause.field), std::move(cause.message)});
}

std::optional<Error> Attempts::error(std::size_t tried, const std::string& outcome) const {
  if (interruption_) return interruption_;
  if (causes_.empty()) return std::nullopt;
  const auto kind = all_forbidden_ ? ErrorKind::kForbidden : ErrorKind::kRejected;
  return Error{kind, std::to_string(refusals_.size()) + " of " + std::to_string(tried) + " objects refused, " + outcome,
               causes_};
}

Status verdict(const Attempts& attempts, std::size_t tried, const std::string& outcome) {
  if (auto error = attempts.error(tried, outcome)) return fail(*std::move(error));
  return {};
}

}  // namespace reconciler::sync
