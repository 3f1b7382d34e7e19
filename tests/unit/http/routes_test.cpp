#include "http/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "fake_api.h"
#include "temporary_file.h"

namespace reconciler::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kToken = "open-sesame";
constexpr const char* kSecret = "shared-with-the-forge";
constexpr const char* kPush = R"({"ref": "refs/heads/main", "after": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7"})";

struct Configured {
  bool token = true;
  bool secret = true;
  bool open_reads = true;
};

class RoutesTest : public testing::Test {
 protected:
  Response ask(const std::string& method, const std::string& path, Headers headers = {}, std::string body = "",
               Configured configured = {}) {
    Access access(configured.token ? *SecretFile::open(token_.path()) : nullptr,
                  configured.secret ? *SecretFile::open(secret_.path()) : nullptr, configured.open_reads);
    return Routes(access, api_).handle({method, *decode_path(path), std::move(headers), std::move(body)});
  }

  static Headers signed_by(const std::string& header, const std::string& body) {
    return {{header, "sha256=" + hex(hmac("sha256", kSecret, body))}};
  }

  TemporaryFile token_{kToken};
  TemporaryFile secret_{kSecret};
  FakeApi api_;
};

std::string header_of(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

void expect_error(const Response& response, int status, const char* reason) {
  EXPECT_EQ(response.status, status);
  EXPECT_EQ(response.content_type, "application/json");
  const auto error = Json::parse(response.body).at("error");
  EXPECT_EQ(error.at("code"), status);
  EXPECT_EQ(error.at("reason"), reason);
  EXPECT_FALSE(error.at("message").get<std::string>().empty());
}

const Headers kBearer = {{"Authorization", std::string("Bearer ") + kToken}};

TEST_F(RoutesTest, list_all_environments) {
  const auto response = ask("GET", "/api/v1/environments");
  EXPECT_EQ(response.status, 200);
  const auto environments = Json::parse(response.body).at("environments");
  ASSERT_EQ(environments.size(), 1U);
  EXPECT_EQ(environments[0].at("name"), "kind-dev");
}

TEST_F(RoutesTest, show_one_environment) {
  const auto body = Json::parse(ask("GET", "/api/v1/environments/kind-dev").body);
  EXPECT_EQ(body.at("name"), "kind-dev");
  EXPECT_EQ(body.at("sync"), "Synced");
  EXPECT_EQ(body.at("health"), "Healthy");
  EXPECT_EQ(body.at("revision").at("applied"), std::string(40, 'a'));
}

TEST_F(RoutesTest, show_the_objects_of_an_environment) {
  const auto objects = Json::parse(ask("GET", "/api/v1/environments/kind-dev/objects").body).at("objects");
  ASSERT_EQ(objects.size(), 1U);
  EXPECT_EQ(objects[0].at("kind"), "Deployment");
  EXPECT_EQ(objects[0].at("name"), "inference");
  EXPECT_EQ(objects[0].at("revision"), std::string(40, 'a'));
}

TEST_F(RoutesTest, leave_the_objects_to_the_replica_that_works_on_them) {
  api_.is_others_ = true;
  const auto response = ask("GET", "/api/v1/environments/kind-dev/objects");
  expect_error(response, 503, "ServiceUnavailable");
  EXPECT_THAT(response.body, HasSubstr("another replica"));
}

TEST_F(RoutesTest, take_heed_of_percent_encoding_in_names) {
  EXPECT_EQ(ask("GET", "/api/v1/environments/kind%2Ddev").status, 200);
  EXPECT_FALSE(decode_path("/api/v1/environments/%zz"));
}

TEST_F(RoutesTest, know_no_environment_of_another_name) {
  for (const char* path : {"/api/v1/environments/none", "/api/v1/environments/none/objects"}) {
    expect_error(ask("GET", path), 404, "NotFound");
  }
  expect_error(ask("POST", "/api/v1/environments/none/sync", kBearer), 404, "NotFound");
}

TEST_F(RoutesTest, know_no_other_path) {
  for (const char* path : {"/", "/api", "/api/v1/environments/kind-dev/sync/x", "/metrics/x", "/favicon.ico"}) {
    expect_error(ask("GET", path), 404, "NotFound");
  }
}

TEST_F(RoutesTest, name_the_methods_that_a_path_takes) {
  const auto response = ask("DELETE", "/api/v1/environments/kind-dev");
  expect_error(response, 405, "MethodNotAllowed");
  EXPECT_EQ(header_of(response, "Allow"), "GET, HEAD");
  EXPECT_EQ(header_of(ask("GET", "/api/v1/environments/kind-dev/sync"), "Allow"), "POST");
  EXPECT_EQ(header_of(ask("TRACE", "/webhooks/github"), "Allow"), "POST");
}

TEST_F(RoutesTest, answer_head_as_get) {
  EXPECT_EQ(ask("HEAD", "/livez").status, 200);
  EXPECT_EQ(ask("HEAD", "/api/v1/environments/none").status, 404);
}

TEST_F(RoutesTest, tell_probes_how_the_service_is) {
  EXPECT_EQ(ask("GET", "/livez").status, 200);
  EXPECT_EQ(ask("GET", "/readyz").status, 200);
  api_.ready_ = false;
  EXPECT_EQ(ask("GET", "/livez").status, 200);
  EXPECT_EQ(ask("GET", "/readyz").status, 503);
  api_.live_ = false;
  EXPECT_EQ(ask("GET", "/livez").status, 503);
}

TEST_F(RoutesTest, hand_out_the_metrics_as_prometheus_reads_them) {
  const auto response = ask("GET", "/metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response.body, "reconciler_up 1\n");
}

TEST_F(RoutesTest, sync_with_the_token_and_answer_the_id) {
  const auto response = ask("POST", "/api/v1/environments/kind-dev/sync", kBearer);
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(Json::parse(response.body), Json({{"id", "sync-1"}}));
  EXPECT_EQ(
      ask("POST", "/api/v1/environments/kind-dev/sync", {{"authorization", std::string("bearer  ") + kToken}}).status,
      202);
}

TEST_F(RoutesTest, sync_with_a_signature) {
  for (const std::string body : {"", "{}"}) {
    EXPECT_EQ(ask("POST", "/api/v1/environments/kind-dev/sync", signed_by("X-Signature-256", body), body).status, 202);
  }
  EXPECT_THAT(api_.syncs(), ElementsAre("kind-dev", "kind-dev"));
}

TEST_F(RoutesTest, suspend_and_resume_with_the_token) {
  const auto* suspend = "/api/v1/environments/kind-dev/suspend";
  EXPECT_EQ(ask("POST", suspend, kBearer, R"({"reason": "maintenance", "by": "alice"})").status, 200);
  EXPECT_EQ(ask("POST", suspend, kBearer, R"({"reason": "maintenance"})").status, 200);
  EXPECT_EQ(ask("POST", "/api/v1/environments/kind-dev/resume", kBearer).status, 200);
  EXPECT_THAT(api_.suspensions(),
              ElementsAre("kind-dev by alice: maintenance", "kind-dev by api: maintenance", "kind-dev resumed"));
}

TEST_F(RoutesTest, a_suspension_that_is_not_in_the_cluster_yet_is_only_accepted) {
  api_.is_kept_ = false;
  for (const auto* verb : {"suspend", "resume"}) {
    const auto answer =
        ask("POST", std::string("/api/v1/environments/kind-dev/") + verb, kBearer, R"({"reason": "maintenance"})");
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(Json::parse(answer.body), (Json{{"kept", false}}));
  }
}

TEST_F(RoutesTest, suspend_only_with_a_reason_and_what_there_is) {
  const auto suspend = [&](const std::string& body) {
    return ask("POST", "/api/v1/environments/kind-dev/suspend", kBearer, body);
  };
  for (const auto* body :
       {"", "[]", "{", "{}", R"({"reason": ""})", R"({"reason": 7})", R"({"reason": "a", "who": "b"})"}) {
    expect_error(suspend(body), 400, "BadRequest");
  }
  expect_error(suspend(Json{{"reason", std::string(1025, 'a')}}.dump()), 400, "BadRequest");
  expect_error(ask("POST", "/api/v1/environments/none/suspend", kBearer, R"({"reason": "a"})"), 404, "NotFound");
  expect_error(ask("POST", "/api/v1/environments/kind-dev/suspend", {}, R"({"reason": "a"})"), 401, "Unauthorized");
  expect_error(ask("POST", "/api/v1/environments/kind-dev/resume"), 401, "Unauthorized");
}

TEST_F(RoutesTest, suspend_and_resume_for_no_signature_since_anyone_can_send_a_delivery_again) {
  const std::string order = R"({"reason": "maintenance"})";
  const std::pair<const char*, std::string> calls[] = {
      {"suspend", order}, {"suspend", kPush}, {"resume", kPush}, {"resume", ""}};
  for (const auto& [verb, body] : calls) {
    for (const char* header : {"X-Signature", "X-Hub-Signature-256"}) {
      expect_error(ask("POST", std::string("/api/v1/environments/kind-dev/") + verb, signed_by(header, body), body),
                   401, "Unauthorized");
    }
  }
  EXPECT_THAT(api_.suspensions(), IsEmpty());
}

TEST_F(RoutesTest, sync_for_nobody_else) {
  const Headers strangers[] = {{},
                               {{"Authorization", "Bearer guess"}},
                               {{"Authorization", "Bearer "}},
                               {{"Authorization", "Bearer"}},
                               {{"Authorization", kToken}},
                               {{"Authorization", std::string("Basic ") + kToken}},
                               {{"X-Signature-256", "sha256=" + std::string(64, '0')}},
                               signed_by("X-Signature-256", "another body")};
  for (const auto& headers : strangers) {
    const auto response = ask("POST", "/api/v1/environments/kind-dev/sync", headers);
    expect_error(response, 401, "Unauthorized");
    EXPECT_THAT(header_of(response, "WWW-Authenticate"), HasSubstr("Bearer"));
  }
  EXPECT_THAT(api_.syncs(), IsEmpty());
}

TEST_F(RoutesTest, say_what_to_configure_where_nobody_may_sync) {
  const auto response = ask("POST", "/api/v1/environments/kind-dev/sync", kBearer, "", {false, false, true});
  expect_error(response, 401, "Unauthorized");
  EXPECT_THAT(response.body, HasSubstr("--token-file"));
}

TEST_F(RoutesTest, do_not_tell_strangers_which_environments_there_are) {
  const Configured outside{true, true, false};
  for (const char* path : {"/api/v1/environments", "/api/v1/environments/kind-dev", "/api/v1/environments/none",
                           "/api/v1/environments/kind-dev/objects"}) {
    expect_error(ask("GET", path, {}, "", outside), 401, "Unauthorized");
    EXPECT_NE(ask("GET", path, kBearer, "", outside).status, 401);
  }
  expect_error(ask("POST", "/api/v1/environments/none/sync"), 401, "Unauthorized");
  for (const char* path : {"/livez", "/readyz", "/metrics"}) EXPECT_EQ(ask("GET", path, {}, "", outside).status, 200);
}

TEST_F(RoutesTest, take_the_push_of_a_forge) {
  const auto response = ask("POST", "/webhooks/github", signed_by("X-Hub-Signature-256", kPush), kPush);
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(Json::parse(response.body), Json({{"environments", {"kind-dev"}}}));
  ASSERT_EQ(api_.pushes().size(), 1U);
  EXPECT_EQ(api_.pushes()[0].commit, "da1560886d4f094c3e6c9ef40349f7d38b5d27d7");
}

TEST_F(RoutesTest, answer_a_push_that_nobody_follows) {
  const std::string push = R"({"ref": "refs/heads/topic"})";
  const auto response = ask("POST", "/webhooks/github", signed_by("X-Hub-Signature-256", push), push);
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(Json::parse(response.body), Json({{"environments", Json::array()}}));
}

TEST_F(RoutesTest, answer_a_ping) {
  auto headers = signed_by("X-Hub-Signature-256", "{}");
  headers["X-GitHub-Event"] = "ping";
  const auto response = ask("POST", "/webhooks/github", headers, "{}");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Json::parse(response.body), Json({{"message", "pong"}}));
  EXPECT_THAT(api_.pushes(), IsEmpty());
}

TEST_F(RoutesTest, answer_the_ping_that_bitbucket_does_not_sign_and_nothing_else_unsigned) {
  const auto response = ask("POST", "/webhooks/bitbucket", {{"X-Event-Key", "diagnostics:ping"}}, "{not json");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Json::parse(response.body), Json({{"message", "pong"}}));
  for (const char* event : {"repo:push", "repo:refs_changed", "diagnostics", ""}) {
    expect_error(ask("POST", "/webhooks/bitbucket", {{"X-Event-Key", event}}, "{}"), 401, "Unauthorized");
  }
  expect_error(ask("POST", "/webhooks/github", {{"X-Event-Key", "diagnostics:ping"}}, "{}"), 401, "Unauthorized");
  expect_error(ask("POST", "/webhooks/github", {{"X-GitHub-Event", "ping"}}, "{}"), 401, "Unauthorized");
  EXPECT_THAT(api_.pushes(), IsEmpty());
}

TEST_F(RoutesTest, look_at_no_body_whose_signature_is_wrong_or_missing) {
  const std::string garbage = "{not json";
  for (const char* forge : {"github", "gitlab", "gitea", "bitbucket", "generic"}) {
    for (const auto& body : {std::string(kPush), garbage}) {
      const auto path = std::string("/webhooks/") + forge;
      expect_error(ask("POST", path, {}, body), 401, "Unauthorized");
      expect_error(ask("POST", path, {{"X-Gitlab-Token", "guess"}, {"X-Signature", "sha256=00"}}, body), 401,
                   "Unauthorized");
      expect_error(ask("POST", path, kBearer, body), 401, "Unauthorized");
    }
  }
  EXPECT_THAT(api_.pushes(), IsEmpty());
}

TEST_F(RoutesTest, call_a_signed_body_that_cannot_be_read_a_bad_request) {
  const std::string garbage = "{not json";
  expect_error(ask("POST", "/webhooks/github", signed_by("X-Hub-Signature-256", garbage), garbage), 400, "BadRequest");
}

TEST_F(RoutesTest, say_how_to_send_json_to_a_webhook_that_sends_a_form) {
  const std::string form = "payload=%7B%7D";
  auto headers = signed_by("X-Hub-Signature-256", form);
  headers["Content-Type"] = "application/x-www-form-urlencoded";
  const auto response = ask("POST", "/webhooks/github", headers, form);
  expect_error(response, 415, "UnsupportedMediaType");
  EXPECT_THAT(response.body, HasSubstr("application/json"));
}

TEST_F(RoutesTest, know_five_forges) {
  expect_error(ask("POST", "/webhooks/sourceforge", kBearer, kPush), 404, "NotFound");
}

TEST_F(RoutesTest, take_no_webhook_without_a_secret) {
  const auto response =
      ask("POST", "/webhooks/github", signed_by("X-Hub-Signature-256", kPush), kPush, {true, false, true});
  expect_error(response, 403, "Forbidden");
  EXPECT_THAT(response.body, HasSubstr("--webhook-secret-file"));
  EXPECT_THAT(api_.pushes(), IsEmpty());
}

TEST_F(RoutesTest, take_no_empty_secret_for_a_secret) {
  secret_.write(kSecret);
  Access access(nullptr, *SecretFile::open(secret_.path()), true);
  secret_.write("");
  Routes routes(access, api_);
  const Headers empty_key = {{"X-Hub-Signature-256", "sha256=" + hex(hmac("sha256", "", kPush))}};
  expect_error(routes.handle({"POST", {"webhooks", "github"}, empty_key, kPush}), 401, "Unauthorized");
  expect_error(routes.handle({"POST", {"webhooks", "gitlab"}, {}, kPush}), 401, "Unauthorized");
}

TEST_F(RoutesTest, answer_names_that_are_no_text) {
  const auto response = ask("GET", "/api/v1/environments/%ff%fe");
  expect_error(response, 404, "NotFound");
}

TEST_F(RoutesTest, never_show_a_secret) {
  for (const auto& response :
       {ask("POST", "/api/v1/environments/kind-dev/sync"), ask("POST", "/webhooks/github", {}, kPush),
        ask("GET", "/api/v1/environments", {}, "", {true, true, false}), ask("GET", "/nowhere", kBearer)}) {
    EXPECT_EQ(response.body.find(kToken), std::string::npos);
    EXPECT_EQ(response.body.find(kSecret), std::string::npos);
  }
}

}  // namespace
}  // namespace reconciler::http
