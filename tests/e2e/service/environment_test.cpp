#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";

/// The files of environments/: how they come, go and are wrong. A second environment stands beside the test's own, with
/// its overlay in the same namespace.
class EnvironmentTest : public ServiceTest {
 protected:
  EnvironmentTest() {
    forget_later(kEnvironment, other_);
    write_overlay({{"a.yaml", config_map("a", "1")}});
    write_other_overlay({{"z.yaml", config_map("z", "1")}});
    write_other_environment(environment_file(other_, "main", "overlays/" + other_));
  }

  void begin() {
    const auto commit = push();
    service_.start();
    wait_synced(commit);
    wait_other_synced(commit);
  }

  void write_other_overlay(const Files& manifests) const {
    repository_.write_folder("overlays/" + other_, overlay(name_, manifests));
  }
  void write_other_environment(const std::string& text) const {
    repository_.write("environments/" + other_ + ".yaml", text);
  }
  void wait_other_synced(const std::string& commit) const {
    wait_until(
        other_ + " is Synced at " + commit,
        [&] {
          const auto status = service_.status(other_);
          return status.value("sync", "") == "Synced" && status["revision"]["applied"] == commit;
        },
        kPatience, [&] { return service_.status(other_).dump(2); });
  }
  void wait_gone(const std::string& environment) const {
    wait_until(environment + " is gone", [&] { return !plane_.exists(kEnvironment, "", environment); });
    wait_until(environment + " is not told of", [&] { return service_.status(environment).empty(); });
  }

  const std::string other_ = name_ + "-other";
};

TEST_F(EnvironmentTest, the_folder_that_goes_with_its_last_file_removes_nothing_until_git_says_so) {
  begin();
  repository_.remove("environments/" + name_ + ".yaml");
  repository_.remove("environments/" + other_ + ".yaml");
  push();
  for (const auto& name : {name_, other_}) {
    const auto status = wait_reason(name, "SourceReady", "InvalidEnvironment");
    EXPECT_THAT(condition(status, "SourceReady")["message"].get<std::string>(), HasSubstr("environments/.gitkeep"));
  }
  repository_.write("environments/.gitkeep", "");
  push();
  wait_gone(name_);
  wait_gone(other_);
  EXPECT_EQ(value_of("z"), "1");
}

TEST_F(EnvironmentTest, one_that_leaves_git_leaves_its_objects) {
  begin();
  repository_.remove("environments/" + other_ + ".yaml");
  repository_.remove("overlays/" + other_);
  const auto commit = push();
  wait_gone(other_);
  wait_synced(commit);
  EXPECT_EQ(value_of("z"), "1");
}

TEST_F(EnvironmentTest, one_that_says_so_takes_its_objects_with_it) {
  write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  deletion: Delete\n"));
  begin();
  repository_.remove("environments/" + other_ + ".yaml");
  push();
  wait_gone(other_);
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "z"));
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(EnvironmentTest, one_that_waits_in_vain_is_deleted_with_its_objects) {
  write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  deletion: Delete\n"));
  auto slow = deployment("slow", 1);
  slow.insert(slow.find("  replicas:"), "  minReadySeconds: 500\n");
  auto late = config_map("late", "1");
  late.insert(late.find("metadata:\n") + 10, "  annotations: {gitops.spira.dev/wave: \"1\"}\n");
  write_other_overlay({{"slow.yaml", slow}, {"late.yaml", late}});
  push();
  service_.start();
  wait_until("it waits", [&] { return service_.status(other_).contains("waitsFor"); });
  repository_.remove("environments/" + other_ + ".yaml");
  push();
  wait_gone(other_);
  EXPECT_FALSE(plane_.exists("apps/v1/Deployment", name_, "slow"));
}

TEST_F(EnvironmentTest, one_that_left_while_nobody_looked_goes_at_the_next_start) {
  write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  deletion: Delete\n"));
  begin();
  service_.stop();
  repository_.remove("environments/" + other_ + ".yaml");
  push();
  service_.start();
  wait_gone(other_);
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "z"));
}

TEST_F(EnvironmentTest, deletion_waits_for_a_member_that_a_finalizer_holds_and_says_so) {
  write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  deletion: Delete\n"));
  begin();
  plane_.edit("v1/ConfigMap", name_, "z", {{"metadata", {{"finalizers", {"example.org/hold"}}}}});
  repository_.remove("environments/" + other_ + ".yaml");
  push();
  const auto status = wait_reason(other_, "Synced", "Deleting");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("ConfigMap " + name_ + "/z"));
  wait_until("the finalizer is named", [&] {
    return service_.status(other_).value("message", "").find("example.org/hold") != std::string::npos;
  });
  const auto objects = service_.status(other_)["objects"];
  EXPECT_EQ(objects["total"], 0);
  EXPECT_EQ(objects["outOfSync"], 1);
  EXPECT_EQ(service_.status(other_)["health"], "Progressing");
  plane_.edit("v1/ConfigMap", name_, "z", {{"metadata", {{"finalizers", nullptr}}}});
  wait_gone(other_);
}

TEST_F(EnvironmentTest, one_deleted_by_hand_while_nobody_looks_stays_until_its_objects_are_gone) {
  write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  deletion: Delete\n"));
  begin();
  service_.stop();
  repository_.remove("environments/" + other_ + ".yaml");
  push();
  plane_.remove(kEnvironment, "", other_);
  EXPECT_TRUE(plane_.exists(kEnvironment, "", other_));
  service_.start();
  wait_gone(other_);
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "z"));
}

TEST_F(EnvironmentTest, one_deleted_by_hand_that_git_holds_is_made_again_and_loses_no_object) {
  write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  deletion: Delete\n"));
  begin();
  const auto uid = plane_.get(kEnvironment, "", other_)->at("metadata").at("uid");
  const auto object = plane_.get("v1/ConfigMap", name_, "z")->at("metadata").at("uid");
  plane_.remove(kEnvironment, "", other_);
  wait_until("the environment is another one", [&] {
    const auto live = plane_.get(kEnvironment, "", other_);
    return live && live->at("metadata").at("uid") != uid;
  });
  EXPECT_EQ(plane_.get("v1/ConfigMap", name_, "z")->at("metadata").at("uid"), object);
}

TEST_F(EnvironmentTest, deletion_keeps_what_says_that_it_is_never_pruned) {
  write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  deletion: Delete\n"));
  write_other_overlay({{"z.yaml", config_map("z", "1")},
                       {"y.yaml",
                        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y\n  annotations:\n    "
                        "gitops.spira.dev/prune: disabled\ndata:\n  key: \"1\"\n"}});
  begin();
  repository_.remove("environments/" + other_ + ".yaml");
  push();
  wait_gone(other_);
  EXPECT_EQ(value_of("z"), "");
  EXPECT_EQ(value_of("y"), "1");
}

/// The second environment brings a namespace, in which the first one has an object.
class SharedNamespaceTest : public EnvironmentTest {
 protected:
  SharedNamespaceTest() {
    forget_later("v1/Namespace", shared_);
    write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  deletion: Delete\n"));
    repository_.write_folder("overlays/" + other_, overlay("", {{"shared.yaml", namespace_manifest(shared_)}}));
    repository_.write_folder("overlays/" + name_, overlay(name_, {{"a.yaml", config_map("a", "1")}}));
  }

  std::string push_guest(Files manifests) {
    auto guest = config_map("guest", "1");
    guest.insert(guest.find("  name: "), "  namespace: " + shared_ + "\n");
    manifests["guest.yaml"] = guest;
    repository_.write_folder("overlays/" + name_, overlay("", manifests));
    return push();
  }

  void begin_with_guest() {
    begin();
    wait_synced(push_guest({}));
  }

  nlohmann::json metadata(const std::string& kind, const std::string& namespace_, const std::string& name) const {
    const auto live = plane_.get(kind, namespace_, name);
    return live ? live->at("metadata") : nlohmann::json::object();
  }

  const std::string shared_ = name_ + "-shared";
};

TEST_F(SharedNamespaceTest, one_that_goes_leaves_the_namespace_in_which_another_has_objects) {
  begin_with_guest();
  const auto guest = metadata("v1/ConfigMap", shared_, "guest").at("uid");
  repository_.remove("environments/" + other_ + ".yaml");
  push();
  wait_gone(other_);
  EXPECT_FALSE(metadata("v1/Namespace", "", shared_).contains("deletionTimestamp"));
  wait_synced(push_guest({{"shared.yaml", namespace_manifest(shared_)}}));
  EXPECT_EQ(metadata("v1/ConfigMap", shared_, "guest").at("uid"), guest);
}

TEST_F(SharedNamespaceTest, a_prune_that_is_confirmed_leaves_it_too) {
  begin_with_guest();
  write_other_overlay({{"z.yaml", config_map("z", "1")}});
  EXPECT_THAT(diff(other_).text, AllOf(HasSubstr("create ConfigMap"), Not(HasSubstr("prune"))));
  wait_other_synced(push());
  EXPECT_FALSE(metadata("v1/Namespace", "", shared_).contains("deletionTimestamp"));
  EXPECT_THAT(service_.objects(other_).at("Namespace " + shared_)["message"].get<std::string>(),
              HasSubstr("objects of environment '" + name_ + "' stand on it"));
}

TEST_F(SharedNamespaceTest, it_goes_with_both_when_both_go_at_once) {
  write_environment("  deletion: Delete\n");
  begin_with_guest();
  repository_.remove("environments/" + name_ + ".yaml");
  repository_.remove("environments/" + other_ + ".yaml");
  repository_.write("environments/.gitkeep", "");
  push();
  wait_gone(name_);
  wait_gone(other_);
  wait_until("the namespace is gone", [&] { return !plane_.exists("v1/Namespace", "", shared_); });
}

TEST_F(EnvironmentTest, a_broken_file_is_named_by_line_and_touches_nobody_else) {
  begin();
  write_other_environment(environment_file(other_, "main", "overlays/" + other_, "  prunes: true\n"));
  write_overlay({{"a.yaml", config_map("a", "2")}});
  const auto commit = push();
  const auto status = wait_reason(other_, "SourceReady", "InvalidEnvironment");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("environments/" + other_ + ".yaml:9"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("prunes"));
  wait_synced(commit);
  EXPECT_EQ(value_of("z"), "1");
  write_other_environment(environment_file(other_, "main", "overlays/" + other_));
  wait_other_synced(push());
}

TEST_F(EnvironmentTest, a_file_that_does_not_parse_keeps_its_environment) {
  begin();
  write_other_environment("spec: [\n");
  push();
  const auto status = wait_reason(other_, "SourceReady", "InvalidEnvironment");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("environments/" + other_ + ".yaml:2"));
  EXPECT_EQ(value_of("z"), "1");
  EXPECT_TRUE(plane_.exists(kEnvironment, "", other_));
}

TEST_F(EnvironmentTest, a_bad_file_fails_the_sync_that_is_asked_for) {
  begin();
  write_other_environment(environment_file(other_, "main", "overlays/" + other_) + "  intervall: 5s\n");
  push();
  wait_reason(other_, "SourceReady", "InvalidEnvironment");
  const auto id = service_.ask_for_sync(other_);
  wait_until("the sync has ended", [&] {
    const auto status = service_.status(other_);
    return status["lastSync"]["id"] == id && status["lastSync"]["result"] != "Running";
  });
  const auto last = service_.status(other_)["lastSync"];
  EXPECT_EQ(last["result"], "Failed");
  EXPECT_THAT(last.dump(), HasSubstr("intervall"));
}

TEST_F(EnvironmentTest, a_bad_file_is_told_before_what_its_former_words_lead_to) {
  begin();
  write_other_environment(environment_file(other_, "main", "nowhere"));
  push();
  const auto missing = wait_reason(other_, "Synced", "BuildFailed");
  EXPECT_THAT(missing["message"].get<std::string>(), AllOf(HasSubstr("'nowhere'"), HasSubstr("spec.source.path")));
  write_other_environment(environment_file(other_, "main", "overlays/" + other_) + "  intervall: 5s\n");
  push();
  const auto status = wait_reason(other_, "SourceReady", "InvalidEnvironment");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("environments/" + other_ + ".yaml"));
}

TEST_F(EnvironmentTest, two_files_of_one_name_are_an_error_that_names_both) {
  begin();
  repository_.write("environments/second.yaml", environment_file(other_, "main", "overlays/" + other_));
  push();
  const auto status = wait_reason(other_, "SourceReady", "InvalidEnvironment");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("environments/" + other_ + ".yaml:1"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("environments/second.yaml:1"));
  EXPECT_EQ(value_of("z"), "1");
}

TEST_F(EnvironmentTest, a_branch_that_is_missing_is_said_and_a_merge_makes_the_environment_appear) {
  write_other_environment(environment_file(other_, "env/other", "overlays/" + other_));
  const auto commit = push();
  service_.start();
  const auto status = wait_reason(other_, "SourceReady", "BranchNotFound");
  EXPECT_THAT(status["message"].get<std::string>(),
              HasSubstr("no branch 'env/other' (spec.source.branch of environment " + other_ + ", environments/" +
                        other_ + ".yaml:1:1)"));
  EXPECT_EQ(condition(status, "SourceReady")["status"], "False");
  wait_synced(commit);
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "z"));
  repository_.switch_to("env/other");
  push("env/other");
  wait_until("z lives", [&] { return value_of("z") == "1"; });
}

TEST_F(EnvironmentTest, each_follows_its_own_branch_and_a_merge_promotes) {
  write_other_environment(environment_file(other_, "env/other", "overlays/" + other_));
  push();
  repository_.switch_to("env/other");
  push("env/other");
  repository_.switch_to("main");
  write_other_overlay({{"z.yaml", config_map("z", "2")}});
  const auto commit = push();
  service_.start();
  wait_synced(commit);
  wait_value("z", "1");
  wait_other_synced(repository_.merge("main", "env/other"));
  EXPECT_EQ(value_of("z"), "2");
}

TEST_F(EnvironmentTest, an_object_of_another_environment_is_never_taken) {
  begin();
  const auto before = plane_.get("v1/ConfigMap", name_, "a")->at("metadata").at("resourceVersion");
  write_other_overlay({{"z.yaml", config_map("z", "1")}, {"stolen.yaml", config_map("a", "stolen")}});
  push();
  const auto status = wait_reason(other_, "Synced", "Rejected");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("ConfigMap " + name_ + "/a"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("'" + name_ + "'"));
  EXPECT_EQ(plane_.get("v1/ConfigMap", name_, "a")->at("metadata").at("resourceVersion"), before);
}

TEST_F(EnvironmentTest, objects_that_two_bring_in_one_commit_are_made_once_and_taken_by_nobody) {
  begin();
  Files own{{"a.yaml", config_map("a", "1")}};
  Files others{{"z.yaml", config_map("z", "1")}};
  for (int i = 0; i < 20; ++i) {
    const auto name = "race-" + std::to_string(i);
    own[name + ".yaml"] = config_map(name, "own");
    others[name + ".yaml"] = config_map(name, "other");
  }
  write_overlay(own);
  write_other_overlay(others);
  push();
  const auto has_failed = [&](const std::string& name) { return service_.status(name).value("sync", "") == "Failed"; };
  wait_until("one of them fails", [&] { return has_failed(name_) || has_failed(other_); });
  wait_until("the other is told whose they are",
             [&] { return service_.log().find("belongs to environment '") != std::string::npos; });
  const auto log = service_.log();
  EXPECT_THAT(log, Not(HasSubstr("adopt: exists")));
  for (int i = 0; i < 20; ++i) {
    const auto made = "create ConfigMap " + name_ + "/race-" + std::to_string(i) + ":";
    const auto first = log.find(made);
    EXPECT_TRUE(first == std::string::npos || log.find(made, first + 1) == std::string::npos) << made;
  }
}

TEST_F(EnvironmentTest, an_object_is_not_taken_from_one_that_was_deleted_by_hand_while_the_service_was_down) {
  begin();
  write_overlay({{"a.yaml", config_map("a", "1")}, {"stolen.yaml", config_map("z", "stolen")}});
  push();
  wait_reason("Synced", "Rejected");
  const auto before = plane_.get("v1/ConfigMap", name_, "z")->at("metadata").at("labels");
  service_.stop();
  plane_.remove(kEnvironment, "", other_);
  service_.start();
  wait_until("it is made again", [&] { return plane_.exists(kEnvironment, "", other_); });
  wait_until("it is Synced", [&] { return service_.status(other_).value("sync", "") == "Synced"; });
  EXPECT_THAT(wait_reason("Synced", "Rejected")["message"].get<std::string>(), HasSubstr("'" + other_ + "'"));
  EXPECT_EQ(plane_.get("v1/ConfigMap", name_, "z")->at("metadata").at("labels"), before);
  EXPECT_EQ(value_of("z"), "1");
}

TEST_F(EnvironmentTest, an_object_moves_from_one_to_another_in_one_commit) {
  begin();
  write_overlay({});
  write_other_overlay({{"z.yaml", config_map("z", "1")}, {"moved.yaml", config_map("a", "moved")}});
  wait_other_synced(push());
  EXPECT_EQ(value_of("a"), "moved");
}

TEST_F(EnvironmentTest, an_object_moves_from_one_to_another_in_two_commits) {
  begin();
  write_overlay({});
  const auto commit = push();
  wait_synced(commit);
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  write_other_overlay({{"z.yaml", config_map("z", "1")}, {"moved.yaml", config_map("a", "moved")}});
  wait_other_synced(push());
  EXPECT_EQ(value_of("a"), "moved");
}

}  // namespace
}  // namespace reconciler::test
