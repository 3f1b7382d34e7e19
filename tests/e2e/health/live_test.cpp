#include <algorithm>
#include <sstream>

#include "support/e2e/child_process.h"
#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// What the service tells while things happen: Events of Kubernetes, server-sent events, metrics.
class LiveTest : public ServiceTest {
 protected:
  std::string begin() {
    const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}});
    service_.start();
    wait_synced(commit);
    return commit;
  }

  std::string described() const { return plane_.kubectl("describe environment " + name_); }
  /// Follows the server-sent events, after the one with that id.
  std::unique_ptr<ChildProcess> follow(const std::string& file, const std::string& last_id = "") const {
    return std::make_unique<ChildProcess>(
        std::vector<std::string>{"/usr/bin/env", "curl", "-sSN", "--noproxy", "*", "-H", "Last-Event-ID: " + last_id,
                                 service_.url() + "/api/v1/environments/" + name_ + "/events"},
        folder_ + "/" + file);
  }
  static void wait_told_of(const ChildProcess& reader, const std::string& text) {
    wait_until(
        text + " is told", [&] { return reader.log().find(text) != std::string::npos; }, kPatience,
        [&] { return reader.log(); });
  }
  static std::vector<std::string> ids_of(const ChildProcess& reader) {
    std::vector<std::string> ids;
    std::istringstream lines(reader.log());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("id: ") && !lines.eof()) ids.push_back(line.substr(4));
    }
    return ids;
  }

  /// Waits until there is an Event of that type and reason whose message says that.
  void wait_event(const std::string& type, const std::string& reason, const std::string& text) const {
    const auto of_this = "get events -n default --field-selector involvedObject.name=" + name_ + ",reason=" + reason +
                         ",type=" + type + " -o jsonpath={.items[*].message}";
    const auto told = [&] { return plane_.kubectl(of_this); };
    wait_until(
        reason + " is told", [&] { return told().find(text) != std::string::npos; }, kPatience,
        [&] { return told() + "\n" + described(); });
  }
};

TEST_F(LiveTest, kubectl_describe_shows_what_happened) {
  const auto commit = begin();
  wait_until("the sync is told", [&] { return described().find("SyncSucceeded") != std::string::npos; });
  EXPECT_THAT(described(), AllOf(HasSubstr("SyncStarted"), HasSubstr("commit " + commit.substr(0, 12) + " is applied"),
                                 HasSubstr("spira-reconciler")));
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_until("the revert is told", [&] { return described().find("DriftReverted") != std::string::npos; });
  push_overlay({{"bad.yaml", config_map("bad", "1") + "datum: {}\n"}});
  wait_until("the failure is told", [&] { return described().find("SyncFailed") != std::string::npos; });
  push_overlay({});
  wait_until("the prune is told", [&] { return described().find("Pruned") != std::string::npos; });
  repository_.hide();
  wait_until("the loss of the source is told", [&] { return described().find("SourceLost") != std::string::npos; });
  repository_.show();
  wait_until("its return is told", [&] { return described().find("SourceBack") != std::string::npos; });
}

TEST_F(LiveTest, kubectl_describe_shows_what_no_sync_was_begun_for) {
  Files files{{"a.yaml", config_map("a", "1")}};
  for (int i = 0; i < 6; ++i) files["b" + std::to_string(i) + ".yaml"] = config_map("b" + std::to_string(i), "1");
  push_overlay(files);
  service_.start();
  wait_event("Normal", "SyncSucceeded", "is applied");
  auto with_bad = files;
  with_bad["bad.yaml"] = "kind: [\n";
  const auto broken = push_overlay(with_bad);
  wait_event("Warning", "BuildFailed", "commit " + broken.substr(0, 12) + ": ");
  wait_event("Warning", "BuildFailed", "bad.yaml");
  const auto mended = push_overlay(files);
  wait_event("Normal", "Synced", "commit " + mended.substr(0, 12) + " is in place; was BuildFailed");
  push_overlay({{"a.yaml", config_map("a", "1")}});
  wait_event("Warning", "PruneNeedsConfirmation", "gitops.spira.dev/confirm-prune=");
  EXPECT_THAT(described(), AllOf(HasSubstr("BuildFailed"), HasSubstr("PruneNeedsConfirmation")));
}

TEST_F(LiveTest, log_and_events_name_what_was_written) {
  push_overlay({{"a.yaml", config_map("a", "1")}, {"b.yaml", config_map("b", "1")}});
  service_.start();
  const auto a = "ConfigMap " + name_ + "/a";
  const auto b = "ConfigMap " + name_ + "/b";
  wait_event("Normal", "SyncSucceeded", "is applied");
  EXPECT_THAT(service_.log(), HasSubstr("create " + a + ": does not exist yet"));
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_event("Normal", "DriftReverted", ": " + a);
  EXPECT_THAT(service_.log(), HasSubstr("revert " + a + ": was changed in the cluster"));
  push_overlay({{"a.yaml", config_map("a", "1")}});
  wait_event("Normal", "Pruned", "1 object that left Git is removed: " + b);
  EXPECT_THAT(service_.log(), HasSubstr("prune " + b + ": is no longer in Git"));
}

TEST_F(LiveTest, the_log_names_fifty_objects_and_says_how_many_more) {
  Files files;
  for (int i = 0; i < 60; ++i) files["a" + std::to_string(i) + ".yaml"] = config_map("a" + std::to_string(i), "1");
  const auto commit = push_overlay(files);
  service_.start();
  wait_synced(commit);
  const auto log = service_.log();
  std::size_t named = 0;
  for (auto at = log.find(": create "); at != std::string::npos; at = log.find(": create ", at + 1)) ++named;
  EXPECT_EQ(named, 50U);
  const auto rest = service_.status(name_)["objects"]["total"].get<int>() - 50;
  EXPECT_THAT(log, HasSubstr("environment " + name_ + ": and " + std::to_string(rest) + " more"));
}

TEST_F(LiveTest, kubectl_describe_shows_who_fights_over_an_object) {
  begin();
  for (int i = 0; i < 4; ++i) {
    wait_value("a", "1");
    plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand " + std::to_string(i)}}}});
  }
  wait_event("Warning", "Contested", "ConfigMap " + name_ + "/a: data.key by kubectl-edit");
}

TEST_F(LiveTest, server_sent_events_follow_a_sync) {
  begin();
  ChildProcess curl(
      {"/usr/bin/env", "curl", "-sSN", "--noproxy", "*", service_.url() + "/api/v1/environments/" + name_ + "/events"},
      folder_ + "/events");
  wait_until(
      "how things stand is told", [&] { return curl.log().find("event: status") != std::string::npos; }, kPatience,
      [&] { return curl.log(); });
  const auto commit = push_overlay({{"a.yaml", config_map("a", "2")}});
  wait_until("the sync is told", [&] { return curl.log().find("SyncSucceeded") != std::string::npos; });
  EXPECT_THAT(curl.log(), AllOf(HasSubstr("event: transition\ndata: {"), HasSubstr(commit), HasSubstr("\nid: ")));
  service_.stop();
  EXPECT_TRUE(curl.wait(kPatience)) << "the stream ends with the service";
}

TEST_F(LiveTest, who_comes_back_with_the_last_id_gets_exactly_what_was_missed) {
  begin();
  const auto stays = follow("stays");
  auto leaves = follow("leaves");
  for (const auto* reader : {stays.get(), leaves.get()}) wait_told_of(*reader, "event: status");
  wait_synced(push_overlay({{"a.yaml", config_map("a", "2")}}));
  wait_told_of(*leaves, "SyncSucceeded");
  const auto last = ids_of(*leaves).back();
  leaves.reset();
  const auto missed = push_overlay({{"a.yaml", config_map("a", "3")}});
  wait_synced(missed);
  const auto back = follow("back", last);
  push_overlay({{"a.yaml", config_map("a", "4")}, {"b.yaml", config_map("b", "1")}});
  const auto tail = [&](const ChildProcess& reader) {
    auto ids = ids_of(reader);
    const auto known = std::find(ids.begin(), ids.end(), last);
    if (known != ids.end()) ids.erase(ids.begin(), known + 1);
    return ids;
  };
  wait_until(
      "both were told the same", [&] { return tail(*stays).size() > 3 && tail(*stays) == tail(*back); }, kPatience,
      [&] { return stays->log() + "\n---\n" + back->log(); });
  EXPECT_THAT(back->log(), HasSubstr(missed));
  EXPECT_THAT(ids_of(*back), testing::Not(testing::Contains(last)));
}

TEST_F(LiveTest, metrics_tell_of_environments_and_forget_those_that_went) {
  begin();
  const auto of_this = "environment=\"" + name_ + "\"";
  EXPECT_EQ(service_.metric("reconciler_environment_info", of_this), 1);
  EXPECT_GT(service_.metric("reconciler_reconcile_duration_seconds_count", "stage=\"plan\""), 0);
  EXPECT_GT(service_.metric("reconciler_git_fetch_duration_seconds_count"), 0);
  EXPECT_GT(service_.metric("process_resident_memory_bytes"), 0);
  repository_.remove("environments/" + name_ + ".yaml");
  repository_.write("environments/README.md", "There is none any more.\n");
  push();
  wait_until("its series ended", [&] { return service_.get("/metrics").body.find(of_this) == std::string::npos; });
}

/// Webhooks, and no polls.
class StormTest : public ServiceTest {
 protected:
  StormTest() : ServiceTest("1h") {}
};

TEST_F(StormTest, metrics_tell_what_a_push_an_edit_and_their_syncs_took) {
  const auto first = push_overlay({{"a.yaml", config_map("a", "1")}});
  service_.start();
  wait_synced(first);
  write_overlay({{"a.yaml", config_map("a", "2")}, {"b.yaml", config_map("b", "1")}});
  const auto commit = repository_.push();
  const auto told = nlohmann::json{{"ref", "refs/heads/main"}, {"after", commit}}.dump();
  EXPECT_EQ(service_.post("/webhooks/generic", told, {{"X-Signature", service_.signature_of(told)}}).status, 202);
  wait_synced(commit);
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "2");
  const auto of_this = "environment=\"" + name_ + "\"";
  wait_until("the revert is counted", [&] { return service_.metric("reconciler_drift_reverted_total", of_this) == 1; });
  for (const std::string stage : {"fetch", "render", "plan", "admit", "apply", "health", "total"}) {
    const auto with = "stage=\"" + stage + "\"";
    EXPECT_GT(service_.metric("reconciler_reconcile_duration_seconds_count", with), 0) << stage;
    const auto sum = service_.metric("reconciler_reconcile_duration_seconds_sum", with);
    EXPECT_GT(sum, 0) << stage;
    EXPECT_LT(sum, 600) << stage;
  }
  EXPECT_EQ(service_.metric("reconciler_push_to_live_seconds_count"), 1);
  EXPECT_GT(service_.metric("reconciler_push_to_live_seconds_sum"), 0);
  EXPECT_LT(service_.metric("reconciler_push_to_live_seconds_sum"), 60);
  const auto objects = service_.status(name_)["objects"]["total"].get<double>();
  EXPECT_EQ(service_.metric("reconciler_environment_objects", of_this + ",state=\"synced\""), objects);
  EXPECT_EQ(service_.metric("reconciler_environment_objects", of_this + ",state=\"out_of_sync\""), 0);
  EXPECT_GE(service_.metric("reconciler_objects_applied_total", of_this), objects + 2);
  EXPECT_GT(service_.metric("reconciler_api_requests_total", "code=\"200\"", "verb=\"watch\""), 0);
  EXPECT_GT(service_.metric("reconciler_api_requests_total", "verb=\"apply\""), 0);
  EXPECT_GT(service_.metric("reconciler_api_requests_total", "code=\"201\""), 0);
  EXPECT_THAT(service_.get("/metrics").body, HasSubstr("\nreconciler_queue_depth "));
  wait_until("nothing is left to do", [&] { return service_.metric("reconciler_queue_depth") == 0; });
}

TEST_F(StormTest, a_thousand_pushes_cost_few_looks_and_one_sync) {
  wait_synced([&] {
    const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}});
    service_.start();
    return commit;
  }());
  write_overlay({{"a.yaml", config_map("a", "2")}});
  const auto commit = repository_.push();
  const auto looks = service_.metric("reconciler_git_looks_total");
  const auto changed = service_.metric("reconciler_reconciles_total", "result=\"changed\"");
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(service_.tell_of_push("main").status, 202);
  wait_synced(commit);
  EXPECT_EQ(value_of("a"), "2");
  // Ten at once and five in a second: far fewer than pushes, however slow this machine is.
  EXPECT_LT(service_.metric("reconciler_git_looks_total") - looks, 500);
  EXPECT_EQ(service_.metric("reconciler_reconciles_total", "result=\"changed\"") - changed, 1);
}

}  // namespace
}  // namespace reconciler::test
