#include "kube/discovery.h"

#include <gtest/gtest.h>

#include "discovery_documents.h"
#include "scripted_transport.h"

namespace reconciler::kube {
namespace {

using std::chrono::seconds;

const GroupKind kAutoscaler{"autoscaling", "HorizontalPodAutoscaler"};

TEST(ApiCatalogue, knows_plural_scope_and_verbs_of_a_kind) {
  const auto catalogue = ApiCatalogue::read(core_discovery(), group_discovery());
  ASSERT_TRUE(catalogue);
  const auto deployment = catalogue->find({"apps", "Deployment"}, "v1");
  ASSERT_TRUE(deployment);
  EXPECT_EQ(deployment->plural, "deployments");
  EXPECT_EQ(deployment->api_version(), "apps/v1");
  EXPECT_TRUE(deployment->namespaced);
  EXPECT_TRUE(deployment->can("watch"));
  EXPECT_FALSE(deployment->can("deletecollection"));
  const auto space = catalogue->find({"", "Namespace"}, "v1");
  ASSERT_TRUE(space);
  EXPECT_FALSE(space->namespaced);
  EXPECT_EQ(space->api_version(), "v1");
}

TEST(ApiCatalogue, without_a_version_takes_the_one_that_the_server_prefers) {
  const auto catalogue = ApiCatalogue::read(core_discovery(), group_discovery());
  EXPECT_EQ(catalogue->find(kAutoscaler, "")->version, "v2");
  EXPECT_EQ(catalogue->find(kAutoscaler, "v1")->version, "v1");
  EXPECT_FALSE(catalogue->find(kAutoscaler, "v3"));
}

TEST(ApiCatalogue, the_same_kind_of_another_group_is_another_kind) {
  const auto catalogue = ApiCatalogue::read(core_discovery(), group_discovery());
  EXPECT_FALSE(catalogue->find({"extensions", "Deployment"}, ""));
}

TEST(ApiCatalogue, is_not_read_from_other_documents) {
  EXPECT_FALSE(ApiCatalogue::read("{}", group_discovery()));
  EXPECT_FALSE(ApiCatalogue::read(core_discovery(), R"({"kind":"APIGroupList"})"));
  EXPECT_FALSE(ApiCatalogue::read("", ""));
}

class DiscoveryTest : public testing::Test {
 protected:
  ManualClock clock_;
  ScriptedTransport transport_;
  Discovery discovery_{{transport_, clock_, [] { return 0.5; }, seconds(30)}};
};

TEST_F(DiscoveryTest, all_who_ask_during_a_reading_share_it) {
  int told = 0;
  for (int i = 0; i < 3; ++i) discovery_.refresh([&](const Status& status) { told += status ? 1 : 0; });
  EXPECT_EQ(transport_.requests.size(), 2U);
  transport_.answer(200, core_discovery());
  EXPECT_EQ(told, 0);
  transport_.answer(200, group_discovery());
  EXPECT_EQ(told, 3);
  EXPECT_TRUE(discovery_.find(kAutoscaler, "v2"));
}

TEST_F(DiscoveryTest, is_read_again_at_most_once_a_second_unless_told_to_forget) {
  transport_.server = answer_discovery;
  EXPECT_TRUE(discovery_.is_due());
  discovery_.refresh([](const Status&) {});
  EXPECT_FALSE(discovery_.is_due());
  clock_.advance(seconds(1));
  EXPECT_TRUE(discovery_.is_due());
  discovery_.refresh([](const Status&) {});
  discovery_.forget();
  EXPECT_TRUE(discovery_.is_due());
}

TEST_F(DiscoveryTest, a_reading_that_began_before_forgetting_does_not_count) {
  discovery_.refresh([](const Status&) {});
  discovery_.forget();
  transport_.answer(200, core_discovery());
  transport_.answer(200, group_discovery());
  EXPECT_TRUE(discovery_.is_due());
}

TEST_F(DiscoveryTest, a_failed_reading_is_told_and_keeps_what_was_known) {
  transport_.server = answer_discovery;
  discovery_.refresh([](const Status&) {});
  transport_.server = nullptr;
  Status status;
  discovery_.refresh([&](const Status& told) { status = told; });
  transport_.answer(403);
  transport_.answer(200, group_discovery());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kForbidden);
  EXPECT_TRUE(discovery_.find(kAutoscaler, "v2"));
}

TEST_F(DiscoveryTest, a_connection_cut_in_the_midst_is_no_failure) {
  bool well = false;
  discovery_.refresh([&](const Status& status) { well = status.has_value(); });
  transport_.fail(Failure::kLost);
  transport_.answer(200, group_discovery());
  EXPECT_FALSE(well);
  transport_.ring();
  transport_.answer(200, core_discovery());
  EXPECT_TRUE(well);
  EXPECT_TRUE(discovery_.find(kAutoscaler, "v2"));
}

}  // namespace
}  // namespace reconciler::kube
