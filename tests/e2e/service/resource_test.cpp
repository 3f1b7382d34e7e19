#include <cstdlib>
#include <fstream>

#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using testing::HasSubstr;

constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";

/// The Environment custom resource.
class ResourceTest : public ServiceTest {
 protected:
  ResourceTest() : commit_(push_overlay({{"a.yaml", config_map("a", "1")}})) { service_.start(); }

  const std::string commit_;
};

TEST_F(ResourceTest, kubectl_wait_sees_it_ready) {
  wait_until("the resource exists", [&] { return plane_.exists(kEnvironment, "", name_); });
  EXPECT_THAT(plane_.kubectl("wait --for=condition=Ready --timeout=60s environment/" + name_),
              HasSubstr("condition met"));
}

TEST_F(ResourceTest, kubectl_get_prints_what_a_person_asks_for) {
  wait_ready(commit_);
  const auto table = plane_.kubectl("get env " + name_);
  for (const char* column : {"BRANCH", "REVISION", "SYNC", "HEALTH", "MESSAGE", "AGE"})
    EXPECT_THAT(table, HasSubstr(column));
  for (const auto& cell : {std::string("main"), commit_, std::string("Synced"), std::string("Healthy")}) {
    EXPECT_THAT(table, HasSubstr(cell));
  }
}

TEST_F(ResourceTest, its_status_is_that_of_the_http_interface) {
  wait_ready(commit_);
  const auto resource = *plane_.get(kEnvironment, "", name_);
  const auto& told = resource["status"];
  const auto asked = service_.status(name_);
  for (const char* field : {"sync", "health", "revision", "objects"}) EXPECT_EQ(told[field], asked[field]) << field;
  EXPECT_EQ(told["lastSync"]["id"], asked["lastSync"]["id"]);
  EXPECT_EQ(told["observedGeneration"], resource["metadata"]["generation"]);
  for (const char* type : {"Ready", "Synced", "Healthy", "SourceReady"})
    EXPECT_EQ(condition(told, type)["status"], "True") << type;
}

TEST_F(ResourceTest, a_spec_that_was_edited_by_hand_is_put_back) {
  wait_ready(commit_);
  plane_.edit(kEnvironment, "", name_, {{"spec", {{"suspend", true}}}});
  wait_until("suspend is false again",
             [&] { return plane_.get(kEnvironment, "", name_)->at("spec").at("suspend") == false; });
}

TEST_F(ResourceTest, of_a_repository_that_moved_it_is_handed_over_by_an_annotation) {
  wait_ready(commit_);
  service_.stop();
  const auto before = versions();
  const auto new_url = "file://" + repository_.url();
  RunningService moved({folder_, new_url, plane_.service_kubeconfig()});
  moved.start();
  const auto says = [&] { return condition(moved.status(name_), "Synced").value("message", ""); };
  wait_until("it is refused", [&] { return says().find("belongs to another service") != std::string::npos; });
  const auto owner = new_url + " main:environments";
  EXPECT_THAT(says(), HasSubstr("kubectl annotate environment " + name_ + " --overwrite gitops.spira.dev/service='" +
                                owner + "'"));
  plane_.kubectl("annotate environment " + name_ + " --overwrite gitops.spira.dev/service='" + owner + "'");
  wait_until("it is taken over", [&] { return moved.status(name_).value("sync", "") == "Synced"; });
  EXPECT_EQ(versions(), before);
  moved.stop();
}

TEST_F(ResourceTest, one_that_was_deleted_by_hand_comes_back_and_its_objects_stay) {
  wait_ready(commit_);
  const auto uid = plane_.get("v1/ConfigMap", name_, "a")->at("metadata").at("uid");
  plane_.remove(kEnvironment, "", name_);
  wait_ready(commit_);
  EXPECT_EQ(plane_.get("v1/ConfigMap", name_, "a")->at("metadata").at("uid"), uid);
}

TEST_F(ResourceTest, it_names_the_kinds_of_its_members_as_an_apply_set_does) {
  wait_ready(commit_);
  const auto resource = *plane_.get(kEnvironment, "", name_);
  const auto& metadata = resource["metadata"];
  EXPECT_EQ(metadata["annotations"]["applyset.kubernetes.io/contains-group-kinds"], "ConfigMap,Secret");
  EXPECT_EQ(metadata["annotations"]["applyset.kubernetes.io/additional-namespaces"], name_);
  const auto member = *plane_.get("v1/ConfigMap", name_, "a");
  EXPECT_EQ(member["metadata"]["labels"]["applyset.kubernetes.io/part-of"],
            metadata["labels"]["applyset.kubernetes.io/id"]);
}

/// The definition in the cluster is one from before fields of the status: the image was upgraded alone.
class OldDefinitionTest : public ResourceTest {
 protected:
  OldDefinitionTest() : definition_(*plane_.get(kDefinition, "", kDefinitionName)) {
    wait_ready(commit_);
    auto versions = definition_["spec"]["versions"];
    auto& fields = versions[0]["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"];
    fields.erase("appliedDigest");
    fields["lastSync"]["properties"].erase("trigger");
    serve(versions);
    wait_until("the API server refuses what it does not know", [&] { return !takes("appliedDigest"); });
  }

  void TearDown() override {
    serve(definition_["spec"]["versions"]);
    wait_until("it knows all again", [&] { return takes("appliedDigest"); });
    ResourceTest::TearDown();
  }

  void serve(const nlohmann::json& versions) const {
    plane_.edit(kDefinition, "", kDefinitionName, {{"spec", {{"versions", versions}}}});
  }

  bool takes(const std::string& field) const {
    kube::ApplyRequest request;
    request.key = {{"gitops.spira.dev", "Environment"}, "", name_};
    request.api_version = "gitops.spira.dev/v1alpha1";
    request.body = nlohmann::json{{"apiVersion", request.api_version},
                                  {"kind", "Environment"},
                                  {"metadata", {{"name", name_}}},
                                  {"status", {{field, "x"}}}}
                       .dump();
    request.subresource = "status";
    request.field_manager = "test";
    request.dry_run = kube::DryRun::kYes;
    return plane_.admin().apply(request).has_value();
  }

  std::size_t hints() const {
    const auto log = service_.log();
    const std::string words = "is older than this service and does not know";
    std::size_t count = 0;
    for (auto at = log.find(words); at != std::string::npos; at = log.find(words, at + 1)) ++count;
    return count;
  }

  static constexpr const char* kDefinition = "apiextensions.k8s.io/v1/CustomResourceDefinition";
  static constexpr const char* kDefinitionName = "environments.gitops.spira.dev";
  const nlohmann::json definition_;
};

TEST_F(OldDefinitionTest, statuses_are_published_without_what_it_does_not_know_and_the_log_says_so_once) {
  for (const std::string value : {"2", "3"}) {
    const auto commit = push_overlay({{"a.yaml", config_map("a", value)}});
    wait_ready(commit);
    const auto status = plane_.get(kEnvironment, "", name_)->at("status");
    EXPECT_EQ(status["lastSync"]["revision"], commit);
    EXPECT_EQ(status["lastSync"].count("trigger"), 0U);
  }
  EXPECT_LE(hints(), 2U) << "one for each, where a status that came first had one of them only";
  EXPECT_THAT(service_.log(), HasSubstr("does not know status.appliedDigest, status.lastSync.trigger, which"));
}

/// `kubectl apply --prune --applyset` with our set.
class ApplySetTest : public ResourceTest {
 protected:
  ApplySetTest() {
    setenv("KUBECTL_APPLYSET", "true", 1);
    wait_ready(commit_);
  }

  std::string apply_alone(const std::string& config_map) const {
    const auto file = folder_ + "/alone.yaml";
    std::ofstream(file) << config_map;
    return plane_.kubectl("-n " + name_ + " apply --server-side --force-conflicts --prune --applyset=environments." +
                          "gitops.spira.dev/" + name_ + " -f '" + file + "'");
  }
};

TEST_F(ApplySetTest, kubectl_refuses_to_take_it_over) {
  EXPECT_THROW(apply_alone(config_map("a", "1")), std::runtime_error);
  EXPECT_EQ(value_of("a"), "1");
  EXPECT_TRUE(plane_.exists("v1/Secret", name_, "login"));
}

TEST_F(ApplySetTest, kubectl_finds_and_prunes_its_members_once_it_is_handed_over) {
  service_.stop();
  plane_.edit(kEnvironment, "", name_,
              {{"metadata", {{"annotations", {{"applyset.kubernetes.io/tooling", "kubectl/v1.36"}}}}}});
  EXPECT_THAT(apply_alone(config_map("a", "by kubectl")), HasSubstr("secret/login pruned"));
  EXPECT_EQ(value_of("a"), "by kubectl");
  EXPECT_FALSE(plane_.exists("v1/Secret", name_, "login"));
}

}  // namespace
}  // namespace reconciler::test
