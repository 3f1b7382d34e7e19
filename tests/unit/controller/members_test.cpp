#include "controller/members.h"

#include <thread>

#include <gtest/gtest.h>

#include "news.h"
#include "support/fake_cluster.h"
#include "support/objects.h"
#include "sync/desired.h"
#include "sync/names.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;
using test::config_map;
using test::deployment;
using Texts = std::vector<std::string>;

constexpr const char* kOurs = "applyset-ours-v1";
constexpr const char* kTheirs = "applyset-theirs-v1";
const GroupKind kConfigMap{"", "ConfigMap"};
const GroupKind kDeployment{"apps", "Deployment"};
const ObjectKey kA{kConfigMap, "default", "a"};
const ObjectKey kApi{kDeployment, "default", "api"};

Json member(Json object, const std::string& part_of = kOurs) {
  object["metadata"]["labels"][sync::kPartOfLabel] = part_of;
  return object;
}

class MembersTest : public ::testing::Test {
 protected:
  Status follow(const std::set<GroupKind>& kinds, Duration patience = 60s) {
    return members_.follow(kinds, patience, {});
  }

  /// What is known of our set, when Git says these objects.
  sync::LiveSet snapshot(const std::vector<Json>& bodies = {}) {
    cluster_.settle();
    return members_.snapshot(sync::place(test::rendered(bodies), kOurs, "default", cluster_).value());
  }

  static Json available(int generation) {
    return {{"status",
             {{"observedGeneration", generation},
              {"replicas", 1},
              {"updatedReplicas", 1},
              {"availableReplicas", 1},
              {"conditions", {{{"type", "Available"}, {"status", "True"}}}}}}};
  }

  test::FakeCluster cluster_;
  News news_;
  Members members_{cluster_, [this](const std::string& part_of) { news_.tell(part_of); }};
};

TEST_F(MembersTest, what_lived_before_is_known_once_it_is_followed) {
  cluster_.put(member(config_map("default", "a")));
  ASSERT_TRUE(follow({kConfigMap}));
  EXPECT_EQ(snapshot().count(kA), 1U);
}

TEST_F(MembersTest, a_snapshot_has_our_members_and_what_others_have_under_our_keys) {
  cluster_.put(member(config_map("default", "a")));
  cluster_.put(member(config_map("default", "wanted"), kTheirs));
  cluster_.put(member(config_map("default", "foreign"), kTheirs));
  cluster_.put(config_map("default", "nobody"));
  ASSERT_TRUE(follow({kConfigMap}));
  const auto live = snapshot({config_map("", "wanted")});
  EXPECT_EQ(live.size(), 2U);
  EXPECT_EQ(live.count(kA), 1U);
  EXPECT_EQ(live.at({kConfigMap, "default", "wanted"})->part_of, kTheirs);
}

TEST_F(MembersTest, a_kind_is_watched_once_for_all) {
  ASSERT_TRUE(follow({kConfigMap}));
  ASSERT_TRUE(follow({kConfigMap, kDeployment}));
  EXPECT_EQ(cluster_.watches().size(), 2U);
}

TEST_F(MembersTest, kinds_without_health_are_watched_by_their_metadata_alone) {
  ASSERT_TRUE(follow({kConfigMap, kDeployment}));
  for (const auto& request : cluster_.watches()) {
    EXPECT_EQ(request.projection == kube::Projection::kFull, request.type == kDeployment);
    EXPECT_EQ(request.label_selector, sync::kPartOfLabel);
  }
}

TEST_F(MembersTest, what_changes_is_told_to_its_set) {
  ASSERT_TRUE(follow({kConfigMap}));
  cluster_.put(member(config_map("default", "a")));
  news_.wait_for(kOurs);
  news_.forget();
  cluster_.put(member(config_map("default", "b"), kTheirs));
  cluster_.settle();
  EXPECT_EQ(news_.all(), Texts{kTheirs});
}

TEST_F(MembersTest, each_version_of_an_object_that_differs_is_told) {
  auto differing = member(config_map("default", "a"));
  differing["metadata"]["annotations"][sync::kFieldsAnnotation] = "before";
  cluster_.put(differing);
  ASSERT_TRUE(follow({kConfigMap}));
  cluster_.settle();
  news_.forget();
  cluster_.edit(kA, {{"data", {{"key", "by hand"}}}});
  cluster_.settle();
  EXPECT_EQ(news_.all(), Texts{kOurs});
}

TEST_F(MembersTest, what_does_not_matter_is_not_told) {
  cluster_.put(member(deployment("default", "api")));
  ASSERT_TRUE(follow({kDeployment}));
  cluster_.edit(kApi, available(1), "kube-controller-manager");
  cluster_.settle();
  news_.forget();
  cluster_.edit(kApi, {{"status", {{"collisionCount", 1}}}}, "kube-controller-manager");
  cluster_.settle();
  EXPECT_EQ(news_.all(), Texts());
}

TEST_F(MembersTest, health_is_followed) {
  cluster_.put(member(deployment("default", "api")));
  ASSERT_TRUE(follow({kDeployment}));
  EXPECT_EQ(snapshot().at(kApi)->health.status, health::HealthStatus::kProgressing);
  cluster_.edit(kApi, available(1), "kube-controller-manager");
  EXPECT_EQ(snapshot().at(kApi)->health.status, health::HealthStatus::kHealthy);
}

TEST_F(MembersTest, what_is_deleted_is_forgotten_and_told) {
  cluster_.put(member(config_map("default", "a")));
  ASSERT_TRUE(follow({kConfigMap}));
  news_.forget();
  cluster_.erase(kA);
  EXPECT_TRUE(snapshot().empty());
  EXPECT_TRUE(news_.has(kOurs));
}

TEST_F(MembersTest, an_object_whose_label_is_removed_is_no_member_any_more) {
  cluster_.put(member(config_map("default", "a")));
  ASSERT_TRUE(follow({kConfigMap}));
  news_.forget();
  cluster_.edit(kA, {{"metadata", {{"labels", {{sync::kPartOfLabel, nullptr}}}}}});
  EXPECT_TRUE(snapshot().empty());
  EXPECT_TRUE(news_.has(kOurs));
}

TEST_F(MembersTest, an_object_that_goes_to_another_set_is_news_for_both) {
  cluster_.put(member(config_map("default", "a")));
  ASSERT_TRUE(follow({kConfigMap}));
  cluster_.settle();
  news_.forget();
  cluster_.edit(kA, {{"metadata", {{"labels", {{sync::kPartOfLabel, kTheirs}}}}}});
  EXPECT_TRUE(snapshot().empty());
  EXPECT_TRUE(news_.has(kOurs));
  EXPECT_TRUE(news_.has(kTheirs));
}

TEST_F(MembersTest, a_kind_that_is_not_served_is_passed_over_until_it_is) {
  const GroupKind widget{"example.org", "Widget"};
  ASSERT_TRUE(follow({widget}));
  cluster_.serve(widget, "v1", true);
  cluster_.put(member(test::object("example.org/v1", "Widget", "default", "a")));
  ASSERT_TRUE(follow({widget}));
  EXPECT_EQ(snapshot().size(), 1U);
}

TEST_F(MembersTest, an_outage_is_told_to_all_and_so_is_its_end) {
  ASSERT_TRUE(follow({kConfigMap}));
  EXPECT_FALSE(members_.trouble({kConfigMap}));
  cluster_.go_down();
  news_.wait_for("");
  ASSERT_TRUE(members_.trouble({kConfigMap}));
  EXPECT_EQ(members_.trouble({kConfigMap})->kind, ErrorKind::kUnavailable);
  news_.forget();
  cluster_.come_back();
  news_.wait_for("");
  EXPECT_FALSE(members_.trouble({kConfigMap}));
}

TEST_F(MembersTest, a_kind_that_alone_is_out_of_reach_troubles_nobody_else) {
  ASSERT_TRUE(follow({kConfigMap, kDeployment}));
  cluster_.break_watches(kDeployment);
  news_.wait_for("");
  EXPECT_TRUE(members_.trouble({kConfigMap, kDeployment}));
  EXPECT_FALSE(members_.trouble({kConfigMap}));
  EXPECT_FALSE(members_.trouble({{"example.org", "Unknown"}}));
  cluster_.come_back();
  cluster_.settle();
  EXPECT_FALSE(members_.trouble({kDeployment}));
}

TEST_F(MembersTest, what_went_during_an_outage_is_gone_after_it) {
  cluster_.put(member(config_map("default", "a")));
  ASSERT_TRUE(follow({kConfigMap}));
  cluster_.go_down();
  cluster_.erase(kA);
  cluster_.put(member(config_map("default", "b")));
  cluster_.come_back();
  const auto live = snapshot();
  EXPECT_EQ(live.count(kA), 0U);
  EXPECT_EQ(live.count({kConfigMap, "default", "b"}), 1U);
}

TEST_F(MembersTest, a_server_out_of_reach_cannot_be_followed) {
  cluster_.go_down();
  EXPECT_EQ(follow({kConfigMap}).error().kind, ErrorKind::kUnavailable);
}

TEST_F(MembersTest, the_answer_of_an_apply_counts_before_the_watch_has_told_it) {
  ASSERT_TRUE(follow({kConfigMap}));
  auto object = member(config_map("default", "a"));
  object["metadata"]["resourceVersion"] = "9999";
  members_.applied(object);
  EXPECT_EQ(snapshot().count(kA), 1U);
}

TEST_F(MembersTest, an_answer_that_is_older_than_the_watch_counts_for_nothing) {
  cluster_.put(member(config_map("default", "a")));
  ASSERT_TRUE(follow({kConfigMap}));
  const auto answer = *cluster_.object(kA);
  cluster_.erase(kA);
  cluster_.settle();
  members_.applied(answer);
  EXPECT_TRUE(snapshot().empty());
}

TEST_F(MembersTest, an_answer_is_assessed_as_the_watch_assesses_it) {
  const GroupKind account{"", "ServiceAccount"};
  ASSERT_TRUE(follow({account}));
  auto object = member(test::object("v1", "ServiceAccount", "default", "a"));
  object["metadata"]["generation"] = 2;
  object["metadata"]["resourceVersion"] = "9999";
  object["status"]["observedGeneration"] = 1;
  members_.applied(object);
  EXPECT_EQ(snapshot().at({account, "default", "a"})->health.status, health::HealthStatus::kHealthy);
}

TEST_F(MembersTest, an_accepted_deletion_is_under_way_at_once) {
  cluster_.put(member(config_map("default", "a")));
  ASSERT_TRUE(follow({kConfigMap}));
  members_.deletion_accepted(kA, "another-uid");
  EXPECT_FALSE(snapshot().at(kA)->being_deleted);
  members_.deletion_accepted(kA, snapshot().at(kA)->uid);
  EXPECT_TRUE(snapshot().at(kA)->being_deleted);
}

TEST_F(MembersTest, a_snapshot_does_not_change_any_more) {
  cluster_.put(member(config_map("default", "a")));
  ASSERT_TRUE(follow({kConfigMap}));
  const auto live = snapshot();
  members_.deletion_accepted(kA, live.at(kA)->uid);
  cluster_.erase(kA);
  cluster_.settle();
  EXPECT_FALSE(live.at(kA)->being_deleted);
}

TEST_F(MembersTest, waiting_ends_when_all_are_healthy) {
  cluster_.put(member(deployment("default", "api")));
  ASSERT_TRUE(follow({kDeployment}));
  const std::jthread controller([this] { cluster_.edit(kApi, available(1), "kube-controller-manager"); });
  EXPECT_TRUE(members_.wait_healthy({kApi}, 60s, {}));
}

TEST_F(MembersTest, waiting_in_vain_names_what_is_not_healthy_and_why) {
  cluster_.put(member(deployment("default", "api")));
  ASSERT_TRUE(follow({kDeployment, kConfigMap}));
  const auto waited = members_.wait_healthy({kApi, kA}, 0ms, {});
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::kUnavailable);
  ASSERT_EQ(waited.error().causes.size(), 2U);
  EXPECT_EQ(waited.error().causes[0].where, "Deployment.apps default/api");
  EXPECT_FALSE(waited.error().causes[0].message.empty());
  EXPECT_EQ(waited.error().causes[1].message, "does not exist yet");
}

TEST_F(MembersTest, waiting_for_what_is_degraded_names_that_alone) {
  const health::HealthRule rule{kDeployment, "/spec/paused", {{health::HealthStatus::kDegraded, {"*"}}}, ""};
  auto broken = member(deployment("default", "api"));
  broken["spec"]["paused"] = true;
  cluster_.put(broken);
  members_.use_rules(kOurs, {rule});
  ASSERT_TRUE(follow({kDeployment, kConfigMap}));
  const auto waited = members_.wait_healthy({kApi, kA}, 0ms, {});
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::kRejected);
  ASSERT_EQ(waited.error().causes.size(), 1U);
  EXPECT_EQ(waited.error().causes[0].where, "Deployment.apps default/api");
}

TEST_F(MembersTest, waiting_ends_with_a_stop) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(members_.wait_healthy({kA}, 60s, stop.get_token()).error().kind, ErrorKind::kCancelled);
}

TEST_F(MembersTest, rules_of_a_set_count_for_its_members_alone) {
  cluster_.put(member(config_map("default", "a")));
  cluster_.put(member(config_map("default", "b"), kTheirs));
  ASSERT_TRUE(follow({kConfigMap}));
  const health::HealthRule rule{kConfigMap, "/data/key", {{health::HealthStatus::kHealthy, {"up"}}}, ""};
  members_.use_rules(kOurs, {rule});
  ASSERT_TRUE(follow({kConfigMap}));
  const auto live = snapshot({config_map("", "b")});
  EXPECT_EQ(live.at(kA)->health.status, health::HealthStatus::kProgressing);
  EXPECT_EQ(live.at({kConfigMap, "default", "b"})->health.status, health::HealthStatus::kHealthy);
}

TEST_F(MembersTest, rules_that_change_make_health_be_read_anew) {
  cluster_.put(member(config_map("default", "a")));
  const auto rule = [](const char* path) {
    return health::HealthRule{kConfigMap, path, {{health::HealthStatus::kHealthy, {"*"}}}, ""};
  };
  members_.use_rules(kOurs, {rule("/absent")});
  ASSERT_TRUE(follow({kConfigMap}));
  EXPECT_EQ(snapshot().at(kA)->health.status, health::HealthStatus::kProgressing);
  members_.use_rules(kOurs, {rule("/kind")});
  ASSERT_TRUE(follow({kConfigMap}));
  EXPECT_EQ(snapshot().at(kA)->health.status, health::HealthStatus::kHealthy);
  members_.use_rules(kOurs, {});
  ASSERT_TRUE(follow({kConfigMap}));
  EXPECT_EQ(snapshot().at(kA)->health.status, health::HealthStatus::kHealthy);
}

/// A pod of the Deployment `api` that crash-loops.
Json crashing_pod() {
  return Json::parse(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"api-1-x","namespace":"default",
      "labels":{"pod-template-hash":"1"},"ownerReferences":[
          {"apiVersion":"apps/v1","kind":"ReplicaSet","name":"api-1","controller":true}]},
      "status":{"phase":"Running","containerStatuses":[{"name":"app",
          "state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":3}}}]}})");
}

TEST_F(MembersTest, a_workload_whose_pods_crash_is_degraded_at_once) {
  cluster_.put(member(deployment("default", "api")));
  members_.follow_pods(kOurs, {"default"});
  ASSERT_TRUE(follow({kDeployment}));
  cluster_.edit(kApi, {{"status", {{"observedGeneration", 1}, {"replicas", 1}, {"updatedReplicas", 1}}}});
  EXPECT_EQ(snapshot().at(kApi)->health.status, health::HealthStatus::kProgressing);
  cluster_.put(crashing_pod());
  EXPECT_EQ(snapshot().at(kApi)->health, (health::Health{health::HealthStatus::kDegraded,
                                                         "pod api-1-x: container app: CrashLoopBackOff: exit code 3"}));
  EXPECT_TRUE(news_.has(kOurs));
  cluster_.erase({{"", "Pod"}, "default", "api-1-x"});
  EXPECT_EQ(snapshot().at(kApi)->health.status, health::HealthStatus::kProgressing);
}

TEST_F(MembersTest, pods_tell_why_a_workload_came_to_nothing) {
  cluster_.put(member(deployment("default", "api")));
  cluster_.put(crashing_pod());
  members_.follow_pods(kOurs, {"default"});
  ASSERT_TRUE(follow({kDeployment}));
  const Json late{{"type", "Progressing"}, {"status", "False"}, {"reason", "ProgressDeadlineExceeded"}};
  cluster_.edit(kApi,
                {{"status", {{"observedGeneration", 1}, {"updatedReplicas", 1}, {"conditions", Json::array({late})}}}});
  EXPECT_EQ(snapshot().at(kApi)->health.status, health::HealthStatus::kDegraded);
  EXPECT_TRUE(
      snapshot().at(kApi)->health.message.ends_with("; pod api-1-x: container app: CrashLoopBackOff: exit code 3"))
      << snapshot().at(kApi)->health.message;
}

TEST_F(MembersTest, old_pods_say_nothing_of_a_workload_that_was_just_changed) {
  cluster_.put(member(deployment("default", "api")));
  cluster_.put(crashing_pod());
  members_.follow_pods(kOurs, {"default"});
  ASSERT_TRUE(follow({kDeployment}));
  cluster_.edit(kApi, {{"status", {{"observedGeneration", 0}, {"replicas", 1}, {"updatedReplicas", 1}}}});
  EXPECT_EQ(snapshot().at(kApi)->health.status, health::HealthStatus::kProgressing);
}

TEST_F(MembersTest, pods_say_nothing_of_a_workload_that_is_healthy) {
  cluster_.put(member(deployment("default", "api")));
  cluster_.put(crashing_pod());
  members_.follow_pods(kOurs, {"default"});
  ASSERT_TRUE(follow({kDeployment}));
  cluster_.edit(kApi, available(1));
  EXPECT_EQ(snapshot().at(kApi)->health.status, health::HealthStatus::kHealthy);
}

TEST_F(MembersTest, who_wants_an_object_of_another_set_is_told_when_it_goes_and_when_its_parent_is_gone) {
  cluster_.put(member(config_map("default", "a"), kTheirs));
  ASSERT_TRUE(follow({kConfigMap}));
  EXPECT_EQ(snapshot({config_map("", "a")}).at(kA)->part_of, kTheirs);
  news_.forget();
  members_.parent_gone(kTheirs);
  EXPECT_EQ(news_.all(), Texts{kOurs});
  news_.forget();
  cluster_.erase(kA);
  cluster_.settle();
  EXPECT_EQ(news_.all(), (Texts{kOurs, kTheirs}));
  news_.forget();
  snapshot({config_map("", "a")});
  cluster_.put(member(config_map("default", "a"), kTheirs));
  cluster_.settle();
  EXPECT_EQ(news_.all(), Texts{kTheirs}) << "what it does not know of it does not want from anybody";
}

}  // namespace
}  // namespace reconciler::controller
