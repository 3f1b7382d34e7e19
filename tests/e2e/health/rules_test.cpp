#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;

/// Rules for health that an environment brings along.
class HealthRulesTest : public ServiceTest {};

TEST_F(HealthRulesTest, an_environments_rules_decide_before_our_own) {
  write_environment(
      "  healthRules:\n    - kind: ConfigMap\n      path: /data/key\n      message: /data/why\n"
      "      values: {Healthy: [up], Degraded: [down]}\n");
  push_overlay({{"a.yaml", config_map("a", "down") + "  why: no disk\n"}});
  service_.start();
  auto status = wait_reason("Healthy", "Degraded");
  EXPECT_THAT(condition(status, "Healthy")["message"].get<std::string>(), HasSubstr("/a: no disk"));
  push_overlay({{"a.yaml", config_map("a", "on its way")}});
  status = wait_reason("Healthy", "Progressing");
  EXPECT_THAT(condition(status, "Healthy")["message"].get<std::string>(), HasSubstr("data.key is on its way"));
  wait_ready(push_overlay({{"a.yaml", config_map("a", "up")}}));
}

TEST_F(HealthRulesTest, rules_that_come_and_go_with_a_commit_count_at_once) {
  write_environment();
  const auto commit = push_overlay({{"a.yaml", config_map("a", "down")}});
  service_.start();
  wait_ready(commit);
  write_environment("  healthRules:\n    - {kind: ConfigMap, path: /data/key, values: {Degraded: [down]}}\n");
  push();
  wait_reason("Healthy", "Degraded");
  write_environment();
  wait_ready(push());
}

TEST_F(HealthRulesTest, a_bad_rule_is_told_with_its_place) {
  write_environment("  healthRules:\n    - {kind: ConfigMap, path: data.key, values: {Degraded: [down]}}\n");
  push_overlay({{"a.yaml", config_map("a", "down")}});
  service_.start();
  const auto status = wait_reason("SourceReady", "InvalidEnvironment");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("environments/" + name_ + ".yaml:"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("spec.healthRules[0].path"));
}

}  // namespace
}  // namespace reconciler::test
