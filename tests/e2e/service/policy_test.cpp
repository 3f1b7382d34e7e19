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

TEST_F(PolicyTest, self_heal_off_leaves_a_deleted_object_deleted_and_shows_it) {
  wait_synced(begin("  selfHeal: false\n"));
  plane_.remove("v1/ConfigMap", name_, "a");
  const auto status = wait_reason("Synced", "OutOfSync");
  EXPECT_EQ(status["health"], "Missing");
  EXPECT_EQ(status["objects"]["outOfSync"], 1);
  const auto object = service_.objects(name_).at("ConfigMap " + name_ + "/a");
  EXPECT_EQ(object["sync"], "OutOfSync");
  EXPECT_EQ(object["health"], "Missing");
  EXPECT_THAT(object["message"].get<std::string>(), testing::HasSubstr("was deleted in the cluster"));
  service_.kill();
  service_.start();
  wait_reason("Synced", "OutOfSync");
  plane_.edit("v1/ConfigMap", name_, "b", {{"data", {{"key", "by hand"}}}});
  wait_until("the other one is told, too", [&] { return service_.status(name_)["objects"]["outOfSync"] == 2; });
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  files_["b.yaml"] = config_map("b", "2");
  wait_synced(push_overlay(files_));
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(PolicyTest, self_heal_off_takes_no_object_back_whose_label_was_removed_until_somebody_asks) {
  wait_synced(begin("  selfHeal: false\n"));
  plane_.edit("v1/ConfigMap", name_, "a", {{"metadata", {{"labels", {{"applyset.kubernetes.io/part-of", nullptr}}}}}});
  wait_reason("Synced", "OutOfSync");
  const auto part_of = [&] {
    return plane_.get("v1/ConfigMap", name_, "a")->at("metadata").value("labels", nlohmann::json::object());
  };
  EXPECT_FALSE(part_of().contains("applyset.kubernetes.io/part-of"));
  service_.ask_for_sync(name_);
  wait_until("it is in sync", [&] { return service_.status(name_)["sync"] == "Synced"; });
  EXPECT_TRUE(part_of().contains("applyset.kubernetes.io/part-of"));
}

/// A branch whose head another path in the environment's file does not move.
TEST_F(PolicyTest, self_heal_off_makes_what_another_path_of_the_same_commit_holds) {
  const auto follow = [&](const std::string& path) {
    repository_.write("environments/" + name_ + ".yaml",
                      environment_file(name_, "env/apart", path, "  selfHeal: false\n"));
    return push();
  };
  follow("one");
  repository_.switch_to("env/apart");
  for (const std::string path : {"one", "two"}) {
    repository_.write_folder(path,
                             overlay(name_, {{"a.yaml", config_map(path, "1")}, {"b.yaml", config_map("b", "1")}}));
  }
  const auto commit = push("env/apart");
  repository_.switch_to("main");
  service_.start();
  wait_synced(commit);
  follow("two");
  wait_value("two", "1");
  wait_synced(commit);
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
