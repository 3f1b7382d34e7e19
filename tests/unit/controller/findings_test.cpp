#include "controller/findings.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::controller {
namespace {

using sync::Action;
using ::testing::HasSubstr;

const WallTime kNow{std::chrono::seconds(1769860800)};
const WallTime kLater = kNow + std::chrono::seconds(60);

git::Commit commit(char digit) { return {std::string(40, digit), "subject", "Ann <ann@example.org>", {}}; }

ObjectStatus object(const std::string& name, SyncStatus sync = SyncStatus::kSynced,
                    HealthStatus health = HealthStatus::kHealthy, const std::string& message = "") {
  return {{{"", "ConfigMap"}, "spira", name}, "v1", sync, health, message, true};
}

/// Of an environment that is synced and healthy.
Findings good() {
  Findings findings;
  findings.environment.name = "kind-dev";
  findings.environment.source = {"", "main", "overlays/kind-dev"};
  findings.source = {commit('b'), std::nullopt, true};
  findings.wholly_applied = true;
  findings.in_sync = true;
  findings.planned = true;
  findings.objects = {object("a"), object("b")};
  return findings;
}

Findings failed(Stage stage, ErrorKind kind = ErrorKind::kRejected) {
  auto findings = good();
  findings.failure = Failure{stage, {kind, "went wrong", {{"a.yaml:1", "", "is bad"}}}};
  findings.wholly_applied = findings.in_sync = findings.planned = false;
  findings.objects.clear();
  return findings;
}

EnvironmentStatus status_of(const Findings& findings, const EnvironmentStatus& before = {}) {
  return make_status(findings, before, kNow);
}

Condition condition(const EnvironmentStatus& status, const std::string& type) {
  const auto found =
      std::find_if(status.conditions.begin(), status.conditions.end(), [&](const auto& c) { return c.type == type; });
  EXPECT_NE(found, status.conditions.end()) << type;
  return found == status.conditions.end() ? Condition{} : *found;
}

void expect_condition(const EnvironmentStatus& status, const std::string& type, ConditionStatus holds,
                      const std::string& reason) {
  EXPECT_EQ(condition(status, type).status, holds) << type;
  EXPECT_EQ(condition(status, type).reason, reason) << type;
}

/// Findings of every sort, for laws that hold of all.
std::vector<Findings> all_sorts() {
  std::vector<Findings> all{good(), {}};
  for (const auto stage :
       {Stage::kFile, Stage::kSource, Stage::kCluster, Stage::kBuild, Stage::kPlan, Stage::kAdmit, Stage::kApply}) {
    for (const auto kind :
         {ErrorKind::kInvalid, ErrorKind::kForbidden, ErrorKind::kRejected, ErrorKind::kUnavailable}) {
      all.push_back(failed(stage, kind));
    }
  }
  const auto add = [&](auto change) {
    all.push_back(good());
    change(all.back());
  };
  add([](Findings& f) { f.suspension = Suspension{"alice", "maintenance", kNow, false}; });
  add([](Findings& f) { f.syncing = true; });
  add([](Findings& f) { f.in_sync = f.wholly_applied = false; });
  add([](Findings& f) { f.planned = false; });
  add([](Findings& f) { f.source = {}; });
  add([](Findings& f) { f.source.head.reset(); });
  add([](Findings& f) { f.source.error = Error{ErrorKind::kUnavailable, "down", {}}; });
  for (const auto health : {HealthStatus::kSuspended, HealthStatus::kProgressing, HealthStatus::kMissing,
                            HealthStatus::kDegraded, HealthStatus::kUnknown}) {
    add([&](Findings& f) { f.objects[0].health = health; });
  }
  return all;
}

TEST(Status, knows_the_set_that_was_applied_until_a_sync_of_another_one_or_a_failure_takes_something_away) {
  auto findings = good();
  findings.digest = "one";
  const auto applied = status_of(findings);
  EXPECT_EQ(applied.applied_digest, "one");
  findings.wholly_applied = false;
  EXPECT_EQ(status_of(findings, applied).applied_digest, "one") << "nothing was synced";
  findings.sync = LastSync{};
  EXPECT_EQ(status_of(findings, applied).applied_digest, "one") << "drift is put back";
  findings.failure = Failure{Stage::kApply, {ErrorKind::kRejected, "went wrong", {}}};
  EXPECT_EQ(status_of(findings, applied).applied_digest, "one") << "and tried again";
  findings.environment.self_heal = false;
  EXPECT_EQ(status_of(findings, applied).applied_digest, "") << "nobody would try again";
  findings.failure.reset();
  findings.digest = "two";
  EXPECT_EQ(status_of(findings, applied).applied_digest, "") << "another set is being applied";
}

TEST(Contested, is_a_condition_of_its_own_and_the_reason_of_synced) {
  auto findings = good();
  findings.in_sync = false;
  findings.contested = {"ConfigMap spira/a: data.key by kubectl-edit"};
  const auto status = status_of(findings);
  expect_condition(status, "Contested", ConditionStatus::kTrue, "ChangedByOthers");
  expect_condition(status, "Synced", ConditionStatus::kFalse, "Contested");
  EXPECT_EQ(status.message, "ConfigMap spira/a: data.key by kubectl-edit");
}

TEST(MakeStatus, an_environment_as_git_says_is_ready) {
  const auto status = status_of(good());
  EXPECT_EQ(status.sync, SyncStatus::kSynced);
  EXPECT_EQ(status.health, HealthStatus::kHealthy);
  EXPECT_EQ(status.message, "");
  EXPECT_EQ(status.head, commit('b').id);
  EXPECT_EQ(status.applied, commit('b').id);
  expect_condition(status, "Ready", ConditionStatus::kTrue, "Ready");
  expect_condition(status, "Synced", ConditionStatus::kTrue, "Synced");
  expect_condition(status, "Healthy", ConditionStatus::kTrue, "Healthy");
  expect_condition(status, "SourceReady", ConditionStatus::kTrue, "Fetched");
}

TEST(MakeStatus, tells_the_beginning_of_a_long_message_where_a_line_is_shown) {
  auto findings = good();
  findings.failure = Failure{Stage::kApply, Error{ErrorKind::kRejected, std::string(996, 'x') + "é and more", {}}};
  const auto status = status_of(findings);
  EXPECT_EQ(condition(status, "Ready").message, std::string(996, 'x') + "… (all of it: condition Synced)");
  EXPECT_EQ(status.message, condition(status, "Ready").message);
  EXPECT_THAT(condition(status, "Synced").message, testing::HasSubstr("é and more"));
}

TEST(MakeStatus, has_an_end_however_many_causes_there_are) {
  const std::vector<Cause> causes(2000, Cause{"ConfigMap spira/a", "data", std::string(200, 'x') + "é"});
  auto findings = failed(Stage::kAdmit);
  findings.failure->error.causes = causes;
  findings.sync = LastSync{"id", "commit", commit('b').id, kNow, kNow, "Failed", std::string(100000, 'x'), {}};
  findings.sync->errors = cause_lines(causes);
  auto status = status_of(findings);
  findings.syncing = true;
  const auto told_while_syncing = condition(status_of(findings), "Synced").message;
  for (const auto& message : {condition(status, "Synced").message, status.last_sync->message, told_while_syncing}) {
    EXPECT_LE(message.size(), 32768U);
    EXPECT_TRUE(message.ends_with("… (of each object: GET /api/v1/environments/kind-dev/objects)")) << message;
  }
  EXPECT_NO_THROW(to_resource_status(status).dump());  // Nothing is cut inside a character.
  ASSERT_EQ(status.last_sync->errors.size(), 201U);
  EXPECT_EQ(status.last_sync->errors.front(), causes.front().text());
  EXPECT_EQ(status.last_sync->errors.back(), "and 1800 more");
  // What is read back is told as it is.
  findings = {};
  findings.environment.name = "kind-dev";
  EXPECT_EQ(make_status(findings, status, kLater).last_sync, status.last_sync);
}

TEST(CauseLines, are_as_long_as_a_line_may_be) {
  EXPECT_EQ(cause_lines({{"ConfigMap spira/a", "", std::string(5000, 'x')}}).front().size(), 800U);
  EXPECT_TRUE(cause_lines({}).empty());
}

TEST(MakeStatus, says_which_environment_it_is) {
  const auto status = status_of(good());
  EXPECT_EQ(status.name, "kind-dev");
  EXPECT_EQ(status.branch, "main");
  EXPECT_EQ(status.path, "overlays/kind-dev");
}

TEST(MakeStatus, has_each_condition_once_and_ready_first) {
  for (const auto& findings : all_sorts()) {
    std::vector<std::string> types;
    for (const auto& each : status_of(findings).conditions) types.push_back(each.type);
    EXPECT_EQ(types, (std::vector<std::string>{"Ready", "SourceReady", "Synced", "Healthy"}));
  }
}

TEST(MakeStatus, every_condition_has_a_reason_of_one_word) {
  for (const auto& findings : all_sorts()) {
    for (const auto& each : status_of(findings).conditions) {
      EXPECT_FALSE(each.reason.empty()) << each.type;
      EXPECT_TRUE(std::all_of(each.reason.begin(), each.reason.end(), [](unsigned char c) { return std::isalnum(c); }))
          << each.reason;
    }
  }
}

TEST(MakeStatus, is_ready_exactly_when_all_other_conditions_hold) {
  for (const auto& findings : all_sorts()) {
    const auto status = status_of(findings);
    const bool all_hold = std::all_of(status.conditions.begin() + 1, status.conditions.end(),
                                      [](const auto& each) { return each.status == ConditionStatus::kTrue; });
    EXPECT_EQ(condition(status, "Ready").status == ConditionStatus::kTrue, all_hold)
        << condition(status, "Ready").reason;
  }
}

TEST(MakeStatus, has_a_message_exactly_when_it_is_not_ready) {
  for (const auto& findings : all_sorts()) {
    const auto status = status_of(findings);
    const bool is_ready = condition(status, "Ready").status == ConditionStatus::kTrue;
    EXPECT_EQ(status.message.empty(), is_ready) << condition(status, "Ready").reason;
  }
}

TEST(MakeStatus, the_same_findings_again_change_nothing) {
  for (const auto& findings : all_sorts()) {
    const auto first = status_of(findings);
    EXPECT_EQ(make_status(findings, first, kLater), first) << condition(first, "Ready").reason;
  }
}

TEST(MakeStatus, a_condition_keeps_its_time_until_its_status_changes) {
  const auto before = status_of(good());
  auto findings = good();
  findings.objects[0].health = HealthStatus::kDegraded;
  const auto after = make_status(findings, before, kLater);
  EXPECT_EQ(condition(after, "Synced").last_transition, kNow);
  EXPECT_EQ(condition(after, "SourceReady").last_transition, kNow);
  EXPECT_EQ(condition(after, "Healthy").last_transition, kLater);
  EXPECT_EQ(condition(after, "Ready").last_transition, kLater);
}

TEST(MakeStatus, a_new_reason_is_no_transition) {
  auto findings = good();
  findings.objects[0].health = HealthStatus::kProgressing;
  const auto before = status_of(findings);
  findings.objects[0].health = HealthStatus::kDegraded;
  const auto after = make_status(findings, before, kLater);
  expect_condition(after, "Healthy", ConditionStatus::kFalse, "Degraded");
  EXPECT_EQ(condition(after, "Healthy").last_transition, kNow);
}

TEST(MakeStatus, a_failure_names_its_stage_and_all_causes) {
  const std::pair<Stage, const char*> reasons[] = {{Stage::kFile, "InvalidEnvironment"},
                                                   {Stage::kBuild, "BuildFailed"},
                                                   {Stage::kAdmit, "Rejected"},
                                                   {Stage::kApply, "ApplyFailed"}};
  for (const auto& [stage, reason] : reasons) {
    const auto status = status_of(failed(stage));
    EXPECT_EQ(status.sync, SyncStatus::kFailed) << reason;
    expect_condition(status, "Synced", ConditionStatus::kFalse, reason);
    EXPECT_THAT(condition(status, "Synced").message, HasSubstr("went wrong"));
    EXPECT_THAT(status.message, HasSubstr("a.yaml:1: is bad"));
  }
}

TEST(MakeStatus, a_failed_commit_leaves_the_applied_one) {
  const auto before = status_of(good());
  auto findings = failed(Stage::kAdmit);
  findings.source.head = commit('c');
  const auto after = make_status(findings, before, kLater);
  EXPECT_EQ(after.head, commit('c').id);
  EXPECT_EQ(after.applied, commit('b').id);
  EXPECT_EQ(after.objects, before.objects);
}

TEST(MakeStatus, a_bad_file_is_no_ready_source) {
  expect_condition(status_of(failed(Stage::kFile)), "SourceReady", ConditionStatus::kFalse, "InvalidEnvironment");
}

TEST(MakeStatus, without_the_api_server_sync_and_health_are_unknown) {
  const auto status = make_status(failed(Stage::kCluster, ErrorKind::kUnavailable), status_of(good()), kLater);
  EXPECT_EQ(status.sync, SyncStatus::kUnknown);
  EXPECT_EQ(status.health, HealthStatus::kUnknown);
  expect_condition(status, "Synced", ConditionStatus::kUnknown, "ClusterUnavailable");
  expect_condition(status, "Healthy", ConditionStatus::kUnknown, "Unknown");
  EXPECT_NE(condition(status, "Ready").status, ConditionStatus::kTrue);
}

TEST(MakeStatus, health_that_may_not_be_read_is_unknown) {
  EXPECT_EQ(status_of(failed(Stage::kCluster, ErrorKind::kForbidden), status_of(good())).health,
            HealthStatus::kUnknown);
  EXPECT_EQ(status_of(failed(Stage::kAdmit, ErrorKind::kForbidden), status_of(good())).health, HealthStatus::kHealthy);
}

TEST(MakeStatus, a_remote_out_of_reach_leaves_what_is_known_of_the_cluster) {
  auto findings = good();
  findings.source.error = Error{ErrorKind::kUnavailable, "connection refused", {}};
  const auto status = status_of(findings);
  EXPECT_EQ(status.sync, SyncStatus::kSynced);
  EXPECT_EQ(status.health, HealthStatus::kHealthy);
  expect_condition(status, "SourceReady", ConditionStatus::kFalse, "FetchFailed");
  expect_condition(status, "Ready", ConditionStatus::kFalse, "FetchFailed");
  EXPECT_EQ(status.message, "connection refused");
}

TEST(MakeStatus, refused_credentials_are_told_apart) {
  auto findings = good();
  findings.source.error = Error{ErrorKind::kForbidden, "401", {}};
  expect_condition(status_of(findings), "SourceReady", ConditionStatus::kFalse, "AuthenticationFailed");
}

TEST(MakeStatus, a_branch_that_is_missing_is_named) {
  auto findings = good();
  findings.source.head.reset();
  const auto status = status_of(findings);
  expect_condition(status, "SourceReady", ConditionStatus::kFalse, "BranchNotFound");
  EXPECT_THAT(status.message, HasSubstr("'main'"));
}

TEST(MakeStatus, before_the_first_look_the_source_is_unknown) {
  auto findings = good();
  findings.source = {};
  expect_condition(status_of(findings), "SourceReady", ConditionStatus::kUnknown, "NotLookedYet");
}

TEST(MakeStatus, after_a_suspension_nothing_is_known_until_it_was_looked) {
  EnvironmentStatus before = status_of(good());
  before.sync = SyncStatus::kSuspended;
  auto findings = good();
  findings.planned = false;
  const auto status = make_status(findings, before, {});
  EXPECT_EQ(status.sync, SyncStatus::kUnknown);
  expect_condition(status, "Synced", ConditionStatus::kUnknown, "Unknown");
}

TEST(MakeStatus, hooks_before_deletion_are_those_of_the_revision_that_was_applied) {
  auto findings = good();
  findings.pre_delete = {"Job.batch spira/backup"};
  const auto applied = status_of(findings);
  EXPECT_EQ(applied.pre_delete, findings.pre_delete);
  EXPECT_EQ(make_status(failed(Stage::kApply), applied, kLater).pre_delete, applied.pre_delete);
}

TEST(MakeStatus, suspended_is_not_ready_and_says_so) {
  auto findings = good();
  findings.suspension = Suspension{"alice", "maintenance", WallTime(std::chrono::seconds(1769860800)), false};
  const auto status = status_of(findings);
  EXPECT_EQ(status.sync, SyncStatus::kSuspended);
  EXPECT_EQ(status.suspension, findings.suspension);
  EXPECT_EQ(status.message, "suspended by alice since 2026-01-31T12:00:00Z: maintenance");
  expect_condition(status, "Ready", ConditionStatus::kFalse, "Suspended");
}

TEST(MakeStatus, suspended_says_how_much_differs_meanwhile) {
  auto findings = good();
  findings.suspension = Suspension{"alice", "maintenance", WallTime(std::chrono::seconds(1769860800)), false};
  findings.objects[0].sync = SyncStatus::kOutOfSync;
  findings.objects[0].health = HealthStatus::kDegraded;
  auto status = status_of(findings);
  EXPECT_EQ(status.message, "suspended by alice since 2026-01-31T12:00:00Z: maintenance; 1 object differs from Git");
  EXPECT_EQ(status.objects.out_of_sync, 1U);
  EXPECT_EQ(status.health, HealthStatus::kDegraded);
  findings.objects[1].sync = SyncStatus::kOutOfSync;
  EXPECT_THAT(status_of(findings).message, HasSubstr("2 objects differ from Git"));
  findings.failure = Failure{Stage::kBuild, {ErrorKind::kInvalid, "cannot build", {}}};
  status = status_of(findings);
  EXPECT_THAT(status.message, HasSubstr("maintenance; cannot build"));
  EXPECT_EQ(status.sync, SyncStatus::kSuspended);
}

TEST(MakeStatus, what_came_with_a_commit_that_failed_is_not_missed) {
  auto findings = good();
  findings.failure = Failure{Stage::kAdmit, {ErrorKind::kRejected, "no such field", {}}};
  findings.objects[0].health = HealthStatus::kMissing;
  EXPECT_EQ(status_of(findings).health, HealthStatus::kMissing);
  findings.objects[0].is_new = true;
  EXPECT_EQ(status_of(findings).health, HealthStatus::kHealthy);
  EXPECT_EQ(status_of(findings).sync, SyncStatus::kFailed);
}

TEST(MakeStatus, a_sync_that_a_suspension_stopped_does_not_run_any_more) {
  EnvironmentStatus before;
  before.last_sync = LastSync{};
  before.last_sync->result = "Running";
  auto findings = good();
  findings.sync.reset();
  findings.suspension = Suspension{"alice", "maintenance", {}, false};
  const auto status = make_status(findings, before, kNow);
  EXPECT_EQ(status.last_sync->result, "Failed");
  EXPECT_EQ(status.last_sync->finished, kNow);
}

TEST(MakeStatus, a_sync_under_way_is_not_ready) {
  auto findings = good();
  findings.syncing = true;
  const auto status = status_of(findings);
  EXPECT_EQ(status.sync, SyncStatus::kSyncing);
  expect_condition(status, "Ready", ConditionStatus::kFalse, "Syncing");
}

TEST(MakeStatus, a_further_attempt_keeps_the_last_failure_in_sight) {
  auto findings = good();
  findings.wholly_applied = findings.in_sync = findings.planned = false;
  findings.syncing = true;
  findings.sync = LastSync{"id", "retry", "", kNow, kNow, "Running", "1 of 2 objects refused", {"Deployment a: no"}};
  const auto status = status_of(findings);
  EXPECT_EQ(status.sync, SyncStatus::kSyncing);
  EXPECT_THAT(status.message, HasSubstr("further attempt"));
  EXPECT_THAT(status.message, HasSubstr("1 of 2 objects refused; Deployment a: no"));
}

TEST(MakeStatus, tolerated_drift_is_out_of_sync_though_all_was_applied) {
  auto findings = good();
  findings.in_sync = false;
  findings.objects[0].sync = SyncStatus::kOutOfSync;
  const auto status = status_of(findings);
  EXPECT_EQ(status.sync, SyncStatus::kOutOfSync);
  EXPECT_EQ(status.applied, commit('b').id);
  expect_condition(status, "Ready", ConditionStatus::kFalse, "OutOfSync");
}

TEST(MakeStatus, counts_what_git_holds_and_what_waits_to_be_pruned) {
  auto findings = good();
  findings.objects = {object("a"), object("b", SyncStatus::kOutOfSync), object("c", SyncStatus::kFailed),
                      object("gone", SyncStatus::kOutOfSync), object("kept")};
  findings.objects[3].in_git = findings.objects[4].in_git = false;
  EXPECT_EQ(status_of(findings).objects, (ObjectCounts{3, 1, 3, 0}));
}

TEST(MakeStatus, what_a_sync_pruned_is_counted_until_the_next_one) {
  auto findings = good();
  findings.pruned = 4;
  const auto after_sync = status_of(findings);
  EXPECT_EQ(after_sync.objects.pruned, 4U);
  EXPECT_EQ(make_status(good(), after_sync, kLater).objects.pruned, 4U);
  findings.pruned = 0;
  EXPECT_EQ(make_status(findings, after_sync, kLater).objects.pruned, 0U);
}

TEST(MakeStatus, the_last_sync_stays_until_another_begins) {
  auto findings = good();
  findings.sync = LastSync{"id-1", "commit", commit('b').id, kNow, kNow, "Succeeded", "", {}};
  const auto after_sync = status_of(findings);
  EXPECT_EQ(make_status(good(), after_sync, kLater).last_sync, findings.sync);
}

TEST(MakeStatus, health_is_the_worst_of_all_and_names_up_to_three) {
  auto findings = good();
  findings.objects.clear();
  for (const auto* name : {"a", "b", "c", "d", "e"}) {
    findings.objects.push_back(
        object(name, SyncStatus::kSynced, HealthStatus::kDegraded, std::string("broken-") + name));
  }
  findings.objects.push_back(object("f", SyncStatus::kSynced, HealthStatus::kProgressing, "still-starting"));
  const auto status = status_of(findings);
  EXPECT_EQ(status.health, HealthStatus::kDegraded);
  const auto message = condition(status, "Healthy").message;
  for (const auto* part : {"broken-a", "broken-b", "broken-c", "2 more"}) EXPECT_THAT(message, HasSubstr(part));
  for (const auto* part : {"broken-d", "still-starting"}) EXPECT_EQ(message.find(part), std::string::npos) << part;
}

TEST(MakeStatus, a_failure_keeps_what_was_known_of_the_health) {
  auto findings = good();
  findings.objects[0] = object("a", SyncStatus::kSynced, HealthStatus::kDegraded, "crash loop");
  const auto before = status_of(findings);
  const auto after = make_status(failed(Stage::kBuild), before, kLater);
  EXPECT_EQ(after.health, HealthStatus::kDegraded);
  EXPECT_EQ(condition(after, "Healthy"), condition(before, "Healthy"));
}

class ObjectStatuses : public ::testing::Test {
 protected:
  /// What is said of one step; its object lives with that health unless it is absent.
  ObjectStatus told(Action action, std::optional<health::Health> health = health::Health{}) {
    const bool in_git = action != Action::kPrune && action != Action::kRetain;
    const ObjectKey key{{"", "ConfigMap"}, "spira", "a"};
    const sync::Plan plan{
        {{key, action, action == Action::kKeep ? "" : "the reason", in_git ? &desired_ : nullptr, "uid", "v1"}}};
    sync::LiveSet live;
    if (health) {
      auto member = std::make_shared<sync::LiveMember>();
      member->key = key;
      member->health = *health;
      member->digest = live_digest_;
      live.emplace(key, std::move(member));
    }
    return object_statuses(plan, live, std::make_shared<const std::string>("head")).at(0);
  }

  sync::Desired desired_;
  std::string live_digest_;
};

TEST_F(ObjectStatuses, only_what_lives_as_git_says_is_synced) {
  EXPECT_EQ(told(Action::kKeep).sync, SyncStatus::kSynced);
  EXPECT_EQ(told(Action::kRetain).sync, SyncStatus::kSynced);
  EXPECT_EQ(told(Action::kBlocked).sync, SyncStatus::kFailed);
  for (const auto action :
       {Action::kCreate, Action::kChange, Action::kRevert, Action::kTolerate, Action::kWait, Action::kPrune}) {
    EXPECT_EQ(told(action).sync, SyncStatus::kOutOfSync) << sync::to_string(action);
  }
}

TEST_F(ObjectStatuses, the_action_is_that_of_the_plan) {
  for (const auto action : {Action::kKeep, Action::kRevert, Action::kRetain}) EXPECT_EQ(told(action).action, action);
}

TEST_F(ObjectStatuses, what_does_not_live_is_missing) {
  EXPECT_EQ(told(Action::kCreate, std::nullopt).health, HealthStatus::kMissing);
}

TEST_F(ObjectStatuses, health_is_that_of_the_live_object) {
  const auto object = told(Action::kKeep, health::Health{HealthStatus::kDegraded, "crash loop"});
  EXPECT_EQ(object.health, HealthStatus::kDegraded);
  EXPECT_EQ(object.message, "crash loop");
}

TEST_F(ObjectStatuses, a_synced_and_healthy_object_needs_no_words) { EXPECT_EQ(told(Action::kKeep).message, ""); }

TEST_F(ObjectStatuses, an_object_that_is_not_synced_says_why) {
  EXPECT_EQ(told(Action::kRevert).message, "the reason");
}

TEST_F(ObjectStatuses, what_was_applied_as_git_says_is_at_that_commit_whatever_became_of_it) {
  desired_.digest = live_digest_ = "now";
  for (const auto action : {Action::kKeep, Action::kRevert, Action::kTolerate}) {
    ASSERT_NE(told(action).revision, nullptr) << sync::to_string(action);
    EXPECT_EQ(*told(action).revision, "head");
  }
}

TEST_F(ObjectStatuses, what_was_applied_otherwise_or_not_at_all_is_not_at_that_commit) {
  desired_.digest = "now";
  EXPECT_EQ(told(Action::kCreate, std::nullopt).revision, nullptr);
  EXPECT_EQ(told(Action::kAdopt).revision, nullptr);
  live_digest_ = "earlier";
  EXPECT_EQ(told(Action::kChange).revision, nullptr);
  live_digest_ = "now";
  EXPECT_EQ(told(Action::kPrune).revision, nullptr);
}

TEST_F(ObjectStatuses, what_left_git_does_not_spoil_the_health) {
  for (const auto action : {Action::kPrune, Action::kRetain}) {
    const auto object = told(action, health::Health{HealthStatus::kDegraded, "crash loop"});
    EXPECT_FALSE(object.in_git);
    EXPECT_EQ(object.health, HealthStatus::kHealthy);
  }
}

}  // namespace
}  // namespace reconciler::controller
