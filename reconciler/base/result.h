#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace reconciler {

/// What a caller can do about an error. The text is for people; code decides by the kind alone.
enum class ErrorKind {
  kInvalid,      ///< The input is wrong: nothing but a change of the input helps.
  kNotFound,     ///< What was asked for does not exist.
  kForbidden,    ///< Not allowed (401, 403, refused credentials): only a person can help.
  kConflict,     ///< Somebody else changed it meanwhile, or holds it: look again.
  kRejected,     ///< The API server understood and refused; `causes` says which object and field, and why.
  kUnavailable,  ///< A remote is down, slow or busy: the same call may succeed later.
  kCancelled,    ///< Stopped on request: by shutdown, or because newer work took its place.
  kInternal,     ///< A defect of this program or a broken environment.
};

/// The word that logs, metrics and JSON use for the kind: "invalid", "not-found", …
const char* to_string(ErrorKind kind);

/// One independent reason of an error. Any part may be empty.
struct Cause {
  std::string where;    ///< `file:line:column`, or an object as `Kind namespace/name`.
  std::string field;    ///< The field within it, as `spec.replicas`.
  std::string message;  ///< What is wrong, and what was expected.

  /// `where: field: message` without the parts that are empty.
  std::string text() const;
  bool operator==(const Cause&) const = default;
};

/// A failure as a value. Holds no file content and no Secret value: whoever makes one sees to that.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;        ///< One line, without a full stop.
  std::vector<Cause> causes;  ///< All independent reasons, in order; may be empty.
  std::string where = {};     ///< What all of it is about, as `Kind namespace/name`, and nothing else names; or "".

  /// `where: message`.
  std::string head() const;
  /// The head, then each cause in a line of its own, indented.
  std::string text() const;
  /// The head and the causes in one line, separated by "; ".
  std::string line() const;
  /// The same error, with `context: ` before the head.
  Error within(const std::string& context) &&;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::vector<Cause> causes = {}) {
  return tl::unexpected<Error>(Error{kind, std::move(message), std::move(causes)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace reconciler

#define RECONCILER_CONCAT_(a, b) a##b
#define RECONCILER_CONCAT(a, b) RECONCILER_CONCAT_(a, b)

/// TRY(declaration, expression): declares what a Result holds, or returns its error from the function.
#define TRY(declaration, ...)                                                           \
  auto RECONCILER_CONCAT(result_, __LINE__) = (__VA_ARGS__);                            \
  if (!RECONCILER_CONCAT(result_, __LINE__)) {                                          \
    return ::reconciler::fail(std::move(RECONCILER_CONCAT(result_, __LINE__)).error()); \
  }                                                                                     \
  declaration = std::move(*RECONCILER_CONCAT(result_, __LINE__))

/// TRY_VOID(expression): returns the error of a Status from the function, if there is one.
#define TRY_VOID(...)                                            \
  do {                                                           \
    auto try_status_ = (__VA_ARGS__);                            \
    if (!try_status_) {                                          \
      return ::reconciler::fail(std::move(try_status_).error()); \
    }                                                            \
  } while (false)
