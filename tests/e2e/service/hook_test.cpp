#include <filesystem>

#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

/// Hooks are Jobs here. The simulated nodes complete a Job at once; one whose pod no node takes runs until its
/// deadline.
class HookTest : public ServiceTest {
 protected:
  HookTest() {
    forget_later("rbac.authorization.k8s.io/v1/ClusterRole", name_);
    plane_.apply("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: " + name_ +
                 "\n  labels:\n    gitops.spira.dev/aggregate-to-reconciler: \"true\"\nrules:\n"
                 "  - apiGroups: [batch]\n    resources: [jobs]\n"
                 "    verbs: [get, list, watch, create, patch, delete]\n");
  }

  static std::string job(const std::string& name, const std::string& phases, const std::string& policy = "",
                         const std::string& spec = "", const std::string& pod = "") {
    return "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: " + name +
           "\n  annotations:\n    gitops.spira.dev/hook: " + phases + "\n" +
           (policy.empty() ? "" : "    gitops.spira.dev/hook-delete-policy: " + policy + "\n") +
           "spec:\n  backoffLimit: 0\n" + spec + "  template:\n    spec:\n      restartPolicy: Never\n" + pod +
           "      containers:\n        - name: main\n          image: example.org/idle:1\n";
  }
  /// Runs as long as its deadline says, and fails.
  static std::string failing(const std::string& name, const std::string& phases, const std::string& policy = "",
                             int seconds = 1) {
    return job(name, phases, policy, "  activeDeadlineSeconds: " + std::to_string(seconds) + "\n",
               "      nodeSelector: {nobody: has}\n");
  }

  /// Runs once a node has the test's label.
  std::string waiting(const std::string& name) const {
    return job(name, "PreSync", "", "", "      nodeSelector: {" + name_ + ": here}\n");
  }

  static std::string no_hook(std::string job, const std::string& phases) {
    const std::string annotations = "  annotations:\n    gitops.spira.dev/hook: " + phases + "\n";
    return job.erase(job.find(annotations), annotations.size());
  }

  std::optional<json> live_job(const std::string& name) const { return plane_.get("batch/v1/Job", name_, name); }

  /// The result that the status tells of a hook; an empty object while there is none.
  json result_of(const std::string& name) const {
    for (const auto& hook : service_.status(name_).value("hooks", json::array())) {
      if (hook["name"] == name) return hook;
    }
    return json::object();
  }

  json wait_result(const std::string& name, const std::string& result) const {
    wait_until(
        "hook " + name + " has " + result, [&] { return result_of(name).value("result", "") == result; }, kPatience,
        [&] { return service_.status(name_).dump(2); });
    return result_of(name);
  }
};

TEST_F(HookTest, a_pre_sync_hook_runs_before_anything_is_applied) {
  service_.start();
  const auto commit =
      push_overlay({{"a.yaml", config_map("a", "1")}, {"migrate.yaml", failing("migrate", "PreSync", "", 60)}});
  wait_result("migrate", "Running");
  wait_until("the hook lives", [&] { return live_job("migrate").has_value(); });
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  EXPECT_THAT(service_.status(name_)["message"].get<std::string>(), HasSubstr("Job.batch " + name_ + "/migrate"));
  EXPECT_EQ(live_job("migrate")->at("metadata").at("labels").contains("applyset.kubernetes.io/part-of"), false);
  plane_.edit("batch/v1/Job", name_, "migrate", {{"spec", {{"activeDeadlineSeconds", 1}}}});
  wait_reason("Synced", "HookFailed");
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  EXPECT_NE(service_.status(name_)["revision"]["applied"], commit);
}

TEST_F(HookTest, a_pre_sync_and_a_post_sync_hook_that_succeed) {
  service_.start();
  const auto commit = push_overlay({{"a.yaml", config_map("a", "1")},
                                    {"before.yaml", job("before", "PreSync")},
                                    {"after.yaml", job("after", "PostSync")},
                                    {"fail.yaml", job("fail", "SyncFail")}});
  wait_synced(commit);
  const auto before = wait_result("before", "Succeeded");
  EXPECT_EQ(before["phase"], "PreSync");
  EXPECT_EQ(before["revision"], commit);
  EXPECT_TRUE(before.contains("startedAt") && before.contains("finishedAt"));
  EXPECT_EQ(result_of("after")["result"], "Succeeded");
  EXPECT_FALSE(live_job("fail"));
  EXPECT_EQ(service_.status(name_)["objects"]["total"], 2);
}

/// The environment's file is not in the branch that it follows, whose head stays.
TEST_F(HookTest, another_path_at_the_same_commit_runs_the_hooks_again) {
  const auto follow = [&](const std::string& path) {
    repository_.write("environments/" + name_ + ".yaml", environment_file(name_, "apart", path));
    return push();
  };
  const std::string path = "overlays/" + name_;
  for (const std::string value : {"1", "2"}) {
    repository_.write_folder(
        path + value, overlay(name_, {{"a.yaml", config_map("a", value)}, {"before.yaml", job("before", "PreSync")}}));
  }
  const auto commit = push("apart");
  follow(path + "1");
  service_.start();
  wait_synced(commit);
  const auto first = wait_result("before", "Succeeded");
  follow(path + "2");
  wait_value("a", "2");
  wait_synced(commit);
  const auto second = wait_result("before", "Succeeded");
  EXPECT_EQ(second["revision"], commit);
  EXPECT_NE(second["set"], first["set"]);
  EXPECT_EQ(service_.status(name_)["lastSync"]["trigger"], "commit");
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "2");
  wait_until("the revert is told", [&] { return service_.status(name_)["lastSync"]["trigger"] == "drift"; });
  EXPECT_EQ(result_of("before"), second);
}

TEST_F(HookTest, a_post_sync_hook_waits_until_everything_is_healthy) {
  auto slow = deployment("slow", 1);
  slow.insert(slow.find("  replicas:"), "  minReadySeconds: 3\n");
  service_.start();
  const auto commit = push_overlay({{"slow.yaml", slow}, {"after.yaml", job("after", "PostSync")}});
  wait_until("the sync waits for the Deployment", [&] {
    return service_.status(name_).value("waitsFor", json::array()).dump().find("/slow") != std::string::npos;
  });
  EXPECT_FALSE(live_job("after"));
  wait_synced(commit);
  EXPECT_EQ(result_of("after")["result"], "Succeeded");
}

TEST_F(HookTest, a_pre_sync_hook_that_fails_keeps_everything_and_runs_the_sync_fail_hook) {
  service_.start();
  push_overlay({{"a.yaml", config_map("a", "1")},
                {"before.yaml", failing("before", "PreSync")},
                {"fail.yaml", job("fail", "SyncFail")}});
  const auto status = wait_reason("Synced", "HookFailed");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("Job.batch " + name_ + "/before"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("DeadlineExceeded"));
  wait_result("fail", "Succeeded");
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  EXPECT_EQ(result_of("before")["result"], "Failed");
}

TEST_F(HookTest, a_post_sync_hook_that_fails_leaves_what_was_applied_and_the_revision_does_not_count) {
  service_.start();
  const auto first = push_overlay({{"a.yaml", config_map("a", "1")}});
  wait_synced(first);
  push_overlay({{"a.yaml", config_map("a", "2")},
                {"after.yaml", failing("after", "PostSync")},
                {"fail.yaml", job("fail", "SyncFail")}});
  const auto status = wait_reason("Synced", "HookFailed");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("Job.batch " + name_ + "/after"));
  wait_result("fail", "Succeeded");
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(service_.status(name_)["revision"]["applied"], first);
}

TEST_F(HookTest, a_rollback_brings_back_what_a_commit_that_failed_has_pruned_also_when_self_heal_is_off) {
  write_environment("  namespace: " + name_ + "\n  selfHeal: false\n");
  service_.start();
  const auto first = push_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}});
  wait_synced(first);
  push_overlay({{"a.yaml", config_map("a", "2")}, {"after.yaml", failing("after", "PostSync")}});
  wait_reason("Synced", "HookFailed");
  EXPECT_EQ(value_of("b"), "");
  repository_.reset("main", first);
  service_.tell_of_push("main");
  wait_value("b", "1");
  wait_synced(first);
  EXPECT_EQ(value_of("a"), "1");
}

TEST_F(HookTest, a_commit_that_is_refused_runs_the_sync_fail_hook) {
  service_.start();
  push_overlay({{"a.yaml", config_map("a", "1") + "datum: {}\n"}, {"fail.yaml", job("fail", "SyncFail")}});
  wait_reason("Synced", "Rejected");
  wait_result("fail", "Succeeded");
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
}

TEST_F(HookTest, a_hook_runs_once_a_revision_and_anew_for_the_next_one) {
  service_.start();
  wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", job("before", "PreSync")}}));
  const auto first = live_job("before")->at("metadata").at("uid");
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "1");
  EXPECT_EQ(live_job("before")->at("metadata").at("uid"), first) << "drift runs no hook";
  repository_.write("README.md", "nothing that an overlay reads");
  wait_synced(push());
  EXPECT_EQ(live_job("before")->at("metadata").at("uid"), first) << "a commit without effect runs no hook";
  wait_synced(push_overlay({{"a.yaml", config_map("a", "2")}, {"before.yaml", job("before", "PreSync")}}));
  EXPECT_NE(live_job("before")->at("metadata").at("uid"), first);
}

TEST_F(HookTest, an_object_becomes_a_hook_and_a_hook_an_object) {
  const std::string part_of = "applyset.kubernetes.io/part-of";
  const auto plain = no_hook(job("migrate", "PreSync"), "PreSync");
  service_.start();
  wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"migrate.yaml", plain}}));
  const auto first = live_job("migrate")->at("metadata");
  EXPECT_TRUE(first.at("labels").contains(part_of));
  const auto commit = push_overlay({{"a.yaml", config_map("a", "2")}, {"migrate.yaml", job("migrate", "PreSync")}});
  wait_synced(commit);
  const auto second = live_job("migrate")->at("metadata");
  EXPECT_NE(second.at("uid"), first.at("uid"));
  EXPECT_FALSE(second.at("labels").contains(part_of));
  EXPECT_EQ(result_of("migrate")["result"], "Succeeded");
  EXPECT_EQ(result_of("migrate")["revision"], commit);
  wait_synced(push_overlay({{"a.yaml", config_map("a", "3")}, {"migrate.yaml", plain}}));
  const auto third = live_job("migrate")->at("metadata");
  EXPECT_EQ(third.at("uid"), second.at("uid")) << "one that lives is adopted";
  EXPECT_TRUE(third.at("labels").contains(part_of));
}

TEST_F(HookTest, a_confirmed_large_prune_goes_on_when_one_of_it_makes_room_for_a_hook) {
  Files files{{"a.yaml", config_map("a", "1")}, {"migrate.yaml", no_hook(job("migrate", "PreSync"), "PreSync")}};
  for (int i = 0; i < 6; ++i) {
    const auto name = "many-" + std::to_string(i);
    files[name + ".yaml"] = config_map(name, "1");
  }
  service_.start();
  wait_synced(push_overlay(files));
  const auto commit = push_overlay({{"a.yaml", config_map("a", "2")}, {"migrate.yaml", failing("migrate", "PreSync")}});
  const std::string message = condition(wait_reason("Synced", "PruneNeedsConfirmation"), "Synced")["message"];
  const std::string mark = "confirm-prune=";
  plane_.kubectl("annotate environment " + name_ + " gitops.spira.dev/" +
                 message.substr(message.find(mark), mark.size() + 12));
  wait_reason("Synced", "HookFailed");
  EXPECT_EQ(value_of("many-0"), "1");
  EXPECT_NE(service_.status(name_)["revision"]["applied"], commit);
  wait_synced(push_overlay({{"a.yaml", config_map("a", "2")}, {"migrate.yaml", job("migrate", "PreSync")}}));
  EXPECT_EQ(value_of("many-0"), "");
}

TEST_F(HookTest, the_deletion_policy_is_kept_for_success_and_failure) {
  service_.start();
  wait_synced(push_overlay({{"keep.yaml", job("keep", "PreSync")},
                            {"drop.yaml", job("drop", "PreSync", "HookSucceeded")},
                            {"other.yaml", job("other", "PreSync", "HookFailed")}}));
  wait_until("drop goes", [&] { return !live_job("drop"); });
  EXPECT_EQ(result_of("drop")["result"], "Succeeded");
  EXPECT_TRUE(live_job("keep"));
  EXPECT_TRUE(live_job("other"));
  push_overlay({{"keep.yaml", failing("keep", "PreSync")},
                {"drop.yaml", failing("drop", "PreSync", "HookSucceeded")},
                {"other.yaml", failing("other", "PreSync", "HookFailed")}});
  wait_result("other", "Failed");
  wait_until("other goes", [&] { return !live_job("other"); });
  wait_result("drop", "Failed");
  EXPECT_TRUE(live_job("drop"));
}

TEST_F(HookTest, a_hook_that_left_git_takes_its_object_with_it_once_the_commit_is_applied) {
  service_.start();
  wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", job("before", "PreSync")}}));
  push_overlay({{"a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 99999}]}\n"}});
  wait_reason("Synced", "Rejected");
  EXPECT_TRUE(live_job("before"));
  wait_synced(push_overlay({{"a.yaml", config_map("a", "2")}}));
  wait_until("the hook's object is gone", [&] { return !live_job("before"); });
}

TEST_F(HookTest, a_result_outlives_a_job_with_a_time_to_live_of_nothing) {
  service_.start();
  const auto commit = push_overlay({{"a.yaml", config_map("a", "1")},
                                    {"before.yaml", job("before", "PreSync", "", "  ttlSecondsAfterFinished: 0\n")}});
  wait_synced(commit);
  wait_until("the Job goes", [&] { return !live_job("before"); });
  EXPECT_EQ(result_of("before")["result"], "Succeeded");
}

TEST_F(HookTest, a_service_killed_while_a_hook_runs_neither_runs_it_again_nor_loses_its_result) {
  service_.start();
  push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", failing("before", "PreSync", "", 4)}});
  wait_until("the hook lives", [&] { return live_job("before").has_value(); });
  const auto uid = live_job("before")->at("metadata").at("uid");
  service_.kill();
  wait_until("the hook has ended meanwhile", [&] { return live_job("before")->at("status").contains("conditions"); });
  service_.start();
  wait_result("before", "Failed");
  EXPECT_EQ(live_job("before")->at("metadata").at("uid"), uid);
  EXPECT_EQ(result_of("before")["attempt"], 1);
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
}

TEST_F(HookTest, a_resync_runs_a_failed_hook_once_more) {
  service_.start();
  push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", failing("before", "PreSync")}});
  wait_reason("Synced", "HookFailed");
  service_.ask_for_sync(name_);
  wait_until("it was tried twice", [&] { return result_of("before").value("attempt", 0) == 2; });
  wait_result("before", "Failed");
}

TEST_F(HookTest, a_newer_commit_takes_the_place_of_a_hook_that_never_ends) {
  service_.start();
  push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", failing("before", "PreSync", "", 3600)}});
  wait_result("before", "Running");
  wait_until("the hook lives", [&] { return live_job("before").has_value(); });
  const auto commit = push_overlay({{"a.yaml", config_map("a", "2")}, {"before.yaml", job("before", "PreSync")}});
  wait_synced(commit);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(result_of("before")["revision"], commit);
}

TEST_F(HookTest, a_hook_that_outlasts_the_timeout_of_the_sync_ends_it_and_the_next_commit_takes_its_place) {
  write_environment("  timeout: 2s\n");
  service_.start();
  push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", failing("before", "PreSync", "", 3600)}});
  const auto status = wait_reason("Synced", "NotHealthy");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("waited in vain for 2s (spec.timeout)"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("Job.batch " + name_ + "/before"));
  EXPECT_EQ(status["lastSync"]["result"], "Failed");
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  wait_synced(push_overlay({{"a.yaml", config_map("a", "2")}, {"before.yaml", job("before", "PreSync")}}));
  EXPECT_EQ(value_of("a"), "2");
}

TEST_F(HookTest, a_hook_that_outlasts_the_timeout_lets_the_sync_go_on_once_it_has_ended) {
  write_environment("  timeout: 2s\n");
  service_.start();
  const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", waiting("before")}});
  wait_reason("Synced", "NotHealthy");
  plane_.edit("v1/Node", "", "spira-worker", {{"metadata", {{"labels", {{name_, "here"}}}}}});
  wait_synced(commit);
  plane_.edit("v1/Node", "", "spira-worker", {{"metadata", {{"labels", {{name_, nullptr}}}}}});
  EXPECT_EQ(result_of("before")["attempt"], 1);
}

TEST_F(HookTest, a_hook_with_a_generated_name_has_another_one_in_each_run) {
  const auto generated = [&](const std::string& name) {
    auto manifest = job(name, "PreSync");
    return manifest.insert(manifest.find("  name: "), "  generateName: " + name + "-\n");
  };
  const auto objects = [&] {
    std::vector<std::string> names;
    for (const auto& [name, object] : plane_.list("batch/v1/Job", name_)) names.push_back(name);
    return names;
  };
  service_.start();
  wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", generated("before")}}));
  const std::string first = result_of("before")["object"];
  EXPECT_THAT(first, testing::StartsWith("before-"));
  EXPECT_THAT(objects(), testing::ElementsAre(first));
  wait_synced(push_overlay({{"a.yaml", config_map("a", "2")}, {"before.yaml", generated("before")}}));
  const std::string second = result_of("before")["object"];
  EXPECT_NE(second, first);
  EXPECT_TRUE(live_job(second));
  wait_until("the run before is gone", [&] { return !live_job(first); });
}

TEST_F(HookTest, a_hook_may_live_in_a_namespace_that_comes_with_it) {
  const auto fresh = name_ + "-fresh";
  forget_later("v1/Namespace", fresh);
  auto hook = job("before", "PreSync");
  hook.insert(hook.find("  name: "), "  namespace: " + fresh + "\n");
  repository_.write_folder("overlays/" + name_,
                           overlay("", {{"namespace.yaml", namespace_manifest(fresh)}, {"before.yaml", hook}}));
  service_.start();
  wait_synced(push());
  EXPECT_EQ(result_of("before")["result"], "Succeeded");
}

TEST_F(HookTest, an_unknown_word_is_an_error_and_no_object_is_dropped_silently) {
  push_overlay({{"a.yaml", config_map("a", "1")}, {"before.yaml", job("before", "BeforeSync")}});
  service_.start();
  const auto status = wait_reason("Synced", "Rejected");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("'BeforeSync' is none of PreSync"));
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("overlays/" + name_ + "/before.yaml"));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
}

TEST_F(HookTest, a_hook_that_the_server_refuses_is_told_before_anything_is_done) {
  push_overlay(
      {{"a.yaml", config_map("a", "1")}, {"before.yaml", job("before", "PreSync", "", "  parallelism: -1\n")}});
  service_.start();
  const auto status = wait_reason("Synced", "Rejected");
  EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("spec.parallelism"));
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  EXPECT_TRUE(result_of("before").empty());
}

/// An environment that takes its objects with it, whose PreDelete hook runs on no node before one is given to it.
class PreDeleteTest : public HookTest {
 protected:
  void TearDown() override {
    label(nullptr);
    HookTest::TearDown();
  }

  void begin(const std::string& spec = "") {
    repository_.write("environments/README.md", "Git holds no empty folders.\n");
    repository_.remove("environments/" + name_ + ".yaml");
    first_ = push();
    write_environment("  namespace: " + name_ + "\n  deletion: Delete\n");
    service_.start();
    wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"backup.yaml", backup(spec)}}));
    EXPECT_FALSE(live_job("backup"));
  }

  std::string backup(const std::string& spec = "") const {
    return job("backup", "PreDelete", "", spec, "      nodeSelector: {" + name_ + ": here}\n");
  }

  void leave_git() {
    repository_.remove("environments/" + name_ + ".yaml");
    push();
  }

  /// As `leave_git`, by a history that does not hold what was applied, of which nobody has a copy.
  void leave_history() {
    service_.stop();
    std::filesystem::remove_all(folder_ + "/data");
    repository_.reset("main", first_);
    service_.start();
  }

  void let_run() const { label("here"); }
  void skip_hooks() const { plane_.kubectl("annotate environment " + name_ + " gitops.spira.dev/pre-delete=skip"); }

  void wait_gone() const {
    wait_until(
        "the environment is gone", [&] { return !plane_.exists("gitops.spira.dev/v1alpha1/Environment", "", name_); },
        kPatience, [&] { return service_.status(name_).dump(2); });
  }

  std::string first_;  ///< A commit before the environment.

 private:
  void label(const json& value) const {
    plane_.edit("v1/Node", "", "spira-worker", {{"metadata", {{"labels", {{name_, value}}}}}});
  }
};

TEST_F(PreDeleteTest, a_pre_delete_hook_runs_to_its_end_before_any_object_goes) {
  begin();
  leave_git();
  wait_until("the hook lives", [&] { return live_job("backup").has_value(); });
  EXPECT_EQ(wait_result("backup", "Running")["phase"], "PreDelete");
  EXPECT_THAT(wait_reason("Synced", "Deleting")["message"].get<std::string>(),
              HasSubstr("waits for its PreDelete hooks to end: Job.batch " + name_ + "/backup"));
  EXPECT_EQ(value_of("a"), "1");
  let_run();
  wait_gone();
  EXPECT_EQ(value_of("a"), "");
}

TEST_F(PreDeleteTest, a_deletion_leaves_no_object_of_a_hook) {
  begin();
  wait_synced(push_overlay(
      {{"a.yaml", config_map("a", "1")}, {"backup.yaml", backup()}, {"before.yaml", job("before", "PreSync")}}));
  EXPECT_TRUE(live_job("before"));
  let_run();
  leave_git();
  wait_gone();
  wait_until("no hook's object lives", [&] { return !live_job("before") && !live_job("backup"); });
}

TEST_F(PreDeleteTest, a_service_killed_while_a_pre_delete_hook_runs_deletes_nothing_before_its_end) {
  begin();
  leave_git();
  wait_until("the hook lives", [&] { return live_job("backup").has_value(); });
  const auto first = live_job("backup")->at("metadata").at("uid");
  service_.kill();
  service_.start();
  wait_result("backup", "Running");
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_EQ(live_job("backup")->at("metadata").at("uid"), first);
  let_run();
  wait_gone();
  EXPECT_EQ(value_of("a"), "");
}

TEST_F(PreDeleteTest, a_pre_delete_hook_that_fails_keeps_everything_and_a_resync_runs_it_once_more) {
  begin("  activeDeadlineSeconds: 5\n");
  leave_git();
  wait_reason("Synced", "Deleting");
  const std::string message = wait_reason("Synced", "DeletionFailed")["message"];
  EXPECT_THAT(message, HasSubstr("a resync runs it once more"));
  EXPECT_THAT(message, HasSubstr("Job.batch " + name_ + "/backup"));
  EXPECT_EQ(value_of("a"), "1");
  let_run();
  plane_.kubectl("annotate --overwrite environment " + name_ + " gitops.spira.dev/resync=again");
  wait_gone();
  EXPECT_EQ(value_of("a"), "");
}

TEST_F(PreDeleteTest, a_member_that_became_the_hook_and_was_not_pruned_gives_way_to_it) {
  write_environment("  namespace: " + name_ + "\n  deletion: Delete\n  prune: false\n");
  repository_.write("environments/README.md", "Git holds no empty folders.\n");
  service_.start();
  wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"backup.yaml", no_hook(backup(), "PreDelete")}}));
  const auto member = live_job("backup")->at("metadata").at("uid");
  wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}, {"backup.yaml", backup()}}));
  EXPECT_EQ(live_job("backup")->at("metadata").at("uid"), member);
  leave_git();
  wait_until("the hook lives", [&] {
    const auto job = live_job("backup");
    return job && job->at("metadata").at("uid") != member;
  });
  EXPECT_EQ(value_of("a"), "1");
  let_run();
  wait_gone();
  EXPECT_EQ(value_of("a"), "");
}

TEST_F(PreDeleteTest, a_hook_that_never_ends_is_left_out_when_a_person_says_so) {
  begin();
  leave_git();
  wait_until("the hook lives", [&] { return live_job("backup").has_value(); });
  skip_hooks();
  wait_gone();
  EXPECT_EQ(value_of("a"), "");
  wait_until("the hook is gone", [&] { return !live_job("backup"); });
}

TEST_F(PreDeleteTest, hooks_of_a_revision_that_is_lost_keep_everything_until_a_person_says_otherwise) {
  begin();
  leave_history();
  const auto message = wait_reason("Synced", "DeletionFailed")["message"].get<std::string>();
  EXPECT_THAT(message, HasSubstr("Job.batch " + name_ + "/backup"));
  EXPECT_THAT(message, HasSubstr("cannot be read from its last revision"));
  EXPECT_THAT(message, HasSubstr("gitops.spira.dev/pre-delete=skip"));
  EXPECT_EQ(value_of("a"), "1");
  skip_hooks();
  wait_gone();
  EXPECT_EQ(value_of("a"), "");
}

TEST_F(PreDeleteTest, a_revision_that_is_lost_keeps_nothing_when_it_has_no_such_hooks) {
  begin();
  wait_synced(push_overlay({{"a.yaml", config_map("a", "1")}}));
  wait_until("the hook is not told of", [&] { return !service_.status(name_).contains("preDelete"); });
  leave_history();
  wait_gone();
  EXPECT_EQ(value_of("a"), "");
}

}  // namespace
}  // namespace reconciler::test
