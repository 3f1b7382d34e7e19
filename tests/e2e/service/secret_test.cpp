#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

/// The fixture searches for the canary, in clear and in base 64, in all that the service has said. These tests provoke
/// it.
class SecretTest : public ServiceTest {
 protected:
  std::string bad_secret(const std::string& fields) const {
    return "apiVersion: v1\nkind: Secret\nmetadata:\n  name: bad\n" + fields;
  }
  void expect_refused(const std::string& fields, const std::string& reason) {
    push_overlay({{"bad.yaml", bad_secret(fields)}});
    service_.start();
    const auto status = wait_reason("Synced", reason);
    EXPECT_THAT(status.dump(), testing::HasSubstr("bad"));
  }
};

TEST_F(SecretTest, base64_that_is_none_is_not_quoted) {
  expect_refused("data:\n  password: \"" + canary_ + "!\"\n", "Rejected");
}

TEST_F(SecretTest, a_value_of_the_wrong_shape_is_not_quoted) {
  expect_refused("stringData:\n  password: [\"" + canary_ + "\"]\n", "Rejected");
}

TEST_F(SecretTest, a_type_that_wants_other_keys_does_not_quote_the_ones_there_are) {
  expect_refused("type: kubernetes.io/tls\nstringData:\n  tls.crt: \"" + canary_ + "\"\n", "Rejected");
}

TEST_F(SecretTest, a_docker_configuration_that_is_none_is_not_quoted) {
  expect_refused("type: kubernetes.io/dockerconfigjson\nstringData:\n  .dockerconfigjson: \"{" + canary_ + "\"\n",
                 "Rejected");
}

TEST_F(SecretTest, yaml_that_does_not_parse_is_not_quoted) {
  expect_refused("stringData:\n  password: \"" + canary_ + "\n", "BuildFailed");
}

TEST_F(SecretTest, a_patch_that_does_not_fit_is_not_quoted) {
  push_overlay(
      {{"good.yaml", secret("good", canary_)}},
      "patches:\n  - target: {kind: Secret}\n    patch: |-\n      - op: test\n        path: /stringData/plain\n"
      "        value: " +
          canary_ + "-other\n");
  service_.start();
  wait_reason("Synced", "BuildFailed");
}

TEST_F(SecretTest, a_secret_that_was_edited_by_hand_is_put_back_unsaid) {
  const auto commit = push_overlay({});
  service_.start();
  wait_synced(commit);
  const auto good = plane_.get("v1/Secret", name_, "login")->at("data");
  plane_.edit("v1/Secret", name_, "login", {{"stringData", {{"plain", canary_ + "-by-hand"}}}});
  wait_until("it is put back", [&] { return plane_.get("v1/Secret", name_, "login")->at("data") == good; });
  service_.ask_for_sync(name_);
  wait_synced(commit);
}

TEST_F(SecretTest, a_file_of_an_environment_that_holds_one_is_not_quoted) {
  push_overlay({});
  repository_.write("environments/" + name_ + ".yaml",
                    "stringData: {password: " + canary_ + "}\n---\nspec: \"" + canary_ + "\n");
  push();
  service_.start();
  wait_reason("SourceReady", "InvalidEnvironment");
}

}  // namespace
}  // namespace reconciler::test
