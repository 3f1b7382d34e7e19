#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

/// What the spec of an Environment can switch off.
class PolicyTest : public ServiceTest {
 protected:
  std::string begin(const std::string& policy) {
    write_environment(policy);
    const auto commit = push_overlay(files_);
    service_.start();
    return commit;
  }

  Files files_{{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}};
};

TEST_F(PolicyTest, a_suspended_environment_applies_nothing_until_it_is_resumed) {
  begin("  suspend: true\n");
  const auto status = wait_reason("Ready", "Suspended");
  EXPECT_EQ(status["sync"], "Suspended");
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  write_environment("  suspend: false\n");
  wait_synced(push());
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(PolicyTest, an_environment_that_is_suspended_later_keeps_what_lives_and_corrects_nothing) {
  wait_synced(begin(""));
  write_environment("  suspend: true\n");
  files_["a.yaml"] = config_map("a", "2");
  files_.erase("b.yaml");
  push_overlay(files_);
  wait_reason("Ready", "Suspended");
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  const auto looks = service_.metric("reconciler_git_looks_total");
  service_.tell_of_push("main");
  wait_until("the remote was looked at", [&] { return service_.metric("reconciler_git_looks_total") > looks; });
  EXPECT_EQ(value_of("a"), "by hand");
  EXPECT_EQ(value_of("b"), "1");
}

TEST_F(PolicyTest, without_prune_what_left_git_stays_and_is_named) {
  wait_synced(begin("  prune: false\n"));
  files_.erase("b.yaml");
  wait_synced(push_overlay(files_));
  EXPECT_EQ(value_of("b"), "1");
  const auto object = service_.objects(name_).at("ConfigMap " + name_ + "/b");
  EXPECT_THAT(object["message"].get<std::string>(), testing::HasSubstr("prune is off"));
}

TEST_F(PolicyTest, without_self_heal_a_hand_edit_is_shown_and_the_next_commit_puts_it_back) {
  wait_synced(begin("  selfHeal: false\n"));
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  const auto status = wait_reason("Synced", "OutOfSync");
  EXPECT_EQ(status["objects"]["outOfSync"], 1);
  EXPECT_EQ(value_of("a"), "by hand");
  files_["a.yaml"] = config_map("a", "2");
  wait_synced(push_overlay(files_));
  EXPECT_EQ(value_of("a"), "2");
}

TEST_F(PolicyTest, a_sync_that_is_asked_for_puts_back_what_self_heal_leaves) {
  wait_synced(begin("  selfHeal: false\n"));
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_reason("Synced", "OutOfSync");
  const auto id = service_.ask_for_sync(name_);
  wait_until("the sync has ended", [&] { return service_.status(name_)["lastSync"]["id"] == id; });
  wait_until("it is in sync", [&] { return service_.status(name_)["sync"] == "Synced"; });
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(PolicyTest, an_object_whose_annotation_protects_it_is_not_pruned) {
  files_["b.yaml"] =
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\n  annotations:\n    gitops.spira.dev/prune: "
      "disabled\ndata:\n  key: \"1\"\n";
  wait_synced(begin(""));
  files_.erase("b.yaml");
  wait_synced(push_overlay(files_));
  EXPECT_EQ(value_of("b"), "1");
}

}  // namespace
}  // namespace reconciler::test
