#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "object/manifest.h"

namespace reconciler::http {

/// Orders the names of headers, which are the same in upper and lower case.
struct HeaderNameLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::map<std::string, std::string, HeaderNameLess>;

/// A request as handlers see it: whole, and within the limits of the listener.
struct Request {
  std::string method;                 ///< In upper case.
  std::vector<std::string> segments;  ///< Of the path, decoded; none for "/".
  Headers headers;                    ///< Several of one name are joined by ", ".
  std::string body;                   ///< As it came, to the byte.

  /// The value of a header; "" when there is none.
  std::string_view header(std::string_view name) const;
};

/// What is sent instead of a body: the events of an environment, as they come.
struct Following {
  std::string environment;
  std::string since;  ///< The id of the last event that the caller knows; "" for none.
};

struct Response {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Besides the type and the length.
  std::optional<Following> following = std::nullopt;
};

/// The segments of a path as a request line has it, without its query. Errors: kInvalid for bad percent-encoding.
Result<std::vector<std::string>> decode_path(const std::string& path);

Response text_response(int status, std::string text);
Response json_response(int status, const Json& body);
/// The one shape of all errors: `{"error": {"code": 404, "reason": "NotFound", "message": "…"}}`.
Response error_response(int status, const std::string& message);
/// The answer that fits the kind of error. Of kInternal it says nothing but that.
Response error_response(const Error& error);

/// The phrase of a status in CamelCase: "NotFound"; "Error" for one that this service never answers.
const char* reason_of(int status);

}  // namespace reconciler::http
