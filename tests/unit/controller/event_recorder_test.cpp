#include "controller/event_recorder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/fake_clock.h"
#include "support/fake_cluster.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

class EventRecorderTest : public ::testing::Test {
 protected:
  EventRecorderTest() { cluster_.serve({"", "Event"}, "v1", true); }

  bool write() {
    return recorder_.write(cluster_, [](const std::string& name) {
      return name == "dev" ? std::optional<std::string>("uid-of-dev") : std::nullopt;
    });
  }

  std::vector<Json> events() const {
    std::vector<Json> events;
    for (auto& object : cluster_.objects()) {
      if (object["kind"] == "Event") events.push_back(std::move(object));
    }
    return events;
  }

  const Transition synced_{false, "SyncSucceeded", "commit aaa is applied"};
  test::FakeClock clock_;
  test::FakeCluster cluster_;
  EventRecorder recorder_{clock_};
};

TEST_F(EventRecorderTest, an_event_speaks_of_its_environment) {
  recorder_.add("dev", {true, "Degraded", "it crashes"});
  EXPECT_EQ(recorder_.waiting(), 1U);
  EXPECT_TRUE(write());
  EXPECT_EQ(recorder_.waiting(), 0U);
  ASSERT_EQ(events().size(), 1U);
  const auto event = events()[0];
  EXPECT_EQ(event["metadata"]["namespace"], "default");
  EXPECT_EQ(event["involvedObject"], Json::parse(R"({"apiVersion":"gitops.spira.dev/v1alpha1","kind":"Environment",
                                                     "name":"dev","uid":"uid-of-dev"})"));
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["reason"], "Degraded");
  EXPECT_EQ(event["message"], "it crashes");
  EXPECT_EQ(event["firstTimestamp"], "2026-01-31T12:00:00Z");
  EXPECT_EQ(event["count"], 1);
}

TEST_F(EventRecorderTest, one_that_says_the_same_is_counted_up) {
  recorder_.add("dev", synced_);
  EXPECT_TRUE(write());
  clock_.advance(60s);
  recorder_.add("dev", synced_);
  recorder_.add("dev", synced_);
  EXPECT_TRUE(write());
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0]["count"], 3);
  EXPECT_EQ(events()[0]["firstTimestamp"], "2026-01-31T12:00:00Z");
  EXPECT_EQ(events()[0]["lastTimestamp"], "2026-01-31T12:01:00Z");
}

TEST_F(EventRecorderTest, a_flood_is_cut_off_and_a_trickle_is_not) {
  for (int i = 0; i < 100; ++i) recorder_.add("dev", {false, "SyncSucceeded", std::to_string(i)});
  EXPECT_TRUE(write());
  EXPECT_EQ(events().size(), 25U);
  clock_.advance(5min);
  for (int i = 100; i < 200; ++i) recorder_.add("dev", {false, "SyncSucceeded", std::to_string(i)});
  EXPECT_TRUE(write());
  EXPECT_EQ(events().size(), 26U);
}

TEST_F(EventRecorderTest, what_cannot_be_written_is_dropped_and_what_cannot_yet_waits) {
  recorder_.add("nobody", synced_);
  EXPECT_TRUE(write());
  cluster_.on_call([](const auto&) { return Error{ErrorKind::kForbidden, "no", {}}; });
  recorder_.add("dev", synced_);
  EXPECT_TRUE(write());
  EXPECT_EQ(recorder_.waiting(), 0U);
  cluster_.on_call({});
  cluster_.go_down();
  recorder_.add("dev", synced_);
  EXPECT_FALSE(write());
  EXPECT_EQ(recorder_.waiting(), 1U);
  cluster_.come_back();
  EXPECT_TRUE(write());
  EXPECT_EQ(events().size(), 1U);
}

}  // namespace
}  // namespace reconciler::controller
