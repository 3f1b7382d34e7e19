#include <filesystem>

#include "support/e2e/child_process.h"
#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kNamespace = "spira-system";

/// Two replicas that follow the same repository. `first_` holds the environment's Lease when a test begins.
class ReplicasTest : public ServiceTest {
 protected:
  void SetUp() override {
    const auto commit = push_overlay({{"a.yaml", config_map("a", "1")}});
    first_.start();
    wait_until("the first holds the Lease", [&] { return !holder().empty(); });
    first_holder_ = holder();
    second_.start();
    wait_resource(commit);
    EXPECT_EQ(holder(), first_holder_);
  }

  void TearDown() override {
    for (auto* each : {&first_, &second_}) {
      EXPECT_EQ(each->log().find(canary_), std::string::npos);
      if (HasFailure()) std::cerr << "--- service.log\n" << each->log() << "---\n";
      if (each->is_running()) each->stop();
    }
    ServiceTest::TearDown();
  }

  std::string folder(const std::string& name) const {
    std::filesystem::create_directory(folder_ + "/" + name);
    return folder_ + "/" + name;
  }
  std::string holder() const {
    const auto lease = plane_.get("coordination.k8s.io/v1/Lease", kNamespace, name_);
    return lease ? lease->at("spec").value("holderIdentity", "") : "";
  }
  /// How long it takes until another than the first holds it.
  milliseconds wait_taken_over() const {
    const auto began = steady_clock::now();
    wait_until("the second holds the Lease", [&] { return !holder().empty() && holder() != first_holder_; });
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
  }
  /// Waits until the environment's resource says that the commit is applied.
  void wait_resource(const std::string& commit) const {
    wait_until("the resource says that the commit is applied", [&] {
      const auto resource = plane_.get("gitops.spira.dev/v1alpha1/Environment", "", name_);
      return resource && resource->value(json::json_pointer("/status/revision/applied"), "") == commit;
    });
  }
  std::string change(const std::string& value) { return push_overlay({{"a.yaml", config_map("a", value)}}); }

  RunningService first_{
      {folder("first"), repository_.url(), plane_.service_kubeconfig(), "1s", "text", "1h", kNamespace}};
  RunningService second_{
      {folder("second"), repository_.url(), plane_.service_kubeconfig(), "1s", "text", "1h", kNamespace}};
  std::string first_holder_;
};

TEST_F(ReplicasTest, the_other_takes_over_within_15_seconds_of_a_kill) {
  first_.kill();
  const auto took = wait_taken_over();
  std::cout << "taken over " << took.count() << " ms after a kill\n";
  EXPECT_LT(took, seconds(15));
  wait_resource(change("2"));
}

TEST_F(ReplicasTest, the_other_takes_over_within_2_seconds_of_a_graceful_stop) {
  const auto began = steady_clock::now();
  first_.stop();
  wait_taken_over();
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
  std::cout << "taken over " << took.count() << " ms after the signal to end\n";
  EXPECT_LT(took, seconds(2));
  wait_resource(change("2"));
}

TEST_F(ReplicasTest, one_that_stood_still_and_lost_its_lease_works_no_more) {
  ChildProcess follower(
      {"/usr/bin/env", "curl", "-sSN", "--noproxy", "*", first_.url() + "/api/v1/environments/" + name_ + "/events"},
      folder_ + "/events");
  wait_until("how things stand is told", [&] { return follower.log().find("event: status") != std::string::npos; });
  first_.stand_still();
  wait_taken_over();
  first_.go_on();
  wait_until("the first knows", [&] { return first_.log().find("no longer this replica's") != std::string::npos; });
  const auto commit = change("2");
  wait_resource(commit);
  wait_until("the first serves it", [&] { return first_.status(name_)["revision"]["applied"] == commit; });
  EXPECT_NE(holder(), first_holder_);
  EXPECT_TRUE(follower.wait(kPatience)) << "the stream ends when another tells what happens";
  EXPECT_THAT(follower.log(), Not(HasSubstr("event: gone")));
}

TEST_F(ReplicasTest, the_one_that_stands_by_serves_status_and_passes_on_what_it_is_asked_for) {
  const auto commit = change("2");
  wait_resource(commit);
  wait_until("the second serves it", [&] { return second_.status(name_)["revision"]["applied"] == commit; });
  const auto objects = second_.get("/api/v1/environments/" + name_ + "/objects");
  EXPECT_EQ(objects.status, 503);
  EXPECT_THAT(objects.body, HasSubstr("another replica"));
  const auto events = second_.get("/api/v1/environments/" + name_ + "/events");
  EXPECT_EQ(events.status, 503);
  EXPECT_THAT(events.body, HasSubstr("another replica"));

  const auto id = second_.ask_for_sync(name_);
  wait_until("the first has done it", [&] { return first_.status(name_)["lastSync"]["id"] == id; });
  wait_until("the second tells it", [&] { return second_.status(name_)["lastSync"]["id"] == id; });
  EXPECT_EQ(holder(), first_holder_);
}

TEST_F(ReplicasTest, a_killed_one_that_comes_back_goes_on_at_once_with_what_it_held) {
  second_.stop();
  first_.kill();
  const auto began = steady_clock::now();
  first_.start();
  wait_resource(change("2"));
  EXPECT_LT(steady_clock::now() - began, seconds(10));
  EXPECT_EQ(holder(), first_holder_);
}

TEST_F(ReplicasTest, the_lease_goes_with_the_environment) {
  repository_.write("environments/README.md", "The folder stays.\n");
  repository_.remove("environments/" + name_ + ".yaml");
  push();
  wait_until("the Lease is gone", [&] { return !plane_.exists("coordination.k8s.io/v1/Lease", kNamespace, name_); });
}

}  // namespace
}  // namespace reconciler::test
