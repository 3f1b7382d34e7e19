#include "support/e2e/child_process.h"
#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// Syncing that is stopped for a while, at once and without a commit.
class SuspendTest : public ServiceTest {
 protected:
  void begin() {
    const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}});
    service_.start();
    wait_synced(commit);
  }

  HttpAnswer order(const std::string& verb, const std::string& body) const {
    return service_.post("/api/v1/environments/" + name_ + "/" + verb, body,
                         {{"Authorization", "Bearer " + service_.token()}});
  }

  void suspend() {
    EXPECT_EQ(order("suspend", R"({"reason": "maintenance", "by": "alice"})").status, 200);
    wait_reason("Ready", "Suspended");
  }

  /// A hand edit stays for as long as the service has seen it: it has shown another change by then.
  void expect_left_alone() {
    plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
    const auto looks = service_.metric("reconciler_git_looks_total");
    service_.tell_of_push("main");
    wait_until("the remote was looked at", [&] { return service_.metric("reconciler_git_looks_total") > looks; });
    EXPECT_EQ(value_of("a"), "by hand");
  }
};

TEST_F(SuspendTest, who_and_why_and_since_when_are_told) {
  begin();
  suspend();
  const auto status = service_.status(name_);
  EXPECT_EQ(status["sync"], "Suspended");
  EXPECT_EQ(status["suspension"]["by"], "alice");
  EXPECT_EQ(status["suspension"]["reason"], "maintenance");
  EXPECT_THAT(status["message"].get<std::string>(),
              AllOf(HasSubstr("suspended by alice since"), HasSubstr("maintenance")));
  EXPECT_EQ(
      service_.post("/api/v1/environments/" + name_ + "/sync", "", {{"Authorization", "Bearer " + service_.token()}})
          .status,
      409);
  expect_left_alone();
}

TEST_F(SuspendTest, a_suspension_outlives_a_killed_service) {
  begin();
  suspend();
  wait_until("it is written", [&] {
    const auto resource = plane_.get("gitops.spira.dev/v1alpha1/Environment", "", name_);
    return resource && resource->dump().find("gitops.spira.dev/suspended-by") != std::string::npos;
  });
  service_.kill();
  service_.start();
  wait_reason("Ready", "Suspended");
  EXPECT_EQ(service_.status(name_)["suspension"]["by"], "alice");
  expect_left_alone();
}

TEST_F(SuspendTest, what_differs_meanwhile_is_told_and_left_alone) {
  begin();
  suspend();
  EXPECT_EQ(service_.status(name_)["objects"]["outOfSync"], 0);
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_until("the change is told", [&] { return service_.status(name_)["objects"]["outOfSync"] == 1; });
  EXPECT_THAT(service_.status(name_)["message"].get<std::string>(), HasSubstr("1 object differs from Git"));
  EXPECT_EQ(value_of("a"), "by hand");
  plane_.remove("v1/ConfigMap", name_, "a");
  wait_reason("Healthy", "Missing");
  push_overlay({{"a.yaml", config_map("a", "2")}, {"b.yaml", config_map("b", "1")}});
  wait_until("the commit is compared", [&] { return service_.status(name_)["objects"]["outOfSync"] == 2; });
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
  EXPECT_EQ(service_.status(name_)["sync"], "Suspended");
}

TEST_F(SuspendTest, resumed_it_goes_on_where_git_is) {
  begin();
  suspend();
  const auto commit = push_overlay({{"a.yaml", config_map("a", "2")}});
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  EXPECT_EQ(order("resume", "").status, 200);
  wait_synced(commit);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_FALSE(service_.status(name_).contains("suspension"));
  EXPECT_EQ(plane_.get("gitops.spira.dev/v1alpha1/Environment", "", name_)->dump().find("gitops.spira.dev/suspend"),
            std::string::npos);
}

TEST_F(SuspendTest, the_command_line_does_the_same) {
  begin();
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), RECONCILER_BINARY);
    words.insert(words.end(), {"--server", service_.url(), "--token-file", folder_ + "/token"});
    return ChildProcess(words, folder_ + "/cli.log").wait(kPatience);
  };
  EXPECT_EQ(run({"suspend", name_, "--reason", "maintenance", "--by", "bob"}), 0);
  wait_reason("Ready", "Suspended");
  EXPECT_EQ(service_.status(name_)["suspension"]["by"], "bob");
  EXPECT_EQ(run({"resume", name_}), 0);
  wait_reason("Ready", "Ready");
  EXPECT_NE(run({"resume", "no-such-environment"}), 0);
}

TEST_F(SuspendTest, an_annotation_by_hand_does_the_same) {
  begin();
  plane_.kubectl("annotate environment " + name_ + " gitops.spira.dev/suspend='look at the disk'");
  const auto status = wait_reason("Ready", "Suspended");
  EXPECT_EQ(status["suspension"]["by"], "kubectl-annotate");
  EXPECT_EQ(status["suspension"]["reason"], "look at the disk");
  expect_left_alone();
  plane_.kubectl("annotate environment " + name_ + " gitops.spira.dev/suspend-");
  wait_value("a", "1");
}

/// The last file of the folder goes, and that is meant.
class SuspendLeavingTest : public SuspendTest {
 protected:
  SuspendLeavingTest() {
    repository_.write("environments/.gitkeep", "");
    write_environment("  deletion: Delete\n");
  }

  void leave_git() {
    repository_.remove("environments/" + name_ + ".yaml");
    push();
  }

  /// Returns when the environment says that it left Git, with the way to resume it.
  void wait_kept(const std::string& way_out) {
    wait_until("it says how it is resumed", [&] {
      const auto message = service_.status(name_).value("message", "");
      return message.find("left Git; nothing is deleted") != std::string::npos && message.ends_with(way_out);
    });
    EXPECT_EQ(service_.status(name_)["sync"], "Suspended");
    EXPECT_EQ(value_of("a"), "1");
  }

  void wait_gone() const {
    wait_until("the objects are gone", [&] { return !plane_.exists("v1/ConfigMap", name_, "a"); });
    wait_until("the environment is gone",
               [&] { return !plane_.exists("gitops.spira.dev/v1alpha1/Environment", "", name_); });
  }
};

TEST_F(SuspendLeavingTest, what_leaves_git_while_it_is_suspended_is_deleted_once_it_is_resumed) {
  begin();
  suspend();
  leave_git();
  wait_kept("kubectl annotate environment " + name_ + " gitops.spira.dev/suspend-");
  service_.stop();
  service_.start();
  wait_kept("gitops.spira.dev/suspend-");
  plane_.kubectl("annotate environment " + name_ + " gitops.spira.dev/suspend-");
  wait_gone();
}

TEST_F(SuspendLeavingTest, so_is_what_its_file_suspended) {
  begin();
  write_environment("  deletion: Delete\n  suspend: true\n");
  push();
  wait_reason("Ready", "Suspended");
  leave_git();
  const std::string resume = "patch environment " + name_ + R"( --type merge -p '{"spec":{"suspend":false}}')";
  wait_kept("kubectl " + resume);
  plane_.kubectl(resume);
  wait_gone();
}

TEST_F(SuspendTest, what_git_suspends_only_git_resumes) {
  write_environment("  suspend: true\n");
  push_overlay({{"a.yaml", config_map("a", "1")}});
  service_.start();
  wait_reason("Ready", "Suspended");
  EXPECT_EQ(service_.status(name_)["suspension"]["by"], "Git");
  EXPECT_EQ(order("resume", "").status, 409);
}

}  // namespace
}  // namespace reconciler::test
