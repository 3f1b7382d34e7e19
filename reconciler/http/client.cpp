#include "http/client.h"

#include <cpprest/http_client.h>
#include <nlohmann/json.hpp>

#include "http/secret_file.h"
#include "http/thread_pool.h"

namespace reconciler::http {
namespace {

using web::http::http_request;

ErrorKind kind_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorKind::kForbidden;
    case 404:
      return ErrorKind::kNotFound;
    case 409:
      return ErrorKind::kConflict;
    default:
      return status < 500 ? ErrorKind::kInvalid : ErrorKind::kUnavailable;
  }
}

std::string path_of(const std::string& name, const std::string& rest = "") {
  return "/api/v1/environments/" + web::uri::encode_data_string(name) + rest;
}

class HttpClient final : public Client {
 public:
  HttpClient(const std::string& server, const web::http::client::http_client_config& config, std::string token)
      : server_(server), token_(std::move(token)), client_(server, config) {}

  Result<Json> environments() override { return field(ask("GET", "/api/v1/environments"), "environments"); }
  Result<Json> environment(const std::string& name) override { return ask("GET", path_of(name)); }
  Result<Json> objects(const std::string& name) override {
    return field(ask("GET", path_of(name, "/objects")), "objects");
  }

  Result<std::string> sync(const std::string& name) override {
    TRY(const auto id, field(ask("POST", path_of(name, "/sync")), "id"));
    if (!id.is_string()) return fail(not_the_service());
    return id.get<std::string>();
  }

  Result<bool> suspend(const std::string& name, const std::string& by, const std::string& reason) override {
    const Json order{{"by", by}, {"reason", reason}};
    const auto body = order.dump(-1, ' ', false, Json::error_handler_t::replace);
    return is_kept(ask("POST", path_of(name, "/suspend"), body));
  }
  Result<bool> resume(const std::string& name) override { return is_kept(ask("POST", path_of(name, "/resume"))); }

 private:
  Result<Json> ask(const std::string& method, const std::string& path, const std::string& body_text = "") try {
    http_request request(method);
    request.set_request_uri(path);
    if (!body_text.empty()) request.set_body(body_text, "application/json");
    if (!token_.empty()) request.headers().add("Authorization", "Bearer " + token_);
    auto response = client_.request(request).get();
    auto body = Json::parse(response.extract_utf8string(true).get(), nullptr, false);
    if (response.status_code() >= 300) return fail(refusal(response.status_code(), body));
    if (!body.is_object()) return fail(not_the_service());
    return body;
  } catch (const std::exception& thrown) {
    return fail(ErrorKind::kUnavailable, "the service at " + server_ + " does not answer: " + thrown.what());
  }

  Result<bool> is_kept(Result<Json> answer) {
    TRY(const auto kept, field(std::move(answer), "kept"));
    if (!kept.is_boolean()) return fail(not_the_service());
    return kept.get<bool>();
  }

  Result<Json> field(Result<Json> body, const char* name) {
    if (!body) return body;
    const auto found = body->find(name);
    if (found == body->end()) return fail(not_the_service());
    return *found;
  }

  Error refusal(int status, const Json& body) {
    const auto message = Json::json_pointer("/error/message");
    if (!body.is_object() || !body.contains(message) || !body.at(message).is_string()) return not_the_service();
    return Error{kind_of(status), body.at(message).get<std::string>(), {}};
  }

  Error not_the_service() {
    return Error{ErrorKind::kUnavailable, "what answers at " + server_ + " is not the reconciler", {}};
  }

  const std::string server_;
  const std::string token_;
  web::http::client::http_client client_;
};

Result<std::string> read_token(const std::string& file) {
  if (file.empty()) return std::string();
  TRY(const auto secret, SecretFile::open(file));
  return secret->value().value_or("");
}

}  // namespace

Result<std::unique_ptr<Client>> Client::open(const ClientOptions& options) try {
  start_thread_pool();
  TRY(auto token, read_token(options.token_file));
  web::http::client::http_client_config config;
  config.set_timeout(options.timeout);
  return std::make_unique<HttpClient>(options.server, config, std::move(token));
} catch (const std::exception&) {
  return fail(ErrorKind::kInvalid, "'" + options.server + "' is no server: write a URL, as http://127.0.0.1:8080");
}

}  // namespace reconciler::http
