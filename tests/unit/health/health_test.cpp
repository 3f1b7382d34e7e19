#include "health/health.h"

#include <ostream>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::health {

static void PrintTo(const HealthStatus status, std::ostream* out) { *out << to_string(status); }

namespace {

using enum HealthStatus;

/// A live object and what is said of it. The names are the laws.
struct Case {
  const char* name;
  HealthStatus status;
  const char* message;  ///< A part of the message; "" for none at all.
  const char* object;
};

void PrintTo(const Case& sample, std::ostream* out) { *out << sample.name; }

class Assess : public ::testing::TestWithParam<Case> {};

TEST_P(Assess, tells_the_health) {
  const auto health = assess(Json::parse(GetParam().object));
  EXPECT_EQ(health.status, GetParam().status) << health.message;
  EXPECT_NE(health.message.find(GetParam().message), std::string::npos) << health.message;
}

TEST_P(Assess, has_a_message_unless_healthy) {
  const auto health = assess(Json::parse(GetParam().object));
  EXPECT_EQ(health.message.empty(), health.status == kHealthy) << health.message;
}

template <std::size_t N>
auto cases(const Case (&list)[N]) {
  return ::testing::ValuesIn(list);
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

const Case kGeneric[] = {
    {"an_object_that_goes_is_progressing", kProgressing, "being deleted",
     R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"deletionTimestamp":"2026-01-31T12:00:00Z"}})"},
    {"a_controller_that_lags_is_waited_for", kProgressing, "latest change",
     R"({"apiVersion":"example.org/v1","kind":"Widget","metadata":{"generation":3},
         "status":{"observedGeneration":2,"conditions":[{"type":"Ready","status":"True"}]}})"},
    {"a_lag_counts_before_the_rule_of_the_kind", kProgressing, "latest change",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"generation":2},
         "spec":{"updateStrategy":{"type":"OnDelete"}},"status":{"observedGeneration":1}})"},
    {"a_controller_that_never_looked_is_not_waited_for", kHealthy, "",
     R"({"apiVersion":"example.org/v1","kind":"Widget","metadata":{"generation":3}})"},
    {"without_a_generation_there_is_no_lag", kHealthy, "",
     R"({"apiVersion":"example.org/v1","kind":"Widget","status":{"observedGeneration":2}})"},
    {"reconciling_is_progressing", kProgressing, "Upgrading: step 2",
     R"({"apiVersion":"example.org/v1","kind":"Widget",
         "status":{"conditions":[{"type":"Reconciling","status":"True","reason":"Upgrading","message":"step 2"}]}})"},
    {"stalled_is_degraded", kDegraded, "QuotaExceeded",
     R"({"apiVersion":"example.org/v1","kind":"Widget",
         "status":{"conditions":[{"type":"Stalled","status":"True","reason":"QuotaExceeded"},
                                 {"type":"Ready","status":"True"}]}})"},
    {"conditions_that_do_not_hold_say_nothing", kHealthy, "",
     R"({"apiVersion":"example.org/v1","kind":"Widget",
         "status":{"conditions":[{"type":"Reconciling","status":"False"},{"type":"Stalled","status":"False"}]}})"},
    {"a_ready_object_is_healthy", kHealthy, "",
     R"({"apiVersion":"example.org/v1","kind":"Widget","status":{"conditions":[{"type":"Ready","status":"True"}]}})"},
    {"an_object_that_is_not_ready_is_progressing", kProgressing, "Starting: two of three",
     R"({"apiVersion":"example.org/v1","kind":"Widget",
         "status":{"conditions":[{"type":"Ready","status":"False","reason":"Starting","message":"two of three"}]}})"},
    {"an_object_that_may_be_ready_is_progressing", kProgressing, "Ready is Unknown",
     R"({"apiVersion":"example.org/v1","kind":"Widget","status":{"conditions":[{"type":"Ready","status":"Unknown"}]}})"},
    {"a_kind_without_status_is_healthy_once_it_exists", kHealthy, "",
     R"({"apiVersion":"v1","kind":"ConfigMap","data":{"a":"1"}})"},
    {"a_foreign_kind_of_a_built_in_name_has_no_rule", kHealthy, "", R"({"apiVersion":"example.org/v1","kind":"Job"})"},
};
INSTANTIATE_TEST_SUITE_P(Generic, Assess, cases(kGeneric), name_of);

const Case kDeployment[] = {
    {"a_new_one_is_progressing", kProgressing, "0 of 1", R"({"apiVersion":"apps/v1","kind":"Deployment"})"},
    {"all_updated_and_available_is_healthy", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"generation":2},"spec":{"replicas":2},
         "status":{"observedGeneration":2,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2,
                   "conditions":[{"type":"Available","status":"True"}]}})"},
    {"replicas_to_update_are_progress", kProgressing, "1 of 2 replicas updated",
     R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":2},
         "status":{"replicas":2,"updatedReplicas":1,"availableReplicas":2,
                   "conditions":[{"type":"Available","status":"True"}]}})"},
    {"old_replicas_are_progress", kProgressing, "1 of 3 replicas are old",
     R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":2},
         "status":{"replicas":3,"updatedReplicas":2,"availableReplicas":3,
                   "conditions":[{"type":"Available","status":"True"}]}})"},
    {"replicas_to_come_up_are_progress", kProgressing, "1 of 2 replicas available",
     R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":2},
         "status":{"replicas":2,"updatedReplicas":2,"availableReplicas":1,
                   "conditions":[{"type":"Available","status":"True"}]}})"},
    {"available_must_be_said", kProgressing, "not available",
     R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1},
         "status":{"replicas":1,"updatedReplicas":1,"availableReplicas":1}})"},
    {"past_its_deadline_is_degraded", kDegraded, "ProgressDeadlineExceeded: timed out",
     R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1},"status":{"conditions":[
         {"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded","message":"timed out"}]}})"},
    {"pods_that_cannot_be_made_are_degraded", kDegraded, "FailedCreate: quota",
     R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1},"status":{"conditions":[
         {"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"quota"}]}})"},
    {"paused_is_suspended", kSuspended, "paused",
     R"({"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1,"paused":true}})"},
    {"scaled_to_nothing_is_healthy_when_nothing_runs", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"generation":1},"spec":{"replicas":0},
         "status":{"observedGeneration":1,"conditions":[{"type":"Available","status":"True"}]}})"},
};
INSTANTIATE_TEST_SUITE_P(Deployment, Assess, cases(kDeployment), name_of);

const Case kStatefulSet[] = {
    {"a_new_one_is_progressing", kProgressing, "0 of 3 replicas created",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":3}})"},
    {"all_ready_at_one_revision_is_healthy", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":3},
         "status":{"replicas":3,"readyReplicas":3,"updatedReplicas":3,"currentRevision":"a","updateRevision":"a"}})"},
    {"replicas_to_become_ready_are_progress", kProgressing, "2 of 3 replicas ready",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":3},
         "status":{"replicas":3,"readyReplicas":2,"currentRevision":"a","updateRevision":"a"}})"},
    {"replicas_too_many_are_progress", kProgressing, "1 of 4 replicas wait to end",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":3},
         "status":{"replicas":4,"readyReplicas":4,"currentRevision":"a","updateRevision":"a"}})"},
    {"two_revisions_are_progress", kProgressing, "1 of 3 replicas updated",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":3},
         "status":{"replicas":3,"readyReplicas":3,"updatedReplicas":1,"currentRevision":"a","updateRevision":"b"}})"},
    {"a_partition_needs_its_part_only", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet",
         "spec":{"replicas":3,"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":2}}},
         "status":{"replicas":3,"readyReplicas":3,"updatedReplicas":1,"currentRevision":"a","updateRevision":"b"}})"},
    {"a_partition_that_is_not_updated_is_progress", kProgressing, "0 of 1 replicas updated",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet",
         "spec":{"replicas":3,"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":2}}},
         "status":{"replicas":3,"readyReplicas":3,"updatedReplicas":0,"currentRevision":"a","updateRevision":"b"}})"},
    {"updated_by_hand_is_healthy", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":3,"updateStrategy":{"type":"OnDelete"}},
         "status":{"replicas":3,"readyReplicas":3,"currentRevision":"a","updateRevision":"b"}})"},
};
INSTANTIATE_TEST_SUITE_P(StatefulSet, Assess, cases(kStatefulSet), name_of);

const Case kOtherWorkloads[] = {
    {"a_new_daemon_set_is_progressing", kProgressing, "not seen", R"({"apiVersion":"apps/v1","kind":"DaemonSet"})"},
    {"a_daemon_set_on_all_nodes_is_healthy", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"generation":1},"status":{"observedGeneration":1,
         "desiredNumberScheduled":4,"updatedNumberScheduled":4,"numberAvailable":4}})"},
    {"a_daemon_set_without_a_node_to_run_on_is_healthy", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"generation":1},"status":{"observedGeneration":1}})"},
    {"a_daemon_set_that_rolls_out_is_progressing", kProgressing, "1 of 4 pods updated",
     R"({"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"generation":1},"status":{"observedGeneration":1,
         "desiredNumberScheduled":4,"updatedNumberScheduled":1,"numberAvailable":4}})"},
    {"a_daemon_set_that_starts_is_progressing", kProgressing, "3 of 4 pods available",
     R"({"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"generation":1},"status":{"observedGeneration":1,
         "desiredNumberScheduled":4,"updatedNumberScheduled":4,"numberAvailable":3}})"},
    {"a_daemon_set_updated_by_hand_is_healthy", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"generation":1},
         "spec":{"updateStrategy":{"type":"OnDelete"}},"status":{"observedGeneration":1,
         "desiredNumberScheduled":4,"updatedNumberScheduled":1,"numberAvailable":4}})"},
    {"a_replica_set_with_all_available_is_healthy", kHealthy, "",
     R"({"apiVersion":"apps/v1","kind":"ReplicaSet","spec":{"replicas":2},"status":{"availableReplicas":2}})"},
    {"a_replica_set_that_starts_is_progressing", kProgressing, "0 of 1 replicas available",
     R"({"apiVersion":"apps/v1","kind":"ReplicaSet"})"},
    {"a_replica_set_that_cannot_make_pods_is_degraded", kDegraded, "FailedCreate",
     R"({"apiVersion":"apps/v1","kind":"ReplicaSet","status":{"conditions":[
         {"type":"ReplicaFailure","status":"True","reason":"FailedCreate"}]}})"},
    {"a_job_that_runs_is_progressing", kProgressing, "runs", R"({"apiVersion":"batch/v1","kind":"Job"})"},
    {"a_job_that_is_done_is_healthy", kHealthy, "",
     R"({"apiVersion":"batch/v1","kind":"Job","status":{"conditions":[{"type":"Complete","status":"True"}]}})"},
    {"a_job_that_failed_is_degraded", kDegraded, "BackoffLimitExceeded: too often",
     R"({"apiVersion":"batch/v1","kind":"Job","status":{"conditions":[
         {"type":"Failed","status":"True","reason":"BackoffLimitExceeded","message":"too often"}]}})"},
    {"a_suspended_job_is_suspended", kSuspended, "suspended",
     R"({"apiVersion":"batch/v1","kind":"Job","spec":{"suspend":true}})"},
    {"a_job_that_was_done_before_it_was_suspended_is_healthy", kHealthy, "",
     R"({"apiVersion":"batch/v1","kind":"Job","spec":{"suspend":true},
         "status":{"conditions":[{"type":"Complete","status":"True"}]}})"},
};
INSTANTIATE_TEST_SUITE_P(OtherWorkloads, Assess, cases(kOtherWorkloads), name_of);

const Case kPod[] = {
    {"a_new_one_is_progressing", kProgressing, "not started", R"({"apiVersion":"v1","kind":"Pod"})"},
    {"running_and_ready_is_healthy", kHealthy, "",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}})"},
    {"running_but_not_ready_is_progressing", kProgressing, "Running",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}]}})"},
    {"one_that_is_always_restarted_is_healthy_when_it_is_ready", kHealthy, "",
     R"({"apiVersion":"v1","kind":"Pod","spec":{"restartPolicy":"Always"},
         "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}})"},
    {"one_that_is_never_restarted_has_not_ended_while_it_runs", kProgressing, "has not ended yet",
     R"({"apiVersion":"v1","kind":"Pod","spec":{"restartPolicy":"Never"},
         "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}})"},
    {"one_that_is_restarted_on_failure_has_not_ended_while_it_runs", kProgressing, "has not ended yet",
     R"({"apiVersion":"v1","kind":"Pod","spec":{"restartPolicy":"OnFailure"},
         "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}})"},
    {"one_that_is_never_restarted_and_ended_well_is_healthy", kHealthy, "",
     R"({"apiVersion":"v1","kind":"Pod","spec":{"restartPolicy":"Never"},"status":{"phase":"Succeeded"}})"},
    {"one_that_is_never_restarted_and_failed_is_degraded", kDegraded, "failed",
     R"({"apiVersion":"v1","kind":"Pod","spec":{"restartPolicy":"Never"},"status":{"phase":"Failed"}})"},
    {"one_that_ended_well_is_healthy", kHealthy, "",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Succeeded"}})"},
    {"one_that_failed_is_degraded", kDegraded, "Evicted: out of disk",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Failed","reason":"Evicted","message":"out of disk"}})"},
    {"one_that_failed_without_a_word_is_degraded", kDegraded, "",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Failed"}})"},
    {"one_without_a_node_is_progressing", kProgressing, "Unschedulable: no room",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Pending","conditions":[
         {"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"no room"}]}})"},
    {"a_crash_loop_is_degraded", kDegraded, "container app: CrashLoopBackOff: exit code 1",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Running","containerStatuses":[
         {"name":"side","state":{"running":{}}},
         {"name":"app","state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 10s restarting"}},
          "lastState":{"terminated":{"exitCode":1,"reason":"Error"}}}]}})"},
    {"an_image_that_cannot_be_had_is_degraded", kDegraded, "ErrImagePull",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Pending","containerStatuses":[
         {"name":"app","state":{"waiting":{"reason":"ErrImagePull"}}}]}})"},
    {"an_init_container_that_cannot_start_is_degraded", kDegraded, "container init: CreateContainerConfigError",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Pending","initContainerStatuses":[
         {"name":"init","state":{"waiting":{"reason":"CreateContainerConfigError"}}}]}})"},
    {"a_container_that_is_made_is_progressing", kProgressing, "Pending",
     R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Pending","containerStatuses":[
         {"name":"app","state":{"waiting":{"reason":"ContainerCreating"}}}]}})"},
};
INSTANTIATE_TEST_SUITE_P(Pod, Assess, cases(kPod), name_of);

const Case kOthers[] = {
    {"a_new_claim_is_progressing", kProgressing, "not bound", R"({"apiVersion":"v1","kind":"PersistentVolumeClaim"})"},
    {"a_claim_that_waits_is_progressing", kProgressing, "Pending",
     R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","status":{"phase":"Pending"}})"},
    {"a_bound_claim_is_healthy", kHealthy, "",
     R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","status":{"phase":"Bound"}})"},
    {"a_lost_claim_is_degraded", kDegraded, "lost",
     R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","status":{"phase":"Lost"}})"},
    {"a_service_in_the_cluster_is_healthy", kHealthy, "", R"({"apiVersion":"v1","kind":"Service"})"},
    {"a_load_balancer_without_an_address_is_progressing", kProgressing, "address",
     R"({"apiVersion":"v1","kind":"Service","spec":{"type":"LoadBalancer"},"status":{"loadBalancer":{}}})"},
    {"a_load_balancer_with_an_address_is_healthy", kHealthy, "",
     R"({"apiVersion":"v1","kind":"Service","spec":{"type":"LoadBalancer"},
         "status":{"loadBalancer":{"ingress":[{"ip":"10.0.0.1"}]}}})"},
    {"a_new_definition_is_progressing", kProgressing, "not established",
     R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition"})"},
    {"an_established_definition_is_healthy", kHealthy, "",
     R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","status":{"conditions":[
         {"type":"NamesAccepted","status":"True"},{"type":"Established","status":"True"}]}})"},
    {"a_definition_under_installation_is_progressing", kProgressing, "not established",
     R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","status":{"conditions":[
         {"type":"NamesAccepted","status":"True"},{"type":"Established","status":"False","reason":"Installing"}]}})"},
    {"a_definition_whose_names_are_taken_is_degraded", kDegraded, "ListKindConflict",
     R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","status":{"conditions":[
         {"type":"NamesAccepted","status":"False","reason":"ListKindConflict"}]}})"},
    {"an_api_service_that_answers_is_healthy", kHealthy, "",
     R"({"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","status":{"conditions":[
         {"type":"Available","status":"True"}]}})"},
    {"an_api_service_that_does_not_answer_is_progressing", kProgressing, "MissingEndpoints",
     R"({"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","status":{"conditions":[
         {"type":"Available","status":"False","reason":"MissingEndpoints"}]}})"},
    {"a_new_api_service_is_progressing", kProgressing, "not checked",
     R"({"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService"})"},
    {"an_autoscaler_that_works_is_healthy", kHealthy, "",
     R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","status":{"conditions":[
         {"type":"AbleToScale","status":"True"},{"type":"ScalingActive","status":"True"}]}})"},
    {"an_autoscaler_without_metrics_is_degraded", kDegraded, "FailedGetResourceMetric",
     R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","status":{"conditions":[
         {"type":"ScalingActive","status":"False","reason":"FailedGetResourceMetric"}]}})"},
    {"an_autoscaler_of_nothing_is_suspended", kSuspended, "ScalingDisabled",
     R"({"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","status":{"conditions":[
         {"type":"ScalingActive","status":"False","reason":"ScalingDisabled"}]}})"},
};
INSTANTIATE_TEST_SUITE_P(Others, Assess, cases(kOthers), name_of);

TEST(Health, what_cannot_be_read_is_unknown) {
  for (const Json& value : {Json(), Json("text"), Json(5), Json::array()}) {
    const auto health = assess(value);
    EXPECT_EQ(health.status, kUnknown) << value;
    EXPECT_FALSE(health.message.empty());
  }
}

/// Every kind that has a rule, with every field of the wrong type.
TEST(Health, malformed_objects_do_no_harm) {
  const char* const types[][2] = {{"apps/v1", "Deployment"},
                                  {"apps/v1", "StatefulSet"},
                                  {"apps/v1", "DaemonSet"},
                                  {"apps/v1", "ReplicaSet"},
                                  {"v1", "Pod"},
                                  {"batch/v1", "Job"},
                                  {"v1", "Service"},
                                  {"v1", "PersistentVolumeClaim"},
                                  {"apiextensions.k8s.io/v1", "CustomResourceDefinition"},
                                  {"apiregistration.k8s.io/v1", "APIService"},
                                  {"autoscaling/v2", "HorizontalPodAutoscaler"}};
  for (const auto& [api_version, kind] : types) {
    for (const auto* rest : {R"({"spec":"a","status":"b"})", R"({"status":{"conditions":{"type":"Ready"}}})",
                             R"({"status":{"conditions":[1,"a",null,{"type":5}]}})", R"({"metadata":[],"spec":[1]})",
                             R"({"status":{"phase":5,"replicas":"3","containerStatuses":{"a":1}}})",
                             R"({"status":{"loadBalancer":{"ingress":"x"}},"spec":{"replicas":null}})"}) {
      Json object = Json::parse(rest);
      object["apiVersion"] = api_version;
      object["kind"] = kind;
      EXPECT_NO_THROW(assess(object)) << object;
    }
  }
}

TEST(Health, the_worst_of_several_is_their_maximum) {
  const std::set<HealthStatus> all{kHealthy, kSuspended, kProgressing, kMissing, kDegraded, kUnknown};
  const std::vector<HealthStatus> from_best_to_worst{kHealthy, kSuspended, kProgressing, kMissing, kDegraded, kUnknown};
  EXPECT_EQ(std::vector<HealthStatus>(all.begin(), all.end()), from_best_to_worst);
}

TEST(Health, every_state_has_its_word) {
  EXPECT_STREQ(to_string(kHealthy), "Healthy");
  EXPECT_STREQ(to_string(kSuspended), "Suspended");
  EXPECT_STREQ(to_string(kProgressing), "Progressing");
  EXPECT_STREQ(to_string(kMissing), "Missing");
  EXPECT_STREQ(to_string(kDegraded), "Degraded");
  EXPECT_STREQ(to_string(kUnknown), "Unknown");
}

TEST(HasHealth, kinds_with_a_rule_and_custom_kinds_have_it) {
  for (const auto& type :
       {GroupKind{"apps", "Deployment"}, GroupKind{"", "Pod"}, GroupKind{"", "Service"}, GroupKind{"batch", "Job"},
        GroupKind{"", "PersistentVolumeClaim"}, GroupKind{"apiextensions.k8s.io", "CustomResourceDefinition"},
        GroupKind{"example.org", "Widget"}, GroupKind{"example.org", "Secret"}}) {
    EXPECT_TRUE(has_health(type)) << type.text();
  }
}

TEST(HasHealth, kinds_that_are_only_specification_have_not) {
  for (const auto& type :
       {GroupKind{"", "ConfigMap"}, GroupKind{"", "Secret"}, GroupKind{"", "ServiceAccount"},
        GroupKind{"rbac.authorization.k8s.io", "ClusterRole"}, GroupKind{"networking.k8s.io", "NetworkPolicy"}}) {
    EXPECT_FALSE(has_health(type)) << type.text();
  }
}

}  // namespace
}  // namespace reconciler::health
