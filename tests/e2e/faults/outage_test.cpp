#include <filesystem>

#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using std::chrono::seconds;

/// What the issue allows between the return of what was gone and Synced.
constexpr auto kRecovery = seconds(10);

class OutageTest : public ServiceTest {
 protected:
  OutageTest() {
    const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}});
    service_.start();
    wait_synced(commit);
    wait_ready(commit);
  }

  void TearDown() override {
    plane_.server().start_apiserver();
    ServiceTest::TearDown();
  }

  static Files many() {
    Files files;
    for (int i = 0; i < 60; ++i)
      files["many-" + std::to_string(i) + ".yaml"] = config_map("many-" + std::to_string(i), "1");
    return files;
  }

  std::string push_value(const std::string& value) { return push_overlay({{"a.yaml", config_map("a", value)}}); }
};

TEST_F(OutageTest, the_api_server_goes_and_comes_back) {
  plane_.server().stop_apiserver();
  const auto status = wait_reason("Synced", "ClusterUnavailable");
  EXPECT_EQ(status["sync"], "Unknown");
  EXPECT_EQ(status["health"], "Unknown");
  const auto commit = push_value("2");
  wait_until("the new head is told of", [&] { return service_.status(name_)["revision"]["head"] == commit; });
  EXPECT_TRUE(service_.is_running());
  EXPECT_EQ(service_.get("/livez").status, 200);
  plane_.server().start_apiserver();
  wait_synced(commit, kRecovery);
  EXPECT_EQ(value_of("a"), "2");
  wait_ready(commit);
}

TEST_F(OutageTest, a_service_that_starts_during_an_outage_waits_for_its_end) {
  service_.stop();
  const auto commit = push_value("2");
  plane_.server().stop_apiserver();
  service_.start();
  wait_reason("Synced", "ClusterUnavailable");
  EXPECT_NE(service_.get("/readyz").status, 200);
  plane_.server().start_apiserver();
  wait_synced(commit, kRecovery);
  EXPECT_EQ(value_of("a"), "2");
}

TEST_F(OutageTest, a_resync_that_is_asked_for_in_an_outage_is_done_when_it_is_over) {
  plane_.server().stop_apiserver();
  wait_reason("Synced", "ClusterUnavailable");
  const auto id = service_.ask_for_sync(name_);
  plane_.server().start_apiserver();
  wait_until("the resync has ended", [&] {
    const auto sync = service_.status(name_)["lastSync"];
    return sync["id"] == id && sync["result"] == "Succeeded";
  });
  EXPECT_EQ(service_.status(name_)["lastSync"]["trigger"], "manual");
}

TEST_F(OutageTest, a_resync_that_an_outage_interrupts_is_done_when_it_is_over) {
  wait_synced(push_overlay(many()));
  const auto id = service_.ask_for_sync(name_);
  wait_until("the resync is under way", [&] { return service_.status(name_)["lastSync"]["id"] == id; });
  plane_.server().stop_apiserver();
  plane_.server().start_apiserver();
  wait_until("the resync has ended", [&] {
    const auto sync = service_.status(name_)["lastSync"];
    return sync["id"] == id && sync["result"] == "Succeeded";
  });
}

TEST_F(OutageTest, a_sigterm_ends_it_in_time_also_in_an_outage) {
  plane_.server().stop_apiserver();
  wait_reason("Synced", "ClusterUnavailable");
  service_.stop();
}

TEST_F(OutageTest, an_outage_in_the_middle_of_a_sync_ends_like_any_other) {
  const auto commit = push_overlay(many());
  wait_until("the sync is under way", [&] { return plane_.list("v1/ConfigMap", name_).size() > 5; });
  plane_.server().stop_apiserver();
  EXPECT_TRUE(service_.is_running());
  plane_.server().start_apiserver();
  wait_synced(commit, kRecovery);
  EXPECT_EQ(service_.status(name_)["objects"]["total"], 61);
  EXPECT_FALSE(plane_.exists("v1/ConfigMap", name_, "a"));
}

TEST_F(OutageTest, the_remote_goes_and_comes_back) {
  repository_.hide();
  const auto status = wait_reason("SourceReady", "FetchFailed");
  EXPECT_EQ(condition(status, "SourceReady")["status"], "False");
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "1");
  repository_.show();
  wait_synced(push_value("2"), kRecovery);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(condition(service_.status(name_), "SourceReady")["status"], "True");
}

TEST_F(OutageTest, a_service_that_starts_without_the_remote_goes_on_from_what_it_has) {
  service_.stop();
  repository_.hide();
  service_.start();
  wait_reason("SourceReady", "FetchFailed");
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "1");
  repository_.show();
  wait_synced(push_value("2"), kRecovery);
}

TEST_F(OutageTest, a_data_folder_that_is_lost_while_it_runs_is_brought_again) {
  std::filesystem::remove_all(folder_ + "/data");
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "1");
  wait_synced(push_value("2"), kRecovery);
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_THAT(service_.log(), testing::HasSubstr("was damaged and is fetched anew"));
}

TEST_F(OutageTest, a_mirror_that_a_loss_of_power_emptied_is_brought_again_at_the_start) {
  service_.kill();
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_ + "/data")) {
    if (file.path().filename() == "HEAD" || file.path().filename() == "main") {
      std::filesystem::resize_file(file.path(), 0);
    }
  }
  service_.start();
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "1");
  wait_synced(push_value("2"), kRecovery);
  EXPECT_THAT(service_.log(), testing::HasSubstr("was damaged and is fetched anew"));
}

}  // namespace
}  // namespace reconciler::test
