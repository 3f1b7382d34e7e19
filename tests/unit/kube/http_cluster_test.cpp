#include "kube/http_cluster.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "discovery_documents.h"
#include "scripted_transport.h"

namespace reconciler::kube {
namespace {

const GroupKind kConfigMap{"", "ConfigMap"};

class HttpClusterTest : public testing::Test {
 protected:
  HttpClusterTest() {
    auto transport = std::make_unique<ScriptedTransport>();
    transport_ = transport.get();
    transport_->timers_ring_at_once = true;
    transport_->server = [this](const HttpRequest& request) -> std::optional<HttpAnswer> {
      if (auto answer = answer_discovery(request)) return answer;
      return answer_(request);
    };
    transport_->on_pause = [this](Duration pause) { clock_.advance(pause); };
    cluster_ = std::make_unique<HttpCluster>(std::move(transport), ConnectOptions(), clock_);
  }

  static ApplyRequest apply(const std::string& kind, const std::string& name) {
    ApplyRequest request;
    request.key = {{"", kind}, "spira", name};
    request.api_version = "v1";
    request.body = "{}";
    return request;
  }

  static RemoveRequest remove(const std::string& kind, const std::string& name) {
    RemoveRequest request;
    request.key = {{"", kind}, "spira", name};
    request.api_version = "v1";
    return request;
  }

  int requests_to(const std::string& target) const {
    int count = 0;
    for (const auto& request : transport_->requests) count += request.target == target ? 1 : 0;
    return count;
  }

  ManualClock clock_;
  ScriptedTransport* transport_ = nullptr;
  std::function<HttpAnswer(const HttpRequest&)> answer_ = [](const HttpRequest&) { return ok("{}"); };
  std::unique_ptr<HttpCluster> cluster_;
};

TEST_F(HttpClusterTest, discovery_is_read_once_for_many_calls) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(cluster_->apply(apply("ConfigMap", "a")));
  EXPECT_EQ(requests_to("/apis"), 1);
}

TEST_F(HttpClusterTest, an_unknown_kind_is_looked_for_again_and_then_named) {
  EXPECT_TRUE(cluster_->resource(kConfigMap, "v1"));
  clock_.advance(std::chrono::seconds(2));
  const auto unknown = cluster_->resource({"example.org", "Tenant"}, "v1");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(unknown.error().message,
            "the cluster does not serve the kind Tenant.example.org in version v1: is its CustomResourceDefinition "
            "installed?");
  EXPECT_EQ(requests_to("/apis"), 2);
}

TEST_F(HttpClusterTest, a_new_kind_that_the_server_lists_late_is_waited_for) {
  int readings = 0;
  transport_->server = [&](const HttpRequest& request) -> std::optional<HttpAnswer> {
    if (request.target != "/apis") return answer_discovery(request);
    const auto tenant = discovered_version("v1", {discovered("tenants", "Tenant", true)});
    if (++readings < 3) return ok(group_discovery());
    const Json group{{"metadata", {{"name", "example.org"}}}, {"versions", Json::array({tenant})}};
    return ok(discovery_list({group}));
  };
  cluster_->forget_discovery();
  EXPECT_TRUE(cluster_->resource({"example.org", "Tenant"}, "v1"));
  EXPECT_EQ(readings, 3);
}

TEST_F(HttpClusterTest, a_kind_that_never_comes_is_waited_for_three_seconds) {
  const auto begin = clock_.steady();
  cluster_->forget_discovery();
  EXPECT_FALSE(cluster_->resource({"example.org", "Tenant"}, "v1"));
  EXPECT_EQ(clock_.steady() - begin, std::chrono::seconds(3));
}

TEST_F(HttpClusterTest, what_was_forgotten_is_read_anew_although_it_is_known) {
  ASSERT_TRUE(cluster_->resource(kConfigMap, "v1"));
  cluster_->forget_discovery();
  ASSERT_TRUE(cluster_->resource(kConfigMap, "v1"));
  EXPECT_EQ(requests_to("/apis"), 2);
}

TEST_F(HttpClusterTest, a_kind_whose_own_server_is_down_is_neither_unknown_nor_gone) {
  transport_->server = [&](const HttpRequest& request) -> std::optional<HttpAnswer> {
    auto stale = discovered_version("v1", {});
    stale["freshness"] = "Stale";
    const Json group{{"metadata", {{"name", "example.org"}}}, {"versions", Json::array({stale})}};
    if (request.target == "/apis") return ok(discovery_list({group}));
    auto discovery = answer_discovery(request);
    return discovery ? discovery : answer_(request);
  };
  EXPECT_EQ(cluster_->resource({"example.org", "Tenant"}, "").error().kind, ErrorKind::kUnavailable);
  auto tenant = remove("Tenant", "a");
  tenant.key.type.group = "example.org";
  tenant.api_version = "example.org/v1";
  const auto removed = cluster_->remove_all(std::vector{tenant, remove("ConfigMap", "b")}, 8, {});
  ASSERT_FALSE(removed[0]);
  EXPECT_EQ(removed[0].error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(removed[1]);
}

TEST_F(HttpClusterTest, a_list_that_is_too_large_is_asked_for_in_smaller_pages) {
  answer_ = [](const HttpRequest& request) -> HttpAnswer {
    if (request.target.find("limit=62&") == std::string::npos && !request.target.ends_with("limit=62"))
      return {0, "", {}, Failure::kTooLarge, "the answer is larger than 64 MiB"};
    return ok(R"({"kind":"ConfigMapList","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a"}}]})");
  };
  ListRequest all;
  all.type = kConfigMap;
  all.version = "v1";
  int objects = 0;
  EXPECT_TRUE(cluster_->list(all, [&objects](Json&&) { ++objects; }));
  EXPECT_EQ(objects, 1);
}

TEST_F(HttpClusterTest, an_unknown_kind_in_a_batch_leaves_the_others_alone) {
  const std::vector<ApplyRequest> requests{apply("ConfigMap", "a"), apply("Tenant", "b"), apply("ConfigMap", "c")};
  const auto answers = cluster_->apply_all(requests, 8, {});
  EXPECT_TRUE(answers[0]);
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(answers[1].error().text().starts_with("Tenant spira/b: ")) << answers[1].error().text();
  EXPECT_TRUE(answers[2]);
}

TEST_F(HttpClusterTest, a_batch_gives_up_on_a_server_that_is_down_with_discovery) {
  transport_->server = [](const HttpRequest&) { return HttpAnswer{0, "", {}, Failure::kNoConnection, "refused"}; };
  const std::vector<ApplyRequest> requests(100, apply("ConfigMap", "a"));
  for (const auto& answer : cluster_->apply_all(requests, 8, {})) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  }
  EXPECT_EQ(transport_->requests.size(), 8U);
}

TEST_F(HttpClusterTest, what_is_gone_counts_as_deleted) {
  answer_ = [](const HttpRequest&) { return HttpAnswer{404, "", {}, {}, ""}; };
  EXPECT_TRUE(cluster_->remove(remove("ConfigMap", "a")));
  EXPECT_TRUE(cluster_->remove(remove("Tenant", "a")));
}

TEST_F(HttpClusterTest, another_object_under_the_name_is_a_conflict) {
  answer_ = [](const HttpRequest&) {
    return HttpAnswer{409, R"({"kind":"Status","message":"the UID differs"})", {}, {}, ""};
  };
  const auto removed = cluster_->remove(remove("ConfigMap", "a"));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().kind, ErrorKind::kConflict);
}

TEST_F(HttpClusterTest, an_object_says_what_it_is_whatever_the_server_calls_it) {
  answer_ = [](const HttpRequest&) { return ok(R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1"})"); };
  const auto object = cluster_->get({kConfigMap, "spira", "a"}, "v1", Projection::kMetadata);
  ASSERT_TRUE(object);
  EXPECT_EQ((*object)["kind"], "ConfigMap");
  EXPECT_EQ((*object)["apiVersion"], "v1");
}

TEST_F(HttpClusterTest, a_list_follows_its_pages_and_begins_anew_when_they_expire) {
  answer_ = [n = 0](const HttpRequest&) mutable {
    ++n;
    if (n == 1) return ok(R"({"metadata":{"continue":"x"},"items":[{"n":1}]})");
    if (n == 2) return HttpAnswer{410, "", {}, {}, ""};
    if (n == 3) return ok(R"({"metadata":{"continue":"y"},"items":[{"n":1}]})");
    return ok(R"({"metadata":{},"items":[{"n":2}]})");
  };
  std::vector<int> seen;
  ListRequest request;
  request.type = kConfigMap;
  EXPECT_TRUE(cluster_->list(request, [&](Json&& object) { seen.push_back(object["n"]); }));
  EXPECT_EQ(seen, (std::vector<int>{1, 1, 2}));
  EXPECT_NE(transport_->requests.back().target.find("continue=y"), std::string::npos);
}

TEST_F(HttpClusterTest, a_list_that_always_expires_ends) {
  answer_ = [](const HttpRequest&) { return HttpAnswer{410, "", {}, {}, ""}; };
  ListRequest request;
  request.type = kConfigMap;
  EXPECT_FALSE(cluster_->list(request, [](Json&&) {}));
}

TEST_F(HttpClusterTest, a_creation_whose_answer_is_lost_is_not_repeated) {
  answer_ = [](const HttpRequest&) { return HttpAnswer{0, "", {}, Failure::kLost, "cut"}; };
  CreateRequest request;
  request.key = {kConfigMap, "spira", "a"};
  request.api_version = "v1";
  const auto created = cluster_->create(request);
  ASSERT_FALSE(created);
  EXPECT_EQ(requests_to("/api/v1/namespaces/spira/configmaps?fieldManager=spira-reconciler&fieldValidation=Strict"), 1);
}

}  // namespace
}  // namespace reconciler::kube
