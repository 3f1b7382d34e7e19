#include "kube/requests.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::kube {
namespace {

const ApiResource kDeployments{{"apps", "Deployment"}, "v1", "deployments", true, {}};
const ObjectKey kNats{kDeployments.type, "spira", "nats"};

TEST(Requests, an_apply_names_its_manager_and_sends_the_body_as_it_is) {
  ApplyRequest apply;
  apply.key = kNats;
  apply.body = "{}";
  const auto request = apply_request(kDeployments, apply);
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.target,
            "/apis/apps/v1/namespaces/spira/deployments/"
            "nats?fieldManager=spira-reconciler&force=true&fieldValidation=Ignore");
  EXPECT_EQ(request.content_type, "application/apply-patch+yaml");
  EXPECT_EQ(request.body, "{}");
  EXPECT_EQ(request.verb, "apply");
  EXPECT_EQ(request.resource, "deployments");
}

TEST(Requests, a_dry_run_without_force_on_a_subresource_says_all_of_it) {
  ApplyRequest apply;
  apply.key = kNats;
  apply.dry_run = DryRun::kYes;
  apply.force = false;
  apply.subresource = "status";
  apply.field_manager = "me";
  EXPECT_EQ(apply_request(kDeployments, apply).target,
            "/apis/apps/v1/namespaces/spira/deployments/nats/status?fieldManager=me&fieldValidation=Ignore&dryRun=All");
}

TEST(Requests, are_made_as_an_account_when_they_say_so) {
  const std::vector<std::string> expected{"Impersonate-User: system:serviceaccount:spira:deployer"};
  ApplyRequest apply;
  apply.key = kNats;
  EXPECT_TRUE(apply_request(kDeployments, apply).headers.empty());
  apply.account = "system:serviceaccount:spira:deployer";
  EXPECT_EQ(apply_request(kDeployments, apply).headers, expected);
  RemoveRequest remove;
  remove.key = kNats;
  remove.account = apply.account;
  EXPECT_EQ(remove_request(kDeployments, remove).headers, expected);
}

TEST(Requests, a_delete_carries_the_uid_as_a_precondition) {
  RemoveRequest remove;
  remove.key = kNats;
  remove.uid = "0123";
  remove.propagation = Propagation::kForeground;
  const auto body = Json::parse(remove_request(kDeployments, remove).body);
  EXPECT_EQ(body["preconditions"]["uid"], "0123");
  EXPECT_EQ(body["propagationPolicy"], "Foreground");
  EXPECT_FALSE(body.contains("dryRun"));
}

TEST(Requests, a_delete_without_uid_has_no_precondition) {
  RemoveRequest remove;
  remove.key = kNats;
  remove.dry_run = DryRun::kYes;
  const auto body = Json::parse(remove_request(kDeployments, remove).body);
  EXPECT_FALSE(body.contains("preconditions"));
  EXPECT_EQ(body["dryRun"], Json::array({"All"}));
}

TEST(Requests, a_list_is_paged_and_asks_for_metadata_alone_when_that_is_enough) {
  ListRequest list;
  list.label_selector = "a=b";
  list.projection = Projection::kMetadata;
  const auto request = list_request(kDeployments, list, "token==");
  EXPECT_EQ(request.target, "/apis/apps/v1/deployments?labelSelector=a%3Db&limit=500&continue=token%3D%3D");
  EXPECT_EQ(request.accept, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
}

TEST(Requests, the_server_ends_a_watch_before_the_client_does) {
  ListRequest list;
  list.namespace_ = "spira";
  const auto request = watch_request(kDeployments, list, "17", 250);
  EXPECT_EQ(request.target,
            "/apis/apps/v1/namespaces/spira/"
            "deployments?watch=true&allowWatchBookmarks=true&resourceVersion=17&timeoutSeconds=250");
  EXPECT_EQ(request.timeout, std::chrono::seconds(280));
}

TEST(Requests, each_patch_has_its_content_type) {
  PatchRequest patch;
  patch.key = kNats;
  EXPECT_EQ(patch_request(kDeployments, patch).content_type, "application/merge-patch+json");
  patch.type = PatchType::kJson;
  EXPECT_EQ(patch_request(kDeployments, patch).content_type, "application/json-patch+json");
  patch.type = PatchType::kStrategic;
  EXPECT_EQ(patch_request(kDeployments, patch).content_type, "application/strategic-merge-patch+json");
}

TEST(LogRequest, a_line_that_the_limit_has_cut_is_left_out) {
  EXPECT_EQ(without_cut_line("one\ntwo"), "one\ntwo");
  EXPECT_EQ(without_cut_line(std::string(kLogBytes - 4, 'x') + "\nhal"), std::string(kLogBytes - 4, 'x') + "\n");
  EXPECT_EQ(without_cut_line(std::string(kLogBytes, 'x')), "");
}

}  // namespace
}  // namespace reconciler::kube
