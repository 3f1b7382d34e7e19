#include "controller/resources.h"

#include <algorithm>
#include <atomic>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "news.h"
#include "support/fake_cluster.h"
#include "sync/names.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr const char* kService = "https://example.org/r.git main:environments";

Environment environment(const std::string& branch = "main", const std::string& name = "kind-dev") {
  Environment environment;
  environment.name = name;
  environment.source = {"", branch, "overlays/kind-dev"};
  return environment;
}

class ResourcesTest : public ::testing::Test {
 protected:
  ResourcesTest() { cluster_.serve({kGroup, kEnvironmentKind}, "v1alpha1", false); }

  void SetUp() override { start(resources_); }

  static void start(Resources& resources) {
    resources.start();
    ASSERT_TRUE(resources.wait_listed(60s, {}));
  }

  Json live() {
    cluster_.settle();
    return cluster_.object(resource_key("kind-dev")).value_or(Json());
  }

  Resource known() {
    cluster_.settle();
    return resources_.find("kind-dev").value_or(Resource{});
  }

  static std::shared_ptr<const EnvironmentStatus> status(const std::string& message) {
    auto status = std::make_shared<EnvironmentStatus>();
    status->name = "kind-dev";
    status->message = message;
    return status;
  }

  /// Publishes, and waits until it is out.
  void publish(const std::string& message) {
    resources_.publish(status(message));
    resources_.flush(60s);
  }

  test::FakeCluster cluster_;
  News news_;
  Resources resources_{cluster_, kService, [this](const std::string& name) { news_.tell(name); }};
};

TEST_F(ResourcesTest, events_are_written_after_the_statuses_that_came_meanwhile) {
  cluster_.serve({"", "Event"}, "v1", true);
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  cluster_.forget_calls();
  resources_.publish(status("first"));
  resources_.announce("kind-dev", {{false, "SyncSucceeded", "commit aaa is applied"}});
  ASSERT_TRUE(resources_.wait_published("kind-dev", 60s, {}));
  resources_.publish(status("second"));
  resources_.flush(60s);
  std::vector<std::string> written;
  for (const auto& call : cluster_.calls()) written.push_back(call.key.type.kind);
  EXPECT_EQ(written, (Texts{"Environment", "Environment", "Event"}));
}

TEST_F(ResourcesTest, an_environment_is_mirrored) {
  ASSERT_TRUE(resources_.ensure(environment()));
  EXPECT_EQ(live()["spec"], to_resource(environment())["spec"]);
  EXPECT_EQ(resources_.names(), Texts{"kind-dev"});
}

TEST_F(ResourcesTest, what_is_as_it_should_be_costs_no_request) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  cluster_.forget_calls();
  ASSERT_TRUE(resources_.ensure(environment()));
  EXPECT_TRUE(cluster_.calls().empty());
}

TEST_F(ResourcesTest, mirroring_takes_one_request) {
  ASSERT_TRUE(resources_.ensure(environment()));
  EXPECT_EQ(cluster_.calls().size(), 1U);
}

TEST_F(ResourcesTest, a_change_in_git_is_mirrored) {
  ASSERT_TRUE(resources_.ensure(environment()));
  ASSERT_TRUE(resources_.ensure(environment("dev")));
  EXPECT_EQ(live()["spec"]["source"]["branch"], "dev");
}

TEST_F(ResourcesTest, a_change_by_hand_is_told_and_put_back) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  news_.forget();
  cluster_.edit(resource_key("kind-dev"), {{"spec", {{"source", {{"branch", "mine"}}}}}});
  cluster_.settle();
  EXPECT_TRUE(news_.has("kind-dev"));
  ASSERT_TRUE(resources_.ensure(environment()));
  EXPECT_EQ(live()["spec"]["source"]["branch"], "main");
}

TEST_F(ResourcesTest, a_resource_of_another_service_is_left_alone) {
  Resources other(cluster_, "https://example.org/other.git main:environments", [](const std::string&) {});
  start(other);
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  EXPECT_EQ(other.ensure(environment("theirs")).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(other.names().empty());
  EXPECT_EQ(live()["spec"]["source"]["branch"], "main");
}

TEST_F(ResourcesTest, a_resource_that_a_person_made_is_taken_over) {
  cluster_.put({{"apiVersion", kApiVersion},
                {"kind", kEnvironmentKind},
                {"metadata", {{"name", "kind-dev"}}},
                {"spec", {{"source", {{"branch", "mine"}}}}}});
  cluster_.settle();
  EXPECT_TRUE(resources_.names().empty());
  ASSERT_TRUE(resources_.ensure(environment()));
  EXPECT_EQ(live()["spec"]["source"]["branch"], "main");
}

TEST_F(ResourcesTest, a_resource_is_the_parent_of_its_apply_set) {
  ASSERT_TRUE(resources_.ensure(environment()));
  const sync::ApplySetScope scope{{{"apps", "Deployment"}, {"", "Secret"}}, {"spira"}};
  ASSERT_TRUE(resources_.set_scope("kind-dev", scope));
  const Json metadata = live()["metadata"];
  EXPECT_EQ(metadata["labels"][sync::kApplySetIdLabel], part_of("kind-dev"));
  EXPECT_EQ(metadata["annotations"][sync::kApplySetKindsAnnotation], "Deployment.apps,Secret");
  EXPECT_EQ(metadata["annotations"][sync::kApplySetNamespacesAnnotation], "spira");
  EXPECT_TRUE(metadata["annotations"].contains(sync::kApplySetToolingAnnotation));
  EXPECT_EQ(known().scope, scope);
}

TEST_F(ResourcesTest, a_new_resource_is_the_parent_of_its_apply_set_at_once) {
  const sync::ApplySetScope scope{{{"", "Secret"}}, {"spira"}};
  ASSERT_TRUE(resources_.ensure(environment(), scope));
  EXPECT_EQ(cluster_.calls().size(), 1U);
  EXPECT_EQ(live()["metadata"]["labels"][sync::kApplySetIdLabel], part_of("kind-dev"));
  EXPECT_EQ(known().scope, scope);
}

TEST_F(ResourcesTest, a_new_resource_without_members_is_no_parent_yet) {
  ASSERT_TRUE(resources_.ensure(environment()));
  EXPECT_FALSE(live()["metadata"].contains("labels"));
}

TEST_F(ResourcesTest, one_that_is_no_parent_yet_becomes_one_as_a_new_one_does) {
  const sync::ApplySetScope scope{{{"", "Secret"}}, {"spira"}};
  ASSERT_TRUE(resources_.ensure(environment()));
  ASSERT_TRUE(resources_.ensure(environment(), scope));
  EXPECT_EQ(known().scope, scope);
  const auto late = live()["metadata"]["managedFields"];
  cluster_.erase(resource_key("kind-dev"));
  cluster_.settle();
  ASSERT_TRUE(resources_.ensure(environment(), scope));
  EXPECT_EQ(live()["metadata"]["managedFields"], late);
}

TEST_F(ResourcesTest, a_resource_that_is_changed_keeps_its_scope) {
  const sync::ApplySetScope scope{{{"", "Secret"}}, {"spira"}};
  const sync::ApplySetScope less{{{"", "Secret"}}, {}};
  ASSERT_TRUE(resources_.ensure(environment(), scope));
  ASSERT_TRUE(resources_.ensure(environment("dev"), less));
  EXPECT_EQ(known().scope, scope) << "what may have members is taken away by who knows that it has none";
  ASSERT_TRUE(resources_.set_scope("kind-dev", less));
  ASSERT_TRUE(resources_.ensure(environment("main"), scope));
  EXPECT_EQ(known().scope, less);
}

/// Members of `kind-dev`, beside another environment that has objects in one namespace and of one group.
class SharedTest : public ResourcesTest {
 protected:
  void SetUp() override {
    ResourcesTest::SetUp();
    auto other = environment();
    other.name = "other";
    ASSERT_TRUE(resources_.ensure(environment()));
    ASSERT_TRUE(resources_.ensure(other));
    ASSERT_TRUE(resources_.set_scope("kind-dev", {{{"", "Namespace"}}, {"own"}}));
    ASSERT_TRUE(resources_.set_scope("other", {{{"example.org", "Widget"}}, {"shared"}}));
    cluster_.settle();
    for (const auto& key :
         {shared_, definition_, ObjectKey{{"", "Namespace"}, "", "own"},
          ObjectKey{kDefinition, "", "gadgets.example.com"}, ObjectKey{{"", "ConfigMap"}, "own", "shared"}}) {
      lives(key, part_of("kind-dev"));
    }
    lives({{"", "Namespace"}, "", "third"}, "");
  }

  void lives(const ObjectKey& key, const std::string& part_of) {
    sync::LiveMember member;
    member.key = key;
    member.part_of = part_of;
    live_[key] = std::make_shared<const sync::LiveMember>(member);
  }

  static inline const GroupKind kDefinition{"apiextensions.k8s.io", "CustomResourceDefinition"};
  const ObjectKey shared_{{"", "Namespace"}, "", "shared"};
  const ObjectKey definition_{kDefinition, "", "widgets.example.org"};
  sync::LiveSet live_;
};

TEST_F(SharedTest, namespaces_and_definitions_that_another_environment_has_objects_in_are_needed) {
  const auto needed = resources_.needed_by_others("kind-dev", live_, [](const Resource&) { return false; });
  EXPECT_EQ(needed, (std::map<ObjectKey, std::string>{{shared_, "other"}, {definition_, "other"}}));
}

TEST_F(SharedTest, an_environment_that_goes_with_its_objects_needs_nothing) {
  const auto goes = [](const Resource& resource) { return resource.live.key.name == "other"; };
  EXPECT_TRUE(resources_.needed_by_others("kind-dev", live_, goes).empty());
}

TEST_F(ResourcesTest, a_scope_that_is_written_costs_no_request) {
  ASSERT_TRUE(resources_.ensure(environment()));
  const sync::ApplySetScope scope{{{"", "Secret"}}, {"spira"}};
  ASSERT_TRUE(resources_.set_scope("kind-dev", scope));
  cluster_.forget_calls();
  ASSERT_TRUE(resources_.set_scope("kind-dev", scope));
  EXPECT_TRUE(cluster_.calls().empty());
}

TEST_F(ResourcesTest, mirroring_and_scope_leave_each_other_alone) {
  ASSERT_TRUE(resources_.ensure(environment()));
  const sync::ApplySetScope scope{{{"", "Secret"}}, {"spira"}};
  ASSERT_TRUE(resources_.set_scope("kind-dev", scope));
  ASSERT_TRUE(resources_.ensure(environment("dev")));
  EXPECT_EQ(known().scope, scope);
}

TEST_F(ResourcesTest, status_is_published_for_the_generation_that_lives) {
  ASSERT_TRUE(resources_.ensure(environment()));
  publish("going well");
  EXPECT_EQ(live()["status"]["message"], "going well");
  EXPECT_EQ(live()["status"]["observedGeneration"], live()["metadata"]["generation"]);
}

TEST_F(ResourcesTest, a_status_that_is_published_is_not_published_again) {
  ASSERT_TRUE(resources_.ensure(environment()));
  publish("going well");
  cluster_.forget_calls();
  publish("going well");
  EXPECT_TRUE(cluster_.calls().empty());
}

TEST_F(ResourcesTest, what_the_definition_does_not_know_is_left_out_of_statuses) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.on_call([](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.subresource != "status" || call.body.find("\"health\"") == std::string::npos) return std::nullopt;
    return Error{ErrorKind::kRejected, "refused", {{"", "status.health", "field not declared in schema"}}};
  });
  publish("going well");
  EXPECT_EQ(live()["status"]["message"], "going well");
  EXPECT_FALSE(live()["status"].contains("health"));
  cluster_.forget_calls();
  publish("going well");
  EXPECT_TRUE(cluster_.calls().empty()) << "it is published already";
}

TEST_F(ResourcesTest, of_several_statuses_the_last_is_published) {
  ASSERT_TRUE(resources_.ensure(environment()));
  for (int i = 0; i < 20; ++i) resources_.publish(status("step " + std::to_string(i)));
  publish("done");
  EXPECT_EQ(live()["status"]["message"], "done");
}

TEST_F(ResourcesTest, a_long_sync_is_published) {
  ASSERT_TRUE(resources_.ensure(environment()));
  auto begun = std::make_shared<EnvironmentStatus>(*status("begun"));
  begun->sync = SyncStatus::kSyncing;
  resources_.publish(begun);
  resources_.flush(60s);
  EXPECT_EQ(live()["status"]["message"], "begun");
}

TEST_F(ResourcesTest, a_status_of_another_replica_is_not_written_over) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.on_call([this](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.subresource != "status") return std::nullopt;
    resources_.withdraw("kind-dev");
    return Error{ErrorKind::kUnavailable, "busy", {}};
  });
  publish("old");
  cluster_.on_call({});
  resources_.flush(60s);
  EXPECT_FALSE(live().contains("status"));
}

TEST_F(ResourcesTest, a_new_status_wakes_nobody) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  news_.forget();
  publish("going well");
  cluster_.settle();
  EXPECT_EQ(news_.all(), Texts());
}

TEST_F(ResourcesTest, a_request_for_a_resync_wakes_its_environment) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  news_.forget();
  cluster_.edit(resource_key("kind-dev"), {{"metadata", {{"annotations", {{"gitops.spira.dev/resync", "now"}}}}}});
  EXPECT_EQ(known().resync, "now");
  EXPECT_TRUE(news_.has("kind-dev"));
}

TEST_F(ResourcesTest, nothing_is_published_of_what_does_not_live) {
  cluster_.forget_calls();
  publish("going well");
  EXPECT_TRUE(cluster_.calls().empty());
}

TEST_F(ResourcesTest, one_that_starts_anew_knows_what_was_published) {
  ASSERT_TRUE(resources_.ensure(environment()));
  publish("going well");
  Resources restarted(cluster_, kService, [](const std::string&) {});
  start(restarted);
  EXPECT_EQ(restarted.find("kind-dev")->status.message, "going well");
}

TEST_F(ResourcesTest, one_that_starts_anew_publishes_nothing_that_is_published) {
  ASSERT_TRUE(resources_.ensure(environment()));
  publish("going well");
  cluster_.settle();
  Resources restarted(cluster_, kService, [](const std::string&) {});
  start(restarted);
  cluster_.forget_calls();
  restarted.publish(status("going well"));
  restarted.flush(60s);
  EXPECT_TRUE(cluster_.calls().empty());
}

TEST_F(ResourcesTest, a_resource_that_was_deleted_is_forgotten_and_told) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  news_.forget();
  cluster_.erase(resource_key("kind-dev"));
  cluster_.settle();
  EXPECT_FALSE(resources_.find("kind-dev"));
  EXPECT_TRUE(news_.has("kind-dev"));
}

TEST_F(ResourcesTest, status_is_published_again_on_a_resource_that_was_made_anew) {
  ASSERT_TRUE(resources_.ensure(environment()));
  publish("going well");
  cluster_.erase(resource_key("kind-dev"));
  cluster_.settle();
  ASSERT_TRUE(resources_.ensure(environment()));
  publish("going well");
  EXPECT_EQ(live()["status"]["message"], "going well");
}

const Suspension kMaintenance{"alice", "maintenance", WallTime(std::chrono::seconds(1769860800)), false};

TEST_F(ResourcesTest, a_suspension_is_kept_in_the_cluster) {
  ASSERT_TRUE(resources_.ensure(environment()));
  resources_.suspend("kind-dev", kMaintenance);
  EXPECT_EQ(known().suspension, kMaintenance);
  resources_.flush(60s);
  EXPECT_EQ(live()["metadata"]["annotations"]["gitops.spira.dev/suspend"], "maintenance");
  Resources another(cluster_, kService, [](const std::string&) {});
  start(another);
  EXPECT_EQ(another.find("kind-dev")->suspension, kMaintenance);
}

TEST_F(ResourcesTest, whoever_suspends_learns_whether_that_is_written) {
  ASSERT_TRUE(resources_.ensure(environment()));
  resources_.suspend("kind-dev", kMaintenance);
  EXPECT_TRUE(resources_.wait_written("kind-dev", 60s));
  EXPECT_EQ(live()["metadata"]["annotations"]["gitops.spira.dev/suspend"], "maintenance");
  cluster_.on_call([](const test::FakeCluster::Call& call) {
    return call.verb == "patch" ? std::optional(Error{ErrorKind::kUnavailable, "busy", {}}) : std::nullopt;
  });
  resources_.resume("kind-dev");
  EXPECT_FALSE(resources_.wait_written("kind-dev", 0s));
}

TEST_F(ResourcesTest, a_resumption_takes_all_of_it_away) {
  ASSERT_TRUE(resources_.ensure(environment()));
  resources_.suspend("kind-dev", kMaintenance);
  resources_.flush(60s);
  resources_.resume("kind-dev");
  EXPECT_FALSE(known().suspension);
  resources_.flush(60s);
  EXPECT_FALSE(known().suspension);
  EXPECT_EQ(live()["metadata"]["annotations"].dump().find("suspend"), std::string::npos);
}

TEST_F(ResourcesTest, a_suspension_is_written_once_the_api_server_takes_it) {
  ASSERT_TRUE(resources_.ensure(environment()));
  std::atomic<int> refusals = 1;
  cluster_.on_call([&](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.verb != "patch" || refusals-- <= 0) return std::nullopt;
    return Error{ErrorKind::kUnavailable, "busy", {}};
  });
  resources_.suspend("kind-dev", kMaintenance);
  EXPECT_EQ(known().suspension, kMaintenance);
  resources_.flush(60s);
  EXPECT_EQ(live()["metadata"]["annotations"]["gitops.spira.dev/suspended-by"], "alice");
}

TEST_F(ResourcesTest, who_annotated_by_hand_is_read_from_the_managers) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  news_.forget();
  cluster_.edit(resource_key("kind-dev"), {{"metadata", {{"annotations", {{"gitops.spira.dev/suspend", "by hand"}}}}}},
                "kubectl-annotate");
  const auto suspension = known().suspension;
  ASSERT_TRUE(suspension);
  EXPECT_EQ(suspension->by, "kubectl-annotate");
  EXPECT_EQ(suspension->reason, "by hand");
  EXPECT_TRUE(news_.has("kind-dev"));
}

TEST_F(ResourcesTest, a_suspension_that_an_earlier_version_wrote_names_who_asked_for_it) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.edit(
      resource_key("kind-dev"),
      {{"metadata", {{"annotations", {{kSuspendAnnotation, "maintenance"}, {kSuspendedByAnnotation, "alice"}}}}}},
      "spira-reconciler-suspend");
  ASSERT_TRUE(known().suspension);
  EXPECT_EQ(known().suspension->by, "alice");
}

TEST_F(ResourcesTest, a_suspension_of_a_resource_that_went_is_dropped) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.erase(resource_key("kind-dev"));
  resources_.suspend("kind-dev", kMaintenance);
  resources_.flush(60s);
  EXPECT_TRUE(live().is_null());
}

TEST_F(ResourcesTest, a_resync_that_is_asked_for_counts_at_once_and_is_kept_in_the_cluster) {
  ASSERT_TRUE(resources_.ensure(environment()));
  resources_.suspend("kind-dev", kMaintenance);
  resources_.ask_resync("kind-dev", "first");
  EXPECT_EQ(resources_.asked_resync("kind-dev"), "first");
  EXPECT_TRUE(resources_.wait_written("kind-dev", 60s));
  EXPECT_EQ(live()["metadata"]["annotations"]["gitops.spira.dev/resync"], "first");
  EXPECT_EQ(live()["metadata"]["annotations"]["gitops.spira.dev/suspend"], "maintenance");
  EXPECT_EQ(resources_.asked_resync("kind-dev"), "first");
}

TEST_F(ResourcesTest, a_resync_of_what_is_not_in_the_cluster_yet_waits_for_its_resource) {
  resources_.ask_resync("kind-dev", "first");
  EXPECT_FALSE(resources_.wait_written("kind-dev", 60s));
  EXPECT_EQ(resources_.asked_resync("kind-dev"), "first");
  ASSERT_TRUE(resources_.ensure(environment()));
  EXPECT_TRUE(resources_.wait_written("kind-dev", 60s));
  EXPECT_EQ(live()["metadata"]["annotations"]["gitops.spira.dev/resync"], "first");
}

TEST_F(ResourcesTest, an_order_waits_for_the_end_of_an_outage_and_whoever_gave_it_does_not) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.go_down();
  cluster_.settle();
  resources_.ask_resync("kind-dev", "first");
  EXPECT_FALSE(resources_.wait_written("kind-dev", 60s));
  cluster_.come_back();
  cluster_.settle();
  resources_.flush(60s);
  EXPECT_EQ(live()["metadata"]["annotations"]["gitops.spira.dev/resync"], "first");
}

TEST_F(ResourcesTest, an_order_that_cannot_be_written_keeps_no_other_back) {
  ASSERT_TRUE(resources_.ensure(environment("main", "a")));
  ASSERT_TRUE(resources_.ensure(environment("main", "b")));
  cluster_.settle();
  cluster_.on_call([&](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.verb != "patch" || call.key.name != "a") return std::nullopt;
    return Error{ErrorKind::kUnavailable, "busy", {}};
  });
  resources_.ask_resync("a", "first");
  resources_.ask_resync("b", "second");
  EXPECT_TRUE(resources_.wait_written("b", 60s));
  EXPECT_FALSE(resources_.wait_written("a", 0s));
}

TEST_F(ResourcesTest, nothing_is_asked_of_another_service) {
  Resources other(cluster_, "https://example.org/other.git main:environments", [](const std::string&) {});
  start(other);
  ASSERT_TRUE(other.ensure(environment()));
  cluster_.settle();
  resources_.ask_resync("kind-dev", "first");
  resources_.flush(60s);
  EXPECT_EQ(live()["metadata"]["annotations"].count("gitops.spira.dev/resync"), 0U);
}

TEST_F(ResourcesTest, removing_deletes_the_resource_and_nothing_that_is_missing) {
  ASSERT_TRUE(resources_.ensure(environment()));
  cluster_.settle();
  ASSERT_TRUE(resources_.remove("kind-dev"));
  EXPECT_TRUE(live().is_null());
  EXPECT_TRUE(resources_.remove("never-was"));
}

TEST_F(ResourcesTest, one_whose_objects_go_with_it_has_a_finalizer) {
  auto deleting = environment();
  deleting.deletion = Deletion::kDelete;
  ASSERT_TRUE(resources_.ensure(deleting));
  EXPECT_EQ(live()["metadata"]["finalizers"], (Json::array({"gitops.spira.dev/objects"})));
  ASSERT_TRUE(resources_.ensure(environment()));
  EXPECT_FALSE(live()["metadata"].contains("finalizers"));
}

TEST_F(ResourcesTest, an_outage_is_told_and_so_is_its_end) {
  cluster_.settle();
  news_.forget();
  cluster_.go_down();
  news_.wait_for("");
  const auto listed = resources_.wait_listed(0ms, {});
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind, ErrorKind::kUnavailable);
  news_.forget();
  cluster_.come_back();
  news_.wait_for("");
  EXPECT_TRUE(resources_.wait_listed(0ms, {}));
}

TEST_F(ResourcesTest, without_the_definition_nothing_can_be_listed) {
  test::FakeCluster bare;
  Resources resources(bare, kService, [](const std::string&) {});
  resources.start();
  bare.settle();
  const auto listed = resources.wait_listed(0ms, {});
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(listed.error().message.find("kubectl apply --server-side -f deploy/definitions"), std::string::npos);
}

}  // namespace
}  // namespace reconciler::controller
