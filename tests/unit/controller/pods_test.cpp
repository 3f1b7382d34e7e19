#include "controller/pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/fake_clock.h"
#include "support/fake_cluster.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;
using health::HealthStatus;
using ::testing::HasSubstr;

const ObjectKey kApi{{"apps", "Deployment"}, "default", "api"};
constexpr const char* kSet = "applyset-ours-v1";

Json pod(const std::string& name, const std::string& hash, const std::string& created, const Json& status) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata",
           {{"name", name},
            {"namespace", "default"},
            {"creationTimestamp", created},
            {"labels", {{"pod-template-hash", hash}}},
            {"ownerReferences",
             {{{"apiVersion", "apps/v1"}, {"kind", "ReplicaSet"}, {"name", "api-" + hash}, {"controller", true}}}}}},
          {"status", status}};
}

Json crashing() {
  return Json::parse(R"({"phase":"Running","containerStatuses":[{"name":"app",
      "state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":3}}}]})");
}
Json running() {
  return Json::parse(R"({"phase":"Running","containerStatuses":[{"name":"app","ready":true,"state":{"running":{}}}]})");
}
Json unschedulable(const std::string& since) {
  return {{"phase", "Pending"},
          {"conditions",
           {{{"type", "PodScheduled"},
             {"status", "False"},
             {"reason", "Unschedulable"},
             {"message", "no room"},
             {"lastTransitionTime", since}}}}};
}

class PodsTest : public ::testing::Test {
 protected:
  PodsTest() {
    cluster_.serve({"", "Event"}, "v1", true);
    pods_.follow(kSet, {"default"});
  }

  std::optional<health::Health> trouble() {
    cluster_.settle();
    return pods_.trouble(kApi);
  }

  /// The namespaces in which pods were watched, in order.
  std::vector<std::string> watched() const {
    std::vector<std::string> namespaces;
    for (const auto& request : cluster_.watches()) {
      if (request.type.kind == "Pod") namespaces.push_back(request.namespace_);
    }
    return namespaces;
  }

  /// Kubernetes says something of an object.
  void say(const std::string& kind, const std::string& name, const std::string& type, const std::string& reason,
           const std::string& message = "because", const std::string& api_version = "v1",
           const std::string& when = "2026-01-31T12:00:10Z") {
    Json event{
        {"apiVersion", "v1"}, {"kind", "Event"}, {"metadata", {{"name", name + ".1"}, {"namespace", "default"}}}};
    event["involvedObject"] = {{"apiVersion", api_version}, {"kind", kind}, {"namespace", "default"}, {"name", name}};
    event.update({{"type", type}, {"reason", reason}, {"message", message}, {"lastTimestamp", when}});
    cluster_.put(event);
  }

  test::FakeClock clock_;
  test::FakeCluster cluster_;
  std::mutex mutex_;
  std::set<ObjectKey> news_;
  Pods pods_{cluster_, clock_, [this](const std::set<ObjectKey>& workloads) {
               const std::scoped_lock lock(mutex_);
               news_.insert(workloads.begin(), workloads.end());
             }};
};

TEST_F(PodsTest, a_pod_that_crashes_is_its_deployments_trouble) {
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", crashing()));
  ASSERT_TRUE(trouble());
  EXPECT_EQ(trouble()->status, HealthStatus::kDegraded);
  EXPECT_EQ(trouble()->message, "pod api-1-x: container app: CrashLoopBackOff: exit code 3");
  EXPECT_EQ(news_.count(kApi), 1U);
}

TEST_F(PodsTest, trouble_ends_with_the_pods) {
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", crashing()));
  ASSERT_TRUE(trouble());
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", running()));
  EXPECT_FALSE(trouble());
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", crashing()));
  cluster_.erase({{"", "Pod"}, "default", "api-1-x"});
  EXPECT_FALSE(trouble());
}

TEST_F(PodsTest, pods_of_an_older_revision_do_not_count) {
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", crashing()));
  cluster_.put(pod("api-2-x", "2", "2026-01-31T12:00:05Z", running()));
  EXPECT_FALSE(trouble());
  cluster_.put(pod("api-2-y", "2", "2026-01-31T12:00:06Z", crashing()));
  EXPECT_THAT(trouble()->message, HasSubstr("pod api-2-y"));
}

TEST_F(PodsTest, revisions_of_one_second_both_count) {
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", running()));
  cluster_.put(pod("api-2-x", "2", "2026-01-31T12:00:00Z", crashing()));
  EXPECT_THAT(trouble()->message, HasSubstr("pod api-2-x"));
}

TEST_F(PodsTest, a_pod_that_no_node_takes_is_trouble_after_a_while) {
  cluster_.put(pod("api-1-x", "1", rfc3339(clock_.wall()), unschedulable(rfc3339(clock_.wall()))));
  EXPECT_EQ(trouble()->status, HealthStatus::kProgressing);
  const auto due = pods_.due(kApi);
  ASSERT_TRUE(due);
  EXPECT_LE(*due, clock_.steady() + 3s);
  clock_.advance(3s);
  EXPECT_EQ(trouble()->status, HealthStatus::kDegraded);
  EXPECT_EQ(trouble()->message, "pod api-1-x: Unschedulable: no room");
  EXPECT_FALSE(pods_.due(kApi));
}

TEST_F(PodsTest, how_long_no_node_took_it_counts_from_before_the_start) {
  cluster_.put(pod("api-1-x", "1", "2020-01-31T12:00:00Z", unschedulable("2020-01-31T12:00:00Z")));
  EXPECT_EQ(trouble()->status, HealthStatus::kDegraded);
}

TEST_F(PodsTest, a_clock_that_is_ahead_does_not_hide_it_for_longer) {
  cluster_.put(pod("api-1-x", "1", "2100-01-31T12:00:00Z", unschedulable("2100-01-31T12:00:00Z")));
  EXPECT_EQ(trouble()->status, HealthStatus::kProgressing);
  clock_.advance(3s);
  EXPECT_EQ(trouble()->status, HealthStatus::kDegraded);
}

TEST_F(PodsTest, a_pod_that_awaits_its_volume_has_the_time_that_a_volume_takes) {
  auto status = unschedulable(rfc3339(clock_.wall()));
  status["conditions"][0]["message"] = "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims.";
  cluster_.put(pod("api-1-x", "1", rfc3339(clock_.wall()), status));
  clock_.advance(10s);
  EXPECT_EQ(trouble()->status, HealthStatus::kProgressing);
  clock_.advance(5s);
  EXPECT_EQ(trouble()->status, HealthStatus::kDegraded);
}

TEST_F(PodsTest, a_crash_counts_before_a_pod_that_no_node_takes) {
  cluster_.put(pod("api-1-a", "1", rfc3339(clock_.wall()), unschedulable(rfc3339(clock_.wall()))));
  cluster_.put(pod("api-1-b", "1", rfc3339(clock_.wall()), crashing()));
  EXPECT_EQ(trouble()->status, HealthStatus::kDegraded);
  EXPECT_THAT(trouble()->message, HasSubstr("api-1-b"));
}

TEST_F(PodsTest, what_its_containers_wait_for_is_read_from_events) {
  const Json waiting = Json::parse(R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"True"}],
      "containerStatuses":[{"name":"app","state":{"waiting":{"reason":"ContainerCreating"}}}]})");
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", waiting));
  EXPECT_FALSE(trouble());
  say("Pod", "api-1-x", "Warning", "FailedMount");
  EXPECT_EQ(trouble()->message, "pod api-1-x: FailedMount: because");
  EXPECT_EQ(trouble()->status, HealthStatus::kProgressing);
  clock_.advance(15s);
  EXPECT_EQ(trouble()->status, HealthStatus::kDegraded);
  news_.clear();
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", running()));
  EXPECT_FALSE(trouble());
  EXPECT_EQ(news_.count(kApi), 1U);
}

TEST_F(PodsTest, why_no_pod_of_a_workload_can_be_made_is_read_from_events) {
  const ObjectKey job{{"batch", "Job"}, "default", "load"};
  say("Job", "load", "Warning", "FailedCreate", "because", "batch/v1");
  cluster_.settle();
  EXPECT_EQ(pods_.trouble(job), (health::Health{HealthStatus::kDegraded, "FailedCreate: because"}));
  EXPECT_EQ(news_.count(job), 1U);
}

TEST_F(PodsTest, a_pod_that_was_made_since_has_settled_that_none_could_be) {
  const ObjectKey set{{"apps", "StatefulSet"}, "default", "web"};
  auto made = pod("web-0", "1", "2026-01-31T12:00:05Z", running());
  made["metadata"]["ownerReferences"] = {
      {{"apiVersion", "apps/v1"}, {"kind", "StatefulSet"}, {"name", "web"}, {"controller", true}}};
  cluster_.put(made);
  say("StatefulSet", "web", "Warning", "FailedCreate", "because", "apps/v1", "2026-01-31T12:00:10Z");
  cluster_.settle();
  EXPECT_TRUE(pods_.trouble(set)) << "the next one cannot be made";
  made["metadata"]["name"] = "web-1";
  made["metadata"]["creationTimestamp"] = "2026-01-31T12:00:20Z";
  cluster_.put(made);
  cluster_.settle();
  EXPECT_FALSE(pods_.trouble(set));
}

TEST_F(PodsTest, a_probe_that_fails_is_told_and_stays_progressing) {
  const Json unready = Json::parse(R"({"phase":"Running","conditions":[{"type":"Ready","status":"False"}],
      "containerStatuses":[{"name":"app","ready":false,"state":{"running":{}}}]})");
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", unready));
  EXPECT_FALSE(trouble());
  say("Pod", "api-1-x", "Warning", "FailedMount", "of long ago");
  EXPECT_FALSE(trouble());
  say("Pod", "api-1-x", "Warning", "Unhealthy", "Readiness probe failed");
  clock_.advance(60s);
  EXPECT_EQ(trouble(), (health::Health{HealthStatus::kProgressing, "pod api-1-x: Unhealthy: Readiness probe failed"}));
  EXPECT_EQ(pods_.due(kApi), std::nullopt);
  cluster_.put(pod("api-1-y", "1", "2026-01-31T12:00:00Z", crashing()));
  EXPECT_EQ(trouble()->status, HealthStatus::kDegraded);
}

TEST_F(PodsTest, why_a_claim_is_not_bound_is_read_from_events) {
  const ObjectKey claim{{"", "PersistentVolumeClaim"}, "default", "data"};
  say("PersistentVolumeClaim", "data", "Normal", "WaitForFirstConsumer");
  cluster_.settle();
  EXPECT_EQ(pods_.claim(claim), (health::Health{HealthStatus::kProgressing, "WaitForFirstConsumer: because"}));
  say("PersistentVolumeClaim", "data", "Warning", "ProvisioningFailed");
  cluster_.settle();
  EXPECT_EQ(pods_.claim(claim), (health::Health{HealthStatus::kDegraded, "ProvisioningFailed: because"}));
  EXPECT_EQ(news_.count(claim), 1U);
  cluster_.erase({{"", "Event"}, "default", "data.1"});
  cluster_.settle();
  EXPECT_EQ(pods_.claim(claim), std::nullopt);
}

TEST_F(PodsTest, a_controller_that_tries_again_after_a_conflict_is_no_trouble) {
  const ObjectKey claim{{"", "PersistentVolumeClaim"}, "default", "data"};
  say("PersistentVolumeClaim", "data", "Warning", "ProvisioningFailed",
      "Error saving claim: Operation cannot be fulfilled on persistentvolumeclaims \"data\": the object has been "
      "modified; "
      "please apply your changes to the latest version and try again");
  cluster_.settle();
  EXPECT_EQ(pods_.claim(claim)->status, HealthStatus::kProgressing);
}

TEST_F(PodsTest, there_is_a_watch_only_while_there_are_workloads) {
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", crashing()));
  ASSERT_TRUE(trouble());
  pods_.follow("applyset-theirs-v1", {"default"});
  EXPECT_EQ(watched().size(), 1U);
  pods_.follow(kSet, {});
  EXPECT_TRUE(trouble());
  pods_.follow("applyset-theirs-v1", {});
  EXPECT_FALSE(trouble());
}

TEST_F(PodsTest, many_namespaces_share_one_watch) {
  std::set<std::string> namespaces;
  for (int i = 0; i < 100; ++i) namespaces.insert("n" + std::to_string(i));
  pods_.follow(kSet, namespaces);
  EXPECT_EQ(watched(), (std::vector<std::string>{"default", ""}));
}

TEST_F(PodsTest, pods_that_went_while_nobody_looked_are_forgotten) {
  cluster_.put(pod("api-1-x", "1", "2026-01-31T12:00:00Z", crashing()));
  ASSERT_TRUE(trouble());
  cluster_.go_down();
  cluster_.settle();
  cluster_.erase({{"", "Pod"}, "default", "api-1-x"});
  EXPECT_TRUE(trouble());
  cluster_.come_back();
  EXPECT_FALSE(trouble());
}

}  // namespace
}  // namespace reconciler::controller
