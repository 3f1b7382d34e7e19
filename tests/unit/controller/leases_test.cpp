#include "controller/leases.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "news.h"
#include "support/fake_clock.h"
#include "support/fake_cluster.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

class LeasesTest : public ::testing::Test {
 protected:
  std::unique_ptr<Leases> replica(const std::string& identity, const Clock& clock) {
    auto leases = std::make_unique<Leases>(cluster_, clock, "default", identity,
                                           [this, identity](const std::string& name, bool held) {
                                             news_.tell(identity + (held ? " has " : " lost ") + name);
                                           });
    leases->start();
    return leases;
  }
  std::string holder() const { return live()["spec"].value("holderIdentity", ""); }
  Json live() const { return cluster_.object(kKey).value_or(Json::object()); }

  const ObjectKey kKey{{"coordination.k8s.io", "Lease"}, "default", "kind-dev"};
  const SystemClock clock_;
  test::FakeCluster cluster_;
  News news_;
};

TEST_F(LeasesTest, one_replica_works_on_an_environment_at_a_time_and_gives_it_to_the_next_when_it_ends) {
  const auto a = replica("a", clock_);
  EXPECT_FALSE(a->claim("kind-dev"));
  news_.wait_for("a has kind-dev");
  EXPECT_TRUE(a->claim("kind-dev"));
  const auto b = replica("b", clock_);
  EXPECT_FALSE(b->claim("kind-dev"));
  EXPECT_FALSE(b->holds("kind-dev"));
  a->release({});
  news_.wait_for("b has kind-dev");
  EXPECT_TRUE(b->claim("kind-dev"));
  EXPECT_EQ(holder(), "b");
  EXPECT_EQ(live()["spec"]["leaseTransitions"], 1);
}

TEST_F(LeasesTest, what_is_still_worked_on_is_not_given_up) {
  const auto a = replica("a", clock_);
  a->claim("kind-dev");
  news_.wait_for("a has kind-dev");
  a->release({"kind-dev"});
  EXPECT_EQ(holder(), "a");
}

TEST_F(LeasesTest, a_holder_that_cannot_renew_stops_before_another_takes_over) {
  const test::FakeClock clock(1ms);
  const auto a = replica("a", clock);
  a->claim("kind-dev");
  news_.wait_for("a has kind-dev");
  cluster_.on_call([](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.body.find("\"a\"") == std::string::npos) return std::nullopt;
    return Error{ErrorKind::kUnavailable, "cut off", {}};
  });
  const auto b = replica("b", clock);
  b->claim("kind-dev");
  news_.wait_for("b has kind-dev");
  EXPECT_FALSE(a->claim("kind-dev"));
  news_.wait_for("a lost kind-dev");
}

TEST_F(LeasesTest, a_lease_that_somebody_deletes_is_made_anew) {
  const auto a = replica("a", clock_);
  a->claim("kind-dev");
  news_.wait_for("a has kind-dev");
  cluster_.on_call([this](const test::FakeCluster::Call& call) -> std::optional<Error> {
    news_.tell(call.verb);
    return std::nullopt;
  });
  cluster_.erase(kKey);
  news_.wait_for("create");
  a->release({"kind-dev"});
  EXPECT_EQ(holder(), "a");
}

TEST_F(LeasesTest, the_lease_of_an_environment_that_is_gone_goes) {
  const auto a = replica("a", clock_);
  a->claim("kind-dev");
  news_.wait_for("a has kind-dev");
  a->drop("kind-dev");
  EXPECT_FALSE(cluster_.object(kKey));
  EXPECT_FALSE(a->holds("kind-dev"));
}

}  // namespace
}  // namespace reconciler::controller
