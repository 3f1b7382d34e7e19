#include "base/result.h"

namespace reconciler {

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kNotFound:
      return "not-found";
    case ErrorKind::kForbidden:
      return "forbidden";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kRejected:
      return "rejected";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

std::string Cause::text() const {
  std::string text;
  for (const auto* part : {&where, &field, &message}) {
    if (part->empty()) continue;
    if (!text.empty()) text += ": ";
    text += *part;
  }
  return text;
}

std::string Error::head() const { return where.empty() ? message : where + ": " + message; }

std::string Error::text() const {
  std::string text = head();
  for (const auto& cause : causes) text += "\n  " + cause.text();
  return text;
}

std::string Error::line() const {
  std::string line = head();
  for (std::size_t i = 0; i < causes.size(); ++i) line += (i == 0 ? ": " : "; ") + causes[i].text();
  return line;
}

Error Error::within(const std::string& context) && {
  auto& first = where.empty() ? message : where;
  first = context + ": " + first;
  return std::move(*this);
}

}  // namespace reconciler
