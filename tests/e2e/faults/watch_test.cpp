#include <gtest/gtest.h>

#include "support/cluster/config_maps.h"
#include "support/cluster/watch_mirror.h"
#include "support/e2e/control_plane.h"

namespace reconciler::test {
namespace {

TEST(WatchTest, a_watch_survives_the_loss_of_the_api_server) {
  const TestCluster& server = ControlPlane::shared().server();
  const auto cluster = server.connect();
  const auto apply = [&](const char* value) {
    const auto applied = cluster->apply(apply_of(config_map("stays", value, {{"of", "outage"}})));
    ASSERT_TRUE(applied) << applied.error().text();
  };
  apply("1");
  WatchMirror mirror;
  const auto watch = cluster->watch(labelled("outage"), mirror);
  EXPECT_TRUE(mirror.wait_for_value("stays", "1"));
  server.stop_apiserver();
  EXPECT_TRUE(mirror.wait_until_well(false));
  EXPECT_EQ(mirror.error_.kind, ErrorKind::kUnavailable);
  const auto call = cluster->version();
  server.start_apiserver();
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(mirror.wait_until_well(true));
  apply("2");
  EXPECT_TRUE(mirror.wait_for_value("stays", "2"));
}

}  // namespace
}  // namespace reconciler::test
