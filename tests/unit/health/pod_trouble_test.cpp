#include "health/pod_trouble.h"

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::health {
namespace {

using ::testing::HasSubstr;

/// The status of a pod, and what is said of it.
struct Case {
  const char* name;
  const char* message;  ///< Of the trouble; null for none.
  int grace;            ///< In seconds.
  const char* status;
};

void PrintTo(const Case& sample, std::ostream* out) { *out << sample.name; }

const Case kCases[] = {
    {"nothing_is_known_yet", nullptr, 0, "{}"},
    {"it_runs", nullptr, 0,
     R"({"phase":"Running","containerStatuses":[{"name":"app","ready":true,"restartCount":7,"state":{"running":{}},
         "lastState":{"terminated":{"exitCode":1}}}]})"},
    {"it_is_made", nullptr, 0,
     R"({"phase":"Pending","containerStatuses":[{"name":"app","state":{"waiting":{"reason":"ContainerCreating"}}}]})"},
    {"its_init_containers_run", nullptr, 0,
     R"({"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":0}},"restartCount":3}],
         "containerStatuses":[{"name":"app","state":{"waiting":{"reason":"PodInitializing"}}}]})"},
    {"it_crash_loops", "container app: CrashLoopBackOff: exit code 1", 0,
     R"({"phase":"Running","containerStatuses":[{"name":"app","restartCount":2,
         "state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 20s restarting failed container"}},
         "lastState":{"terminated":{"exitCode":1,"reason":"Error"}}}]})"},
    {"it_needs_more_memory", "container app: CrashLoopBackOff: exit code 137, OOMKilled", 0,
     R"({"phase":"Running","containerStatuses":[{"name":"app","state":{"waiting":{"reason":"CrashLoopBackOff"}},
         "lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]})"},
    {"it_crashed_once", nullptr, 0,
     R"({"phase":"Running","containerStatuses":[{"name":"app","ready":false,"restartCount":1,"state":{"running":{}},
         "lastState":{"terminated":{"exitCode":1}}}]})"},
    {"its_probes_fail", "container app: restarts and does not become ready: exit code 137", 0,
     R"({"phase":"Running","containerStatuses":[{"name":"app","ready":false,"restartCount":2,"state":{"running":{}},
         "lastState":{"terminated":{"exitCode":137,"reason":"Error"}}}]})"},
    {"it_crashed_a_moment_ago", "container app: restarts and does not become ready: exit code 2", 0,
     R"({"phase":"Running","containerStatuses":[{"name":"app","ready":false,"restartCount":4,
         "state":{"terminated":{"exitCode":2}}}]})"},
    {"its_image_cannot_be_pulled", "container app: ImagePullBackOff: Back-off pulling image \"a:1\"", 0,
     R"({"phase":"Pending","containerStatuses":[{"name":"app",
         "state":{"waiting":{"reason":"ImagePullBackOff","message":"Back-off pulling image \"a:1\""}}}]})"},
    {"its_image_has_no_name", "InvalidImageName", 0,
     R"({"phase":"Pending","containerStatuses":[{"name":"app","state":{"waiting":{"reason":"InvalidImageName"}}}]})"},
    {"its_configuration_is_missing", "CreateContainerConfigError: configmap \"env\" not found", 0,
     R"({"phase":"Pending","containerStatuses":[{"name":"app",
         "state":{"waiting":{"reason":"CreateContainerConfigError","message":"configmap \"env\" not found"}}}]})"},
    {"an_init_container_fails", "container i: CrashLoopBackOff", 0,
     R"({"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"waiting":{"reason":"CrashLoopBackOff"}}}],
         "containerStatuses":[{"name":"app","state":{"waiting":{"reason":"PodInitializing"}}}]})"},
    {"no_node_takes_it", "Unschedulable: 0/4 nodes are available", 3,
     R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable",
         "message":"0/4 nodes are available"}]})"},
    {"its_volume_is_not_there", "Unschedulable: pod has unbound immediate PersistentVolumeClaims", 15,
     R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable",
         "message":"pod has unbound immediate PersistentVolumeClaims"}]})"},
    {"a_gate_holds_it", nullptr, 0,
     R"({"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]})"},
    {"it_ended", nullptr, 0,
     R"({"phase":"Failed","containerStatuses":[{"name":"app","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]})"},
    {"it_is_odd", nullptr, 0,
     R"({"phase":7,"containerStatuses":[null,7,{"state":[]},{"state":{"waiting":"x"}}],"conditions":{}})"},
};

class PodTroubles : public ::testing::TestWithParam<Case> {};

TEST_P(PodTroubles, are_told) {
  const Json pod{{"metadata", {{"name", "a"}}}, {"status", Json::parse(GetParam().status)}};
  const auto trouble = pod_trouble(pod);
  ASSERT_EQ(trouble.has_value(), GetParam().message != nullptr) << trouble->message;
  if (!trouble) return;
  EXPECT_THAT(trouble->message, HasSubstr(GetParam().message));
  EXPECT_EQ(trouble->grace, std::chrono::seconds(GetParam().grace));
}

TEST_P(PodTroubles, of_a_pod_that_goes_do_not_count) {
  const Json pod{{"metadata", {{"deletionTimestamp", "2026-01-31T12:00:00Z"}}},
                 {"status", Json::parse(GetParam().status)}};
  EXPECT_EQ(pod_trouble(pod), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Pod, PodTroubles, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

Json owned(const char* kind, const char* name, const char* hash) {
  const char* group = std::string_view(kind) == "Job" ? "batch/v1" : "apps/v1";
  return {{"metadata",
           {{"name", "pod"},
            {"namespace", "default"},
            {"labels", {{"pod-template-hash", hash}}},
            {"ownerReferences", {{{"apiVersion", group}, {"kind", kind}, {"name", name}, {"controller", true}}}}}}};
}

TEST(WorkloadOf, a_pod_of_a_deployment_is_its) {
  EXPECT_EQ(workload_of(owned("ReplicaSet", "api-server-5c9d", "5c9d")).text(), "Deployment.apps default/api-server");
}

TEST(WorkloadOf, a_pod_of_another_controller_is_its) {
  EXPECT_EQ(workload_of(owned("ReplicaSet", "api", "")).text(), "ReplicaSet.apps default/api");
  EXPECT_EQ(workload_of(owned("ReplicaSet", "5c9d", "5c9d")).text(), "ReplicaSet.apps default/5c9d");
  EXPECT_EQ(workload_of(owned("StatefulSet", "db", "")).text(), "StatefulSet.apps default/db");
  EXPECT_EQ(workload_of(owned("Job", "load", "")).text(), "Job.batch default/load");
}

TEST(WorkloadOf, a_pod_that_nothing_made_is_its_own) {
  EXPECT_EQ(workload_of(Json::parse(R"({"metadata":{"name":"a","namespace":"b"}})")).text(), "Pod b/a");
  EXPECT_EQ(workload_of(Json::parse(R"({"metadata":{"name":"a","namespace":"b","ownerReferences":[
      7,{"kind":"X","name":"x"}]}})"))
                .text(),
            "Pod b/a");
}

TEST(PodsSpeakFor, a_workload_whose_controller_has_seen_it) {
  const auto speak = [](const char* text) { return pods_speak_for(Json::parse(text)); };
  EXPECT_TRUE(speak(R"({"kind":"StatefulSet","metadata":{"generation":2},"status":{"observedGeneration":2}})"));
  EXPECT_FALSE(speak(R"({"kind":"StatefulSet","metadata":{"generation":2},"status":{"observedGeneration":1}})"));
  EXPECT_FALSE(speak(R"({"kind":"Deployment","metadata":{"generation":2},"status":{"observedGeneration":2}})"));
  EXPECT_TRUE(speak(R"({"kind":"Deployment","metadata":{"generation":2},
                        "status":{"observedGeneration":2,"updatedReplicas":1}})"));
  EXPECT_TRUE(speak(R"({"kind":"Job","metadata":{"generation":1}})"));
}

}  // namespace
}  // namespace reconciler::health
