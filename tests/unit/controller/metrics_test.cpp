#include "controller/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

EnvironmentStatus status(const std::string& name) {
  EnvironmentStatus status;
  status.name = name;
  status.branch = "main";
  status.path = "overlays/" + name;
  status.sync = SyncStatus::kSynced;
  status.health = HealthStatus::kDegraded;
  status.objects.synced = 3;
  status.last_sync = LastSync{};
  status.last_sync->result = "Succeeded";
  status.last_sync->finished = WallTime(std::chrono::seconds(1769860800));
  return status;
}

TEST(Metrics, tell_how_an_environment_stands) {
  Metrics metrics;
  std::vector<ObjectStatus> objects(3);
  objects[0].health = objects[1].health = HealthStatus::kHealthy;
  objects[2].health = HealthStatus::kDegraded;
  metrics.environment(status("dev"), &objects);
  const auto text = metrics.text();
  EXPECT_THAT(text, HasSubstr("reconciler_environment_info{branch=\"main\",environment=\"dev\",health=\"Degraded\","
                              "path=\"overlays/dev\",sync=\"Synced\"} 1"));
  EXPECT_THAT(text, HasSubstr("reconciler_environment_objects_by_health{environment=\"dev\",health=\"Healthy\"} 2"));
  EXPECT_THAT(text, HasSubstr("reconciler_environment_last_sync_timestamp_seconds{environment=\"dev\","
                              "result=\"Succeeded\"} 1769860800"));
  EXPECT_THAT(text, HasSubstr("reconciler_environment_objects{environment=\"dev\",state=\"synced\"} 3"));
}

TEST(Metrics, a_state_that_ended_has_no_series) {
  Metrics metrics;
  metrics.environment(status("dev"), nullptr);
  auto healthy = status("dev");
  healthy.health = HealthStatus::kHealthy;
  metrics.environment(healthy, nullptr);
  EXPECT_THAT(metrics.text(), Not(HasSubstr("Degraded")));
}

TEST(Metrics, the_series_of_an_environment_end_with_it) {
  Metrics metrics;
  for (const auto* name : {"dev", "other"}) {
    metrics.environment(status(name), nullptr);
    metrics.reconciled(name, "synced");
    metrics.applied(name, 1);
    metrics.pruned(name, 1);
    metrics.reverted(name, 1);
  }
  metrics.forget("dev");
  EXPECT_THAT(metrics.text(), Not(HasSubstr("\"dev\"")));
  EXPECT_THAT(metrics.text(), HasSubstr("reconciler_drift_reverted_total{environment=\"other\"} 1"));
}

TEST(Metrics, tell_requests_watches_fetches_pushes_and_events) {
  Metrics metrics;
  metrics.finished("apply", "deployments", 200, 5ms);
  metrics.finished("watch", "pods", 200, 5min);
  metrics.fetched(30ms, true);
  metrics.went_live(200ms);
  metrics.events_waiting(2);
  const auto text = metrics.text();
  EXPECT_THAT(text, HasSubstr("reconciler_api_requests_total{code=\"200\",resource=\"deployments\",verb=\"apply\"} 1"));
  EXPECT_THAT(text, HasSubstr("reconciler_watch_restarts_total{resource=\"pods\"} 1"));
  EXPECT_THAT(text, HasSubstr("reconciler_git_fetch_failures_total 1"));
  EXPECT_THAT(text, HasSubstr("reconciler_git_fetch_duration_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("reconciler_push_to_live_seconds_count 1"));
  EXPECT_THAT(text, HasSubstr("reconciler_events_waiting 2"));
  EXPECT_THAT(text, HasSubstr("reconciler_reconcile_duration_seconds_count{stage=\"fetch\"} 1"));
}

TEST(Metrics, tell_what_the_process_takes) {
  const auto text = Metrics().text();
  for (const auto* name : {"process_resident_memory_bytes ", "process_cpu_seconds_total ", "process_open_fds "}) {
    EXPECT_THAT(text, HasSubstr(name));
    EXPECT_THAT(text, Not(HasSubstr(std::string(name) + "0\n"))) << name;
  }
}

}  // namespace
}  // namespace reconciler::controller
