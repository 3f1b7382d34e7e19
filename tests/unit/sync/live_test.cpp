#include "sync/live.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::sync {
namespace {

/// A Deployment as Kubernetes 1.36 shows it after our apply and the first work of its controller.
Json live_deployment() {
  return Json::parse(R"({
    "apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {
      "name": "api", "namespace": "spira", "uid": "5c8f3f6e-8f4a-4a5e-9d0d-0b8a0c3f7a11", "resourceVersion": "812",
      "generation": 1, "creationTimestamp": "2026-01-31T12:00:00Z",
      "labels": {"applyset.kubernetes.io/part-of": "applyset-abc-v1", "app": "api"},
      "annotations": {"deployment.kubernetes.io/revision": "1", "gitops.spira.dev/digest": "d1", "gitops.spira.dev/fields": "f1",
                      "gitops.spira.dev/prune": "disabled"},
      "managedFields": [
        {"manager": "spira-reconciler", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-31T12:00:00Z",
         "fieldsType": "FieldsV1", "fieldsV1": {
           "f:metadata": {"f:annotations": {"f:gitops.spira.dev/digest": {}, "f:gitops.spira.dev/fields": {}},
                          "f:labels": {"f:app": {}, "f:applyset.kubernetes.io/part-of": {}}},
           "f:spec": {"f:replicas": {}, "f:selector": {}, "f:template": {"f:spec": {"f:containers": {
             "k:{\"name\":\"api\"}": {".": {}, "f:image": {}, "f:name": {}}}}}}}},
        {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "apps/v1", "subresource": "status",
         "time": "2026-01-31T12:00:02Z", "fieldsType": "FieldsV1", "fieldsV1": {
           "f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}}},
           "f:status": {"f:availableReplicas": {}, "f:observedGeneration": {}, "f:replicas": {}}}}]},
    "spec": {"replicas": 1},
    "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
               "conditions": [{"type": "Available", "status": "True"}]}})");
}

Json& our_entry(Json& object) { return object["metadata"]["managedFields"][0]; }

TEST(KeyOf, names_the_object) {
  EXPECT_EQ(key_of(live_deployment()), (ObjectKey{{"apps", "Deployment"}, "spira", "api"}));
  EXPECT_EQ(key_of(Json::parse(R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"spira"}})")),
            (ObjectKey{{"", "Namespace"}, "", "spira"}));
}

TEST(Reduce, keeps_what_tells_whether_the_object_is_as_git_says) {
  const auto member = reduce(live_deployment(), true);
  EXPECT_EQ(member.key, (ObjectKey{{"apps", "Deployment"}, "spira", "api"}));
  EXPECT_EQ(member.api_version, "apps/v1");
  EXPECT_EQ(member.uid, "5c8f3f6e-8f4a-4a5e-9d0d-0b8a0c3f7a11");
  EXPECT_EQ(member.resource_version, "812");
  EXPECT_EQ(member.part_of, "applyset-abc-v1");
  EXPECT_EQ(member.digest, "d1");
  EXPECT_EQ(member.applied_fields, "f1");
  EXPECT_EQ(member.owned_fields, owned_fields_digest(live_deployment()));
  EXPECT_EQ(member.prune, "disabled");
  EXPECT_FALSE(member.being_deleted);
  EXPECT_EQ(member.health.status, health::HealthStatus::kHealthy);
}

TEST(Reduce, assesses_health_only_when_told_to) {
  Json object = live_deployment();
  object["status"]["availableReplicas"] = 0;
  EXPECT_EQ(reduce(object, true).health.status, health::HealthStatus::kProgressing);
  EXPECT_EQ(reduce(object, false).health.status, health::HealthStatus::kHealthy);
}

TEST(Reduce, metadata_alone_shows_that_an_object_goes) {
  Json object = live_deployment();
  object["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  const auto member = reduce(object, false);
  EXPECT_TRUE(member.being_deleted);
  EXPECT_EQ(member.health.status, health::HealthStatus::kProgressing);
}

TEST(Reduce, what_an_operator_made_and_labelled_like_its_parent_is_no_member) {
  Json object = live_deployment();
  object["metadata"]["ownerReferences"] =
      Json::parse(R"([{"apiVersion":"minio.min.io/v2","kind":"Tenant","name":"spira","uid":"1","controller":true}])");
  EXPECT_EQ(reduce(object, true).part_of, "applyset-abc-v1") << "we applied it too";
  our_entry(object)["manager"] = "minio-operator";
  EXPECT_EQ(reduce(object, true).part_of, "");
  object["metadata"]["ownerReferences"][0]["controller"] = false;
  EXPECT_EQ(reduce(object, true).part_of, "applyset-abc-v1");
}

TEST(Reduce, an_object_that_we_never_applied_has_no_digests) {
  const auto member =
      reduce(Json::parse(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"b"}})"), true);
  EXPECT_EQ(member.part_of, "");
  EXPECT_EQ(member.digest, "");
  EXPECT_EQ(member.owned_fields, "");
  EXPECT_FALSE(member.drifted());
}

TEST(Reduce, malformed_objects_do_no_harm) {
  for (const auto* text :
       {"null", "5", R"({"metadata":5})", R"({"metadata":{"labels":[],"annotations":"a","managedFields":5}})",
        R"({"metadata":{"managedFields":[1,null,{"manager":5},{"manager":"spira-reconciler"}]}})"}) {
    EXPECT_NO_THROW(reduce(Json::parse(text), false)) << text;
  }
}

TEST(OwnedFields, the_digest_is_short_and_stable) {
  const auto digest = owned_fields_digest(live_deployment());
  EXPECT_EQ(digest.size(), 32U);
  EXPECT_EQ(digest, owned_fields_digest(live_deployment()));
}

TEST(OwnedFields, a_field_that_another_manager_took_changes_the_digest) {
  Json object = live_deployment();
  our_entry(object)["fieldsV1"]["f:spec"].erase("f:replicas");
  EXPECT_NE(owned_fields_digest(object), owned_fields_digest(live_deployment()));
}

TEST(OwnedFields, an_item_that_was_removed_changes_the_digest) {
  Json object = live_deployment();
  our_entry(object)["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"].clear();
  EXPECT_NE(owned_fields_digest(object), owned_fields_digest(live_deployment()));
}

TEST(OwnedFields, what_others_own_and_when_does_not_matter) {
  Json object = live_deployment();
  auto& entries = object["metadata"]["managedFields"];
  entries[0]["time"] = "2026-02-01T00:00:00Z";
  entries[1]["fieldsV1"]["f:status"]["f:readyReplicas"] = Json::object();
  entries.push_back({{"manager", "kubectl"}, {"operation", "Update"}, {"fieldsV1", {{"f:data", Json::object()}}}});
  std::swap(entries[0], entries[1]);
  EXPECT_EQ(owned_fields_digest(object), owned_fields_digest(live_deployment()));
}

TEST(OwnedFields, only_our_own_apply_of_the_object_itself_counts) {
  for (const auto& [field, value] : {std::pair{"manager", "spira-reconciler-status"}, std::pair{"operation", "Update"},
                                     std::pair{"subresource", "status"}}) {
    Json object = live_deployment();
    our_entry(object)[field] = value;
    EXPECT_EQ(owned_fields_digest(object), "") << field;
  }
}

TEST(Drift, fields_that_are_left_to_others_do_not_count) {
  Json object = live_deployment();
  auto& annotations = object["metadata"]["annotations"];
  annotations["gitops.spira.dev/left"] = R"(["/f:spec/f:replicas"])";
  annotations["gitops.spira.dev/fields"] = owned_fields_digest(object, {"/f:spec/f:replicas"});
  EXPECT_FALSE(reduce(object, true).drifted());
  our_entry(object)["fieldsV1"]["f:spec"].erase("f:replicas");
  EXPECT_FALSE(reduce(object, true).drifted());
}

TEST(Reduce, remembers_what_holds_an_object_that_is_being_deleted) {
  Json object = live_deployment();
  object["metadata"]["finalizers"] = {"a.example.org/x", "b.example.org/y"};
  EXPECT_EQ(reduce(object, true).held_by, "");
  object["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  EXPECT_EQ(reduce(object, true).held_by, "a.example.org/x, b.example.org/y");
}

TEST(Reduce, knows_an_autoscaler_by_its_entry) {
  Json object = live_deployment();
  EXPECT_FALSE(reduce(object, true).autoscaled);
  object["metadata"]["managedFields"].push_back(
      {{"manager", "kube-controller-manager"}, {"operation", "Update"}, {"subresource", "scale"}});
  EXPECT_TRUE(reduce(object, true).autoscaled);
}

TEST(Drift, is_a_difference_between_the_fields_that_were_ours_and_those_that_are) {
  Json object = live_deployment();
  object["metadata"]["annotations"]["gitops.spira.dev/fields"] = owned_fields_digest(object);
  EXPECT_FALSE(reduce(object, true).drifted());
  our_entry(object)["fieldsV1"]["f:spec"].erase("f:replicas");
  EXPECT_TRUE(reduce(object, true).drifted());
}

}  // namespace
}  // namespace reconciler::sync
