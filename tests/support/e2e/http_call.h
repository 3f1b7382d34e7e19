#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace reconciler::test {

struct HttpAnswer {
  long status = 0;  ///< 0 when nobody answered.
  std::string body;

  /// The body as JSON; throws when it is none.
  nlohmann::json json() const { return nlohmann::json::parse(body); }
};

using HttpHeaders = std::map<std::string, std::string>;

/// One request, on a connection of its own.
HttpAnswer http_get(const std::string& url, const HttpHeaders& headers = {});
HttpAnswer http_post(const std::string& url, const std::string& body, const HttpHeaders& headers = {});

}  // namespace reconciler::test
