#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rendered_stack.h"

namespace reconciler::test {
namespace {

using testing::UnorderedElementsAre;

/// The stack with the text after `name=` in one line of a file of credentials set to something else.
Objects with_another(const std::string& overlay, const std::string& file, const std::string& name) {
  StackFiles files = stack_files();
  auto& text = files.at("sources/development-credentials/" + file);
  const auto begin = text.find("\n" + name + "=") + name.size() + 2;
  text.replace(begin, text.find('\n', begin) - begin, "another-one");
  return render_stack(overlay, files);
}

/// What the pods of an object are made from; null for an object without pods.
nlohmann::json pod_template(const nlohmann::json& object) {
  return object.value("kind", "") == "Tenant" ? value_at(object, "/spec/pools") : value_at(object, "/spec/template");
}

std::set<std::string> rolled_by(const std::string& file, const std::string& name) {
  const auto before = render_stack("kind-dev");
  std::set<std::string> rolled;
  for (const auto& [key, object] : with_another("kind-dev", file, name)) {
    const auto old = before.find(key);
    if (old != before.end() && pod_template(old->second) != pod_template(object)) rolled.insert(key);
  }
  return rolled;
}

TEST(Credentials, another_minio_password_rolls_exactly_what_uses_it) {
  const auto users = UnorderedElementsAre("Tenant spira/spira", "Deployment spira/mlflow",
                                          "Deployment spira/spira-api-server", "Deployment spira/spira-inf-server");
  EXPECT_THAT(rolled_by("minio.env", "secretKey"), users);
  EXPECT_THAT(rolled_by("minio.env", "accessKey"), users);
}

TEST(Credentials, another_postgresql_password_rolls_exactly_mlflow) {
  EXPECT_THAT(rolled_by("postgres.env", "password"), UnorderedElementsAre("Deployment spira/mlflow"));
}

TEST(Credentials, another_mongodb_password_rolls_exactly_the_spira_servers) {
  EXPECT_THAT(rolled_by("mongodb.env", "password"),
              UnorderedElementsAre("Deployment spira/spira-api-server", "Deployment spira/spira-inf-server"));
}

TEST(Credentials, are_written_in_every_form_from_their_one_line) {
  const auto objects = with_another("kind-dev", "minio.env", "secretKey");
  const auto base64 = nlohmann::json("YW5vdGhlci1vbmU=");
  const auto& keys = objects.at("Secret spira/spira-minio-tenant-secret");
  EXPECT_EQ(value_at(keys, "/data/minio_secret_key"), base64);
  EXPECT_EQ(value_at(keys, "/data/AWS_SECRET_ACCESS_KEY"), base64);
  EXPECT_THAT(value_at(objects.at("Secret spira/spira-env-configuration"), "/stringData/config.env").get<std::string>(),
              testing::HasSubstr("export MINIO_ROOT_PASSWORD=\"another-one\"\n"));
}

TEST(Credentials, are_in_no_object_but_secrets_and_say_that_they_are_for_development) {
  for (const auto& overlay : {"kind-dev", "chaos"}) {
    for (const auto& [key, object] : render_stack(overlay)) {
      const auto text = object.dump();
      const bool is_secret = key.starts_with("Secret ");
      for (const char* value : {"spira-development-minio", "spira-development-postgres", "spira-development-mongodb"}) {
        EXPECT_TRUE(is_secret || text.find(value) == std::string::npos) << key;
      }
      EXPECT_TRUE(!key.starts_with("ConfigMap ") || key.find("-text") == std::string::npos) << key;
    }
  }
}

}  // namespace
}  // namespace reconciler::test
