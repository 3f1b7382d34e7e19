#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include "support/cluster/config_maps.h"
#include "support/cluster/test_cluster.h"
#include "support/cluster/watch_mirror.h"

namespace reconciler::kube {
namespace {

using std::chrono::seconds;
using test::apply_of;
using test::config_map;
using test::labelled;
using test::TestCluster;
using Mirror = test::WatchMirror;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Json deployment(const std::string& name, int replicas) {
  const Json labels{{"app", name}};
  return {{"apiVersion", "apps/v1"},
          {"kind", "Deployment"},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec",
           {{"replicas", replicas},
            {"selector", {{"matchLabels", labels}}},
            {"template",
             {{"metadata", {{"labels", labels}}},
              {"spec", {{"containers", {{{"name", "main"}, {"image", "nats:2"}}}}}}}}}}};
}

RemoveRequest remove_of(const Json& object) {
  RemoveRequest request;
  const auto apply = apply_of(object);
  request.key = apply.key;
  request.api_version = apply.api_version;
  return request;
}

std::string resource_version(const Json& object) { return object["metadata"]["resourceVersion"]; }

class KubeTest : public testing::Test {
 protected:
  Json apply(const Json& object) { return must(cluster_->apply(apply_of(object))); }

  template <class T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text());
    return std::move(*result);
  }

  const TestCluster& server_ = TestCluster::shared();
  std::unique_ptr<Cluster> cluster_ = server_.connect();
};

TEST_F(KubeTest, an_apply_creates_changes_and_leaves_alone) {
  const auto created = apply(config_map("made", "1"));
  EXPECT_EQ(created["metadata"]["managedFields"][0]["manager"], "spira-reconciler");
  const auto changed = apply(config_map("made", "2"));
  EXPECT_EQ(changed["data"]["key"], "2");
  EXPECT_NE(resource_version(changed), resource_version(created));
  EXPECT_EQ(resource_version(apply(config_map("made", "2"))), resource_version(changed));
}

TEST_F(KubeTest, a_dry_run_answers_and_changes_nothing) {
  const auto before = apply(config_map("dry", "1"));
  auto request = apply_of(config_map("dry", "2"));
  request.dry_run = DryRun::kYes;
  EXPECT_EQ(must(cluster_->apply(request))["data"]["key"], "2");
  EXPECT_EQ(must(cluster_->get(request.key, "v1", Projection::kFull)), before);
}

TEST_F(KubeTest, metadata_alone_has_managed_fields_and_no_data) {
  auto request = apply_of(config_map("partial", "1"));
  request.projection = Projection::kMetadata;
  for (const auto& object :
       {must(cluster_->apply(request)), must(cluster_->get(request.key, "v1", Projection::kMetadata))}) {
    EXPECT_EQ(object["kind"], "ConfigMap");
    EXPECT_FALSE(object["metadata"]["managedFields"].empty());
    EXPECT_FALSE(object.contains("data"));
  }
}

TEST_F(KubeTest, without_force_the_field_of_another_manager_is_a_conflict) {
  auto request = apply_of(config_map("owned", "1"));
  request.field_manager = "somebody";
  must(cluster_->apply(request));
  request = apply_of(config_map("owned", "2"));
  request.force = false;
  const auto refused = cluster_->apply(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  const Cause expected{"", "data.key", "conflict with \"somebody\""};
  EXPECT_THAT(refused.error().causes, Contains(expected)) << refused.error().text();
  request.force = true;
  EXPECT_TRUE(cluster_->apply(request));
}

TEST_F(KubeTest, a_rejection_names_every_field_and_why) {
  auto wrong = deployment("wrong", -1);
  wrong["spec"]["template"]["spec"]["containers"][0].erase("image");
  const auto rejected = cluster_->apply(apply_of(wrong));
  ASSERT_FALSE(rejected);
  EXPECT_EQ(rejected.error().kind, ErrorKind::kRejected);
  std::set<std::string> fields;
  for (const auto& cause : rejected.error().causes) fields.insert(cause.field);
  EXPECT_THAT(fields, Contains("spec.replicas"));
  EXPECT_THAT(fields, Contains("spec.template.spec.containers[0].image"));
  EXPECT_EQ(rejected.error().where, "Deployment.apps default/wrong");
}

// The server itself may name only one of several unknown fields.
TEST_F(KubeTest, an_unknown_field_is_rejected_by_name) {
  auto at_the_top = deployment("unknown-fields", 1);
  at_the_top["spec"]["replica"] = 1;
  auto in_a_list = deployment("unknown-fields", 1);
  in_a_list["spec"]["template"]["spec"]["containers"][0]["imag"] = "x";
  const std::vector<std::pair<Json, Cause>> cases{
      {at_the_top, {"", "spec.replica", "field not declared in schema"}},
      {in_a_list, {"", "spec.template.spec.containers[name=\"main\"].imag", "field not declared in schema"}}};
  for (const auto& [object, cause] : cases) {
    const auto rejected = cluster_->apply(apply_of(object));
    ASSERT_FALSE(rejected);
    EXPECT_EQ(rejected.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(rejected.error().causes, std::vector<Cause>{cause}) << rejected.error().text();
  }
}

TEST_F(KubeTest, no_error_quotes_a_secret) {
  const std::string canary = "canary-7f3a";
  const Json secret{
      {"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", "login"}, {"namespace", "default"}}}};
  const std::vector<Json> contents{{{"data", {{"a", canary}}}},
                                   {{"data", {{"a", {{"b", canary}}}}}},
                                   {{"stringData", {{"a", Json::array({canary})}}}},
                                   {{"stringData", {{canary + "!", canary}}}, {"type", "kubernetes.io/tls"}},
                                   {{"immutable", canary}}};
  for (const auto& content : contents) {
    auto wrong = secret;
    wrong.update(content);
    const auto rejected = cluster_->apply(apply_of(wrong));
    ASSERT_FALSE(rejected) << content;
    EXPECT_EQ(rejected.error().kind, ErrorKind::kRejected) << rejected.error().text();
    EXPECT_THAT(rejected.error().text(), Not(HasSubstr("\"" + canary))) << content;
    EXPECT_THAT(rejected.error().text(), Not(HasSubstr(":" + canary))) << content;
  }
}

TEST_F(KubeTest, a_missing_namespace_is_named) {
  auto object = config_map("lost", "1");
  object["metadata"]["namespace"] = "nowhere";
  const auto refused = cluster_->apply(apply_of(object));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(refused.error().message, HasSubstr("namespaces \"nowhere\" not found"));
}

TEST_F(KubeTest, a_batch_is_answered_request_by_request) {
  std::vector<ApplyRequest> requests;
  for (int i = 0; i < 100; ++i)
    requests.push_back(apply_of(config_map("batch-" + std::to_string(i), std::to_string(i))));
  requests[50].body = "{}";
  const auto answers = cluster_->apply_all(requests, 16, {});
  for (int i = 0; i < 100; ++i) {
    const auto& answer = answers[static_cast<std::size_t>(i)];
    ASSERT_EQ(answer.has_value(), i != 50);
    EXPECT_EQ(answer ? (*answer)["data"]["key"] : Json(std::to_string(i)), std::to_string(i));
  }
}

TEST_F(KubeTest, an_account_without_rights_is_told_verb_resource_and_account) {
  server_.kubectl("create serviceaccount nobody");
  auto config = server_.config();
  config.client_certificate = config.client_key = {};
  config.token = server_.kubectl("create token nobody");
  if (config.token.ends_with('\n')) config.token.pop_back();
  const auto nobody = must(connect(config, {}));
  const auto refused = nobody->apply(apply_of(config_map("mine", "1")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kForbidden);
  EXPECT_THAT(refused.error().message, HasSubstr("system:serviceaccount:default:nobody"));
  EXPECT_THAT(refused.error().message, HasSubstr("cannot patch resource \"configmaps\""));
}

TEST_F(KubeTest, a_token_that_rotates_is_taken_up_upon_the_first_refusal) {
  server_.kubectl("create serviceaccount rotating");
  server_.kubectl("create clusterrole rotating --verb=list --resource=configmaps");
  server_.kubectl("create clusterrolebinding rotating --clusterrole=rotating --serviceaccount=default:rotating");
  auto config = server_.config();
  config.client_certificate = config.client_key = {};
  config.token_file = server_.folder() + "/token";
  std::ofstream(config.token_file) << "no-token";
  const auto rotating = must(connect(config, {}));
  const auto refused = rotating->get({{"", "ConfigMap"}, "default", "kube-root-ca.crt"}, "v1", Projection::kFull);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kForbidden);
  std::ofstream(config.token_file) << server_.kubectl("create token rotating");
  ListRequest list;
  list.type = {"", "ConfigMap"};
  const auto listed = rotating->list(list, [](Json&&) {});
  EXPECT_TRUE(listed) << listed.error().text();
}

TEST_F(KubeTest, a_certificate_of_another_authority_is_not_trusted) {
  auto config = server_.config();
  config.certificate_authority.data = test::run(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=other -days 1 "
      "2>/dev/null");
  const auto version = must(connect(config, {}))->version();
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(version.error().message, HasSubstr("certificate"));
  config.insecure_skip_tls_verify = true;
  EXPECT_TRUE(must(connect(config, {}))->version());
}

TEST_F(KubeTest, the_certificate_must_bear_the_name_that_the_configuration_gives) {
  auto config = server_.config();
  config.tls_server_name = "kubernetes.default.svc";
  EXPECT_TRUE(must(connect(config, {}))->version());
  config.tls_server_name = "somebody.else";
  EXPECT_FALSE(must(connect(config, {}))->version());
}

TEST_F(KubeTest, version_and_readiness) {
  EXPECT_THAT(must(cluster_->version()), HasSubstr("v1."));
  EXPECT_TRUE(cluster_->ready());
}

TEST_F(KubeTest, a_long_list_comes_whole_page_by_page_without_contents) {
  std::vector<ApplyRequest> requests;
  for (int i = 0; i < 1200; ++i)
    requests.push_back(apply_of(config_map("long-" + std::to_string(i), "x", {{"of", "long"}})));
  for (const auto& answer : cluster_->apply_all(requests, 32, {})) ASSERT_TRUE(answer) << answer.error().text();
  ListRequest list;
  list.type = {"", "ConfigMap"};
  list.label_selector = "of=long";
  list.projection = Projection::kMetadata;
  std::set<std::string> names;
  ASSERT_TRUE(cluster_->list(list, [&](Json&& object) {
    EXPECT_EQ(object["kind"], "ConfigMap");
    EXPECT_FALSE(object.contains("data"));
    names.insert(object["metadata"]["name"]);
  }));
  EXPECT_EQ(names.size(), 1200U);
}

TEST_F(KubeTest, a_delete_takes_only_the_object_of_its_uid) {
  const auto object = apply(config_map("doomed", "1"));
  auto request = remove_of(object);
  request.uid = "00000000-0000-0000-0000-000000000000";
  const auto refused = cluster_->remove(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  request.uid = object["metadata"]["uid"];
  EXPECT_TRUE(cluster_->remove(request));
  EXPECT_TRUE(cluster_->remove(request));
  EXPECT_EQ(cluster_->get(request.key, "v1", Projection::kFull).error().kind, ErrorKind::kNotFound);
}

TEST_F(KubeTest, patches_and_creations_are_made) {
  CreateRequest create;
  create.key = {{"", "ConfigMap"}, "default", "patched"};
  create.api_version = "v1";
  create.body = config_map("patched", "1").dump();
  must(cluster_->create(create));
  EXPECT_EQ(cluster_->create(create).error().kind, ErrorKind::kConflict);
  PatchRequest patch;
  patch.key = create.key;
  patch.api_version = "v1";
  patch.body = R"({"data":{"key":"2"}})";
  EXPECT_EQ(must(cluster_->patch(patch))["data"]["key"], "2");
  patch.type = PatchType::kJson;
  patch.body = R"([{"op":"remove","path":"/data/key"}])";
  EXPECT_FALSE(must(cluster_->patch(patch)).contains("data"));
}

Json tenant_definition(const std::string& plural, const std::string& kind) {
  const Json schema{{"openAPIV3Schema", {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}}}};
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", {{"name", plural + ".example.org"}}},
          {"spec",
           {{"group", "example.org"},
            {"scope", "Namespaced"},
            {"names", {{"plural", plural}, {"kind", kind}}},
            {"versions", {{{"name", "v1"}, {"served", true}, {"storage", true}, {"schema", schema}}}}}}};
}

TEST_F(KubeTest, a_watch_hears_of_everything_that_comes_changes_and_goes) {
  apply(config_map("seen", "1", {{"of", "watch"}}));
  Mirror mirror;
  const auto watch = cluster_->watch(labelled("watch"), mirror);
  EXPECT_TRUE(mirror.wait_for_value("seen", "1"));
  apply(config_map("seen", "2", {{"of", "watch"}}));
  EXPECT_TRUE(mirror.wait_for_value("seen", "2"));
  apply(config_map("seen", "2"));  // leaves the selection
  EXPECT_TRUE(mirror.wait_for_absence("seen"));
  apply(config_map("seen", "3", {{"of", "watch"}}));
  EXPECT_TRUE(mirror.wait_for_value("seen", "3"));
  EXPECT_TRUE(cluster_->remove(remove_of(config_map("seen", ""))));
  EXPECT_TRUE(mirror.wait_for_absence("seen"));
  EXPECT_EQ(mirror.lists_, 1);
}

TEST_F(KubeTest, a_kind_is_served_and_watched_once_its_definition_is_applied) {
  const GroupKind tenant{"example.org", "Tenant"};
  const auto unknown = cluster_->resource(tenant, "v1");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kNotFound);
  Mirror definitions;
  ListRequest list;
  list.type = {"apiextensions.k8s.io", "CustomResourceDefinition"};
  const auto watch = cluster_->watch(list, definitions);
  apply(tenant_definition("tenants", "Tenant"));
  ASSERT_TRUE(definitions.wait([](const Mirror& mirror) {
    const auto found = mirror.objects_.find("tenants.example.org");
    if (found == mirror.objects_.end() || !found->second.contains("status")) return false;
    for (const auto& condition : found->second["status"]["conditions"]) {
      if (condition["type"] == "Established" && condition["status"] == "True") return true;
    }
    return false;
  }));
  cluster_->forget_discovery();
  const auto known = cluster_->resource(tenant, "v1");
  ASSERT_TRUE(known) << known.error().text();
  EXPECT_EQ(known->plural, "tenants");
  apply({{"apiVersion", "example.org/v1"},
         {"kind", "Tenant"},
         {"metadata", {{"name", "one"}, {"namespace", "default"}}}});
}

/// Connections of this process to a port.
int connections_to(int port) {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const bool connected =
        getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.sin_family == AF_INET;
    if (connected && ntohs(peer.sin_port) == port) ++count;
  }
  return count;
}

TEST_F(KubeTest, all_requests_and_watches_share_one_connection) {
  const auto server = server_.config().server;
  const int port = std::stoi(server.substr(server.rfind(':') + 1));
  std::vector<std::unique_ptr<Mirror>> mirrors;
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < 30; ++i) {
    mirrors.push_back(std::make_unique<Mirror>());
    watches.push_back(cluster_->watch(labelled("shared"), *mirrors.back()));
  }
  std::vector<ApplyRequest> requests;
  for (int i = 0; i < 100; ++i)
    requests.push_back(apply_of(config_map("shared-" + std::to_string(i), "1", {{"of", "shared"}})));
  for (const auto& answer : cluster_->apply_all(requests, 32, {})) ASSERT_TRUE(answer) << answer.error().text();
  for (const auto& mirror : mirrors) {
    EXPECT_TRUE(mirror->wait([](const Mirror& mirror) { return mirror.objects_.size() == 100; }));
  }
  EXPECT_EQ(connections_to(port), 1);
}

}  // namespace
}  // namespace reconciler::kube
