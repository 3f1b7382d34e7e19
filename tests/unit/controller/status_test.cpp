#include "controller/status.h"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/status_reader.h"

namespace reconciler::controller {
namespace {

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(1769860800 + seconds)); }

EnvironmentStatus whole_status() {
  EnvironmentStatus status;
  status.name = "kind-dev";
  status.branch = "main";
  status.path = "overlays/kind-dev";
  status.sync = SyncStatus::kSynced;
  status.health = HealthStatus::kProgressing;
  status.message = "Deployment.apps spira/api: 1 of 2 replicas available";
  status.head = std::string(40, 'b');
  status.applied = std::string(40, 'a');
  status.applied_digest = "0123456789abcdef";
  status.generation = 3;
  status.conditions = {{"Ready", ConditionStatus::kFalse, "Progressing", "not yet", at(1)},
                       {"Synced", ConditionStatus::kTrue, "Synced", "", at(2)},
                       {"Healthy", ConditionStatus::kUnknown, "Unknown", "", at(3)}};
  status.objects = {12, 10, 3, 1};
  status.last_sync = LastSync{"id-1", "commit", std::string(40, 'b'),     at(4),
                              at(6),  "Failed", "1 of 2 objects refused", {"ConfigMap spira/a: data: is bad"}};
  status.pre_delete = {"Job.batch spira/backup"};
  status.resync = "2026-01-31";
  return status;
}

TEST(StatusJson, has_the_shape_of_the_api) {
  EXPECT_EQ(to_json(whole_status()), Json::parse(R"({
    "name": "kind-dev", "sync": "Synced", "health": "Progressing",
    "message": "Deployment.apps spira/api: 1 of 2 replicas available",
    "source": {"branch": "main", "path": "overlays/kind-dev"},
    "revision": {"head": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "applied": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    "conditions": [
      {"type": "Ready", "status": "False", "reason": "Progressing", "message": "not yet",
       "lastTransitionTime": "2026-01-31T12:00:01Z", "observedGeneration": 3},
      {"type": "Synced", "status": "True", "reason": "Synced", "message": "",
       "lastTransitionTime": "2026-01-31T12:00:02Z", "observedGeneration": 3},
      {"type": "Healthy", "status": "Unknown", "reason": "Unknown", "message": "",
       "lastTransitionTime": "2026-01-31T12:00:03Z", "observedGeneration": 3}],
    "objects": {"total": 12, "synced": 10, "outOfSync": 3, "pruned": 1}, "preDelete": ["Job.batch spira/backup"],
    "lastSync": {"id": "id-1", "trigger": "commit", "revision": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                 "startedAt": "2026-01-31T12:00:04Z", "finishedAt": "2026-01-31T12:00:06Z", "result": "Failed",
                 "message": "1 of 2 objects refused", "errors": ["ConfigMap spira/a: data: is bad"]}})"));
}

TEST(StatusJson, fields_of_the_api_are_there_even_when_nothing_is_known) {
  const Json json = to_json(EnvironmentStatus{});
  for (const auto* field : {"name", "sync", "health", "revision", "conditions", "objects", "lastSync"}) {
    EXPECT_TRUE(json.contains(field)) << field;
  }
  EXPECT_TRUE(json["lastSync"].is_null());
  EXPECT_TRUE(json["conditions"].is_array());
}

TEST(StatusJson, a_sync_under_way_has_no_end) {
  auto status = whole_status();
  status.last_sync->result = "Running";
  EXPECT_FALSE(to_json(status)["lastSync"].contains("finishedAt"));
}

TEST(StatusJson, every_state_has_its_own_word) {
  std::set<std::string> words;
  for (const auto sync : {SyncStatus::kSynced, SyncStatus::kOutOfSync, SyncStatus::kSyncing, SyncStatus::kFailed,
                          SyncStatus::kSuspended, SyncStatus::kUnknown}) {
    words.insert(to_string(sync));
  }
  EXPECT_EQ(words, (std::set<std::string>{"Synced", "OutOfSync", "Syncing", "Failed", "Suspended", "Unknown"}));
}

TEST(ResourceStatus, says_which_generation_it_speaks_of) {
  const Json json = to_resource_status(whole_status());
  EXPECT_EQ(json["observedGeneration"], 3);
  EXPECT_FALSE(json.contains("name"));
  EXPECT_FALSE(to_resource_status(EnvironmentStatus{}).contains("observedGeneration"));
}

TEST(ObjectStatusJson, names_the_object_and_its_states) {
  const ObjectStatus object{{{"apps", "Deployment"}, "spira", "api"},
                            "apps/v1",
                            SyncStatus::kOutOfSync,
                            HealthStatus::kDegraded,
                            "was changed in the cluster",
                            true};
  EXPECT_EQ(to_json(object), Json::parse(R"({"group": "apps", "kind": "Deployment", "apiVersion": "apps/v1",
    "namespace": "spira", "name": "api", "sync": "OutOfSync", "health": "Degraded", "message": "was changed in the cluster"})"));
}

TEST(ObjectStatusJson, says_what_the_plan_has_for_it) {
  ObjectStatus object;
  EXPECT_FALSE(to_json(object).contains("action"));
  object.action = sync::Action::kRetain;
  EXPECT_EQ(to_json(object)["action"], "retain");
}

TEST(ObjectStatusJson, says_at_which_commit_it_is_where_that_is_known) {
  ObjectStatus object;
  EXPECT_FALSE(to_json(object).contains("revision"));
  object.revision = std::make_shared<const std::string>(40, 'a');
  EXPECT_EQ(to_json(object)["revision"], std::string(40, 'a'));
}

TEST(NamedObjects, the_first_five_are_named) {
  NamedObjects objects;
  EXPECT_EQ(objects.text(3), "") << "who did not see them names none";
  for (const auto* name : {"a", "b", "c", "d", "e", "f", "g"}) {
    objects.add({{"", "ConfigMap"}, "dev", name});
  }
  EXPECT_EQ(objects.count, 7U);
  EXPECT_EQ(objects.text(7),
            "ConfigMap dev/a, ConfigMap dev/b, ConfigMap dev/c, ConfigMap dev/d, ConfigMap dev/e and 2 more");
  objects.first.resize(2);
  EXPECT_EQ(objects.text(2), "ConfigMap dev/a, ConfigMap dev/b");
}

/// The custom resource that carries the status.
Json resource_of(const EnvironmentStatus& status) {
  return {{"metadata", {{"name", status.name}, {"generation", status.generation}}},
          {"spec", {{"source", {{"branch", status.branch}, {"path", status.path}}}}},
          {"status", to_resource_status(status)}};
}

TEST(ReadStatus, reads_what_was_written) { EXPECT_EQ(read_status(resource_of(whole_status())), whole_status()); }

TEST(ReadStatus, reads_every_state) {
  for (const auto sync : {SyncStatus::kSynced, SyncStatus::kOutOfSync, SyncStatus::kSyncing, SyncStatus::kFailed,
                          SyncStatus::kSuspended, SyncStatus::kUnknown}) {
    for (const auto health : {HealthStatus::kHealthy, HealthStatus::kSuspended, HealthStatus::kProgressing,
                              HealthStatus::kMissing, HealthStatus::kDegraded, HealthStatus::kUnknown}) {
      auto status = whole_status();
      status.sync = sync;
      status.health = health;
      EXPECT_EQ(read_status(resource_of(status)), status);
    }
  }
}

TEST(ReadStatus, reads_a_sync_under_way) {
  auto status = whole_status();
  status.last_sync->result = "Running";
  status.last_sync->finished = status.last_sync->started;
  EXPECT_EQ(read_status(resource_of(status)), status);
}

TEST(ReadStatus, reads_a_status_of_nothing) {
  EnvironmentStatus status;
  status.name = "new";
  EXPECT_EQ(read_status(resource_of(status)), status);
}

TEST(ReadStatus, speaks_of_the_generation_that_was_observed) {
  Json resource = resource_of(whole_status());
  resource["metadata"]["generation"] = 7;
  EXPECT_EQ(read_status(resource).generation, 3);
}

TEST(ReadStatus, a_resource_without_a_status_leaves_the_defaults) {
  const auto status = read_status({{"metadata", {{"name", "a"}, {"generation", 1}}}});
  EXPECT_EQ(status.name, "a");
  EXPECT_EQ(status.sync, SyncStatus::kUnknown);
  EXPECT_EQ(status.health, HealthStatus::kUnknown);
  EXPECT_FALSE(status.last_sync);
  EXPECT_TRUE(status.conditions.empty());
}

TEST(ReadStatus, what_is_not_as_we_write_it_is_left_at_its_default) {
  for (const auto* text :
       {R"({"sync": 5, "health": [], "revision": "a", "conditions": {}, "objects": 1, "lastSync": null})",
        R"({"conditions": [1, null, "a"], "objects": {"total": -5, "synced": "x"}, "sync": "Perfect"})"}) {
    const auto status = read_status({{"status", Json::parse(text)}});
    EXPECT_EQ(status.sync, SyncStatus::kUnknown);
    EXPECT_EQ(status.health, HealthStatus::kUnknown);
    EXPECT_EQ(status.objects, ObjectCounts{});
    EXPECT_FALSE(status.last_sync);
  }
}

}  // namespace
}  // namespace reconciler::controller
