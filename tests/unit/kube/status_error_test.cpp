#include "kube/status_error.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::kube {
namespace {

const Asked kDeployment = Asked::about({{"apps", "Deployment"}, "spira", "nats"});
const Asked kSecret = Asked::about({{"", "Secret"}, "spira", "login"});
constexpr const char* kCanary = "canary-7f3a";

HttpAnswer status(int code, const std::string& reason, const std::string& message, Json causes = Json::array()) {
  Json body{{"kind", "Status"}, {"message", message}, {"details", {{"causes", std::move(causes)}}}, {"code", code}};
  if (!reason.empty()) body["reason"] = reason;
  return {code, body.dump(), {}, Failure::kNone, ""};
}

TEST(StatusError, a_validation_keeps_field_and_words_of_every_cause) {
  const auto error =
      error_of(status(422, "Invalid", "Deployment.apps \"nats\" is invalid: …",
                      {{{"reason", "FieldValueInvalid"},
                        {"message", "Invalid value: -1: must be positive"},
                        {"field", "spec.replicas"}},
                       {{"reason", "FieldValueRequired"}, {"message", "Required value"}, {"field", "spec.selector"}}}),
               kDeployment);
  EXPECT_EQ(error.kind, ErrorKind::kRejected);
  EXPECT_EQ(error.text(),
            "Deployment.apps spira/nats: the API server rejects it\n"
            "  spec.replicas: Invalid value: -1: must be positive\n"
            "  spec.selector: Required value");
}

TEST(StatusError, a_rejection_without_causes_has_one_with_the_message) {
  const auto error = error_of(status(400, "BadRequest", "the namespaces do not match."), kDeployment);
  EXPECT_EQ(error.kind, ErrorKind::kRejected);
  ASSERT_EQ(error.causes.size(), 1U);
  EXPECT_EQ(error.causes[0], (Cause{"", "", "the namespaces do not match"}));
}

TEST(StatusError, an_unknown_field_of_an_apply_is_a_rejection_although_the_server_says_500) {
  const auto error =
      error_of(status(500, "",
                      "failed to create typed patch object (spira/nats; apps/v1, Kind=Deployment): errors:\n"
                      "  .spec.replica: field not declared in schema\n"
                      "  .spec.paused: expected boolean, got &value.valueUnstructured{Value:\"x\"}"),
               kDeployment);
  EXPECT_EQ(error.kind, ErrorKind::kRejected);
  ASSERT_EQ(error.causes.size(), 2U);
  EXPECT_EQ(error.causes[0], (Cause{"", "spec.replica", "field not declared in schema"}));
  EXPECT_EQ(error.causes[1], (Cause{"", "spec.paused", "expected boolean"}));
}

TEST(StatusError, what_keeps_only_the_object_out_is_a_rejection_although_the_server_says_500) {
  for (const auto* message :
       {"Internal error occurred: failed calling webhook \"a.example.org\": failed to call webhook: Post "
        "\"https://a.b.svc:443/\": service \"a\" not found",
        "etcdserver: request is too large",
        "rpc error: code = ResourceExhausted desc = trying to send message larger than max (3 vs. 2)"}) {
    const auto error = error_of(status(500, "InternalError", message), kDeployment);
    EXPECT_EQ(error.kind, ErrorKind::kRejected) << message;
    ASSERT_EQ(error.causes.size(), 1U);
    EXPECT_EQ(error.causes[0], (Cause{"", "", message}));
  }
}

TEST(StatusError, a_strict_decoding_error_names_every_field) {
  const auto error =
      error_of(status(400, "BadRequest",
                      "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: "
                      "unknown field \"spec.foo\", duplicate field \"spec.bar\""),
               kDeployment);
  ASSERT_EQ(error.causes.size(), 2U);
  EXPECT_EQ(error.causes[0], (Cause{"", "spec.foo", "unknown field"}));
  EXPECT_EQ(error.causes[1], (Cause{"", "spec.bar", "duplicate field"}));
}

TEST(StatusError, a_conflict_names_manager_and_field) {
  const auto error =
      error_of(status(409, "Conflict", "Apply failed with 1 conflict: conflict with \"kubectl\": .spec.replicas",
                      {{{"reason", "FieldManagerConflict"},
                        {"message", "conflict with \"kubectl\" using apps/v1"},
                        {"field", ".spec.replicas"}}}),
               kDeployment);
  EXPECT_EQ(error.kind, ErrorKind::kConflict);
  ASSERT_EQ(error.causes.size(), 1U);
  EXPECT_EQ(error.causes[0], (Cause{"", "spec.replicas", "conflict with \"kubectl\" using apps/v1"}));
}

TEST(StatusError, the_kind_follows_the_code) {
  const auto kind = [](int code) { return error_of(status(code, "", "words"), kDeployment).kind; };
  EXPECT_EQ(kind(401), ErrorKind::kForbidden);
  EXPECT_EQ(kind(403), ErrorKind::kForbidden);
  EXPECT_EQ(kind(404), ErrorKind::kNotFound);
  EXPECT_EQ(kind(405), ErrorKind::kRejected);
  EXPECT_EQ(kind(409), ErrorKind::kConflict);
  EXPECT_EQ(kind(413), ErrorKind::kRejected);
  EXPECT_EQ(kind(429), ErrorKind::kUnavailable);
  EXPECT_EQ(kind(500), ErrorKind::kUnavailable);
  EXPECT_EQ(kind(503), ErrorKind::kUnavailable);
}

TEST(StatusError, what_a_policy_or_a_webhook_denies_is_forbidden_whatever_its_code) {
  const std::string policy =
      "deployments.apps \"nats\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no";
  const std::string webhook = "admission webhook \"validate.kyverno.svc\" denied the request: no";
  for (const auto& [code, message] : {std::pair(422, policy), std::pair(400, webhook), std::pair(403, webhook)}) {
    const auto causes = Json::array({Json::object({{"message", message}})});
    const auto error = error_of(status(code, "Invalid", message, causes), kDeployment);
    EXPECT_EQ(error.kind, ErrorKind::kForbidden) << message;
    EXPECT_EQ(error.text(), "Deployment.apps spira/nats: " + message);
  }
}

TEST(StatusError, a_webhook_that_names_a_field_rejects_it) {
  const auto error =
      error_of(status(422, "Invalid", "admission webhook \"v.example.org\" denied the request: spec.size: too large",
                      {{{"message", "too large"}, {"field", "spec.size"}}}),
               kDeployment);
  EXPECT_EQ(error.kind, ErrorKind::kRejected);
  EXPECT_EQ(error.causes.at(0), (Cause{"", "spec.size", "too large"}));
}

TEST(StatusError, an_answer_that_is_no_status_is_told_by_its_code_alone) {
  const auto error = error_of({502, "<html>a proxy's page</html>", {}, Failure::kNone, ""}, kDeployment);
  EXPECT_EQ(error.text(), "Deployment.apps spira/nats: the API server answers 502");
}

TEST(StatusError, a_broken_connection_is_unavailable) {
  const auto error = error_of({0, "", {}, Failure::kLost, "no answer from the API server"}, kDeployment);
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error.text(), "Deployment.apps spira/nats: no answer from the API server");
}

TEST(StatusError, a_message_of_several_lines_becomes_one) {
  EXPECT_EQ(error_of(status(404, "NotFound", "a\nb.\n"), kDeployment).text(), "Deployment.apps spira/nats: a b");
}

TEST(SecretErrors, a_value_in_the_place_of_a_key_is_not_passed_on_and_a_key_is) {
  const auto told = [](const std::string& key) {
    return error_of(status(422, "Invalid", "Secret \"login\" is invalid",
                           {{{"reason", "FieldValueInvalid"}, {"message", "x"}, {"field", "data[" + key + "]"}}}),
                    kSecret)
        .text();
  };
  const std::string canary = kCanary;
  EXPECT_EQ(told(canary + "/abc+def").find(canary), std::string::npos) << told(canary + "/abc+def");
  EXPECT_NE(told(canary + "/abc+def").find("a key, which is not shown here"), std::string::npos);
  EXPECT_NE(told("tls.key").find("data[tls.key]: the value is invalid"), std::string::npos) << told("tls.key");
}

TEST(SecretErrors, no_value_that_the_server_quotes_is_passed_on) {
  const std::string canary = kCanary;
  const std::vector<HttpAnswer> answers{
      status(
          422, "Invalid", "Secret \"login\" is invalid: data[a]: Invalid value: \"" + canary + "\"",
          {{{"reason", "FieldValueInvalid"}, {"message", "Invalid value: \"" + canary + "\""}, {"field", "data[a]"}}}),
      status(422, "Invalid", canary, {{{"reason", "New" + canary}, {"message", canary}, {"field", "type"}}}),
      status(400, "BadRequest", "Secret in version \"v1\" cannot be handled as a Secret: " + canary),
      status(400, "BadRequest", "cannot be handled: illegal base64 data at input byte 3 of " + canary),
      status(500, "",
             "failed to create typed patch object (/x; /v1, Kind=Secret): .data.a: expected string, got "
             "&value.valueUnstructured{Value:\"" +
                 canary + "\"}"),
      status(500, "", "failed to convert new object (/x; /v1, Kind=Secret) to proper version: " + canary),
      status(500, "InternalError", "Internal error occurred: " + canary),
      status(403, "Forbidden", "admission webhook \"policy\" denied the request: " + canary),
      status(403, "Forbidden", "secrets \"login\" is forbidden: exceeded quota " + canary),
      status(404, "NotFound", "admission webhook \"policy\" denied the request: " + canary),
      status(409, "Conflict", "admission webhook \"policy\" denied the request: " + canary),
      status(401, "Unauthorized", "admission webhook \"policy\" denied the request: " + canary),
      status(429, "TooManyRequests", canary),
  };
  for (const auto& answer : answers) {
    EXPECT_EQ(error_of(answer, kSecret).text().find(canary), std::string::npos) << answer.body;
  }
}

TEST(SecretErrors, field_and_reason_are_still_told) {
  const auto error =
      error_of(status(422, "Invalid", "…",
                      {{{"reason", "FieldValueRequired"}, {"message", "Required value"}, {"field", "data[tls.key]"}}}),
               kSecret);
  ASSERT_EQ(error.causes.size(), 1U);
  EXPECT_EQ(error.causes[0], (Cause{"", "data[tls.key]", "a value is required"}));
}

TEST(SecretErrors, base_64_that_is_none_is_told) {
  const auto error = error_of(
      status(
          500, "",
          "failed to convert new object (/x; /v1, Kind=Secret) to proper version: illegal base64 data at input byte 6"),
      kSecret);
  EXPECT_EQ(error.kind, ErrorKind::kRejected);
  ASSERT_EQ(error.causes.size(), 1U);
  EXPECT_EQ(error.causes[0].message, "a value of data is not base64");
}

TEST(SecretErrors, a_refusal_by_rbac_is_told_whole) {
  const std::string words =
      "secrets \"login\" is forbidden: User \"system:serviceaccount:spira-system:spira-reconciler\" cannot patch "
      "resource "
      "\"secrets\" in API group \"\" in the namespace \"spira\"";
  EXPECT_EQ(error_of(status(403, "Forbidden", words), kSecret).text(), "Secret spira/login: " + words);
}

TEST(SecretErrors, a_missing_namespace_is_told) {
  EXPECT_EQ(error_of(status(404, "NotFound", "namespaces \"spira\" not found"), kSecret).text(),
            "Secret spira/login: namespaces \"spira\" not found");
}

}  // namespace
}  // namespace reconciler::kube
