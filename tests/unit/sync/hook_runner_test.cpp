#include "sync/hook_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "sets.h"
#include "support/fake_clock.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Json job(const std::string& name, const std::string& phases, const std::string& policy = "", int wave = 0) {
  Json body = test::object("batch/v1", "Job", "", name);
  body["metadata"]["annotations"] = {{kHookAnnotation, phases}, {kWaveAnnotation, std::to_string(wave)}};
  if (!policy.empty()) body["metadata"]["annotations"][kHookDeletePolicyAnnotation] = policy;
  body["spec"] = {{"template", Json::object()}};
  return body;
}

/// A set of hooks on a cluster without controllers: the test says how their Jobs end.
class RunningHooks : public ::testing::Test {
 protected:
  void want(std::vector<Json> bodies, const std::string& commit = "1") {
    set_ = placed(bodies, cluster_);
    revision_ = {commit, digest_of(set_)};
  }

  /// One look, as a new process takes it: from what is recorded and what lives.
  HookProgress look(HookPhase phase = HookPhase::kPreSync) {
    HookRunner runner(set_, live(), revision_, recorded_, {cluster_, clock_, recorder()});
    EXPECT_TRUE(runner.tend());
    const auto progress = runner.advance(phase, make_plan(set_, live_of(cluster_), policy_));
    EXPECT_TRUE(progress) << progress.error().text();
    return progress ? *progress : HookProgress{};
  }

  Status repeat() {
    return HookRunner(set_, live(), revision_, recorded_, {cluster_, clock_, recorder()}).repeat_failed();
  }

  std::function<Status(const std::vector<HookResult>&)> recorder() {
    return [this](const std::vector<HookResult>& results) -> Status {
      if (!records_) return fail(ErrorKind::kUnavailable, "not recorded");
      recorded_ = results;
      return {};
    };
  }

  /// Makes it as a sync does.
  void apply(const Json& object) {
    kube::ApplyRequest request;
    request.key = key_of(object);
    request.api_version = object.at("apiVersion");
    request.body = object.dump();
    ASSERT_TRUE(cluster_.apply(request));
  }

  LiveSet live() const {
    LiveSet live;
    for (const auto& object : cluster_.objects()) {
      const auto member = std::make_shared<const LiveMember>(reduce(object, true, kHookOfLabel));
      if (!member->part_of.empty()) live.emplace(member->key, member);
    }
    return live;
  }

  static ObjectKey key(const std::string& name) { return {{"batch", "Job"}, "default", name}; }
  std::optional<Json> job_named(const std::string& name) const { return cluster_.object(key(name)); }

  void end(const std::string& name, bool well = true, const std::string& message = "") {
    const Json condition{{"type", well ? "Complete" : "Failed"}, {"status", "True"}, {"message", message}};
    cluster_.edit(key(name), {{"status", {{"conditions", Json::array({condition})}}}}, "job-controller");
  }

  test::FakeCluster cluster_;
  test::FakeClock clock_;
  DesiredSet set_;
  Revision revision_;
  std::vector<HookResult> recorded_;
  Policy policy_;
  bool records_ = true;
};

TEST_F(RunningHooks, a_hook_is_recorded_then_made_then_followed_to_its_end) {
  want({job("migrate", "PreSync")});
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  ASSERT_EQ(recorded_.size(), 1U);
  EXPECT_EQ(recorded_[0].outcome, HookOutcome::kRunning);
  ASSERT_TRUE(job_named("migrate"));
  EXPECT_THAT(job_named("migrate")->at("metadata").at("finalizers"), ElementsAre(kHookFinalizer));
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  end("migrate");
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
  EXPECT_EQ(recorded_[0].outcome, HookOutcome::kSucceeded);
  EXPECT_THAT(job_named("migrate")->at("metadata").value("finalizers", Json::array()), IsEmpty());
}

TEST_F(RunningHooks, what_is_not_recorded_is_not_made) {
  want({job("migrate", "PreSync")});
  records_ = false;
  HookRunner runner(set_, live(), revision_, recorded_, {cluster_, clock_, recorder()});
  EXPECT_FALSE(runner.advance(HookPhase::kPreSync, {}));
  EXPECT_FALSE(job_named("migrate"));
}

TEST_F(RunningHooks, a_process_that_ends_between_record_and_object_leaves_the_next_one_to_make_it) {
  want({job("migrate", "PreSync")});
  cluster_.on_call([](const auto& call) {
    return call.verb == "create" ? std::optional(Error{ErrorKind::kUnavailable, "cut", {}}) : std::nullopt;
  });
  HookRunner runner(set_, live(), revision_, recorded_, {cluster_, clock_, recorder()});
  EXPECT_FALSE(runner.advance(HookPhase::kPreSync, {}));
  cluster_.on_call({});
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  EXPECT_TRUE(job_named("migrate"));
}

TEST_F(RunningHooks, a_hook_runs_once_a_revision) {
  want({job("migrate", "PreSync", "HookSucceeded")});
  look();
  end("migrate");
  look();
  EXPECT_FALSE(job_named("migrate"));
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
  EXPECT_FALSE(job_named("migrate"));
  EXPECT_EQ(recorded_[0].outcome, HookOutcome::kSucceeded);
}

TEST_F(RunningHooks, a_new_revision_runs_it_anew_in_the_place_of_the_old_one) {
  want({job("migrate", "PreSync")});
  look();
  end("migrate");
  look();
  const auto before = job_named("migrate")->at("metadata").at("uid");
  want({job("migrate", "PreSync")}, "2");
  look();  // The old one goes,
  look();  // and its name is free.
  ASSERT_TRUE(job_named("migrate"));
  EXPECT_NE(job_named("migrate")->at("metadata").at("uid"), before);
  ASSERT_EQ(recorded_.size(), 1U);
  EXPECT_EQ(recorded_[0].revision, "2");
}

TEST_F(RunningHooks, another_set_of_the_same_commit_runs_it_anew) {
  want({job("migrate", "PreSync")});
  look();
  end("migrate");
  look();
  const auto before = job_named("migrate")->at("metadata").at("uid");
  want({job("migrate", "PreSync"), test::object("v1", "ConfigMap", "", "new")});
  look();
  look();
  ASSERT_TRUE(job_named("migrate"));
  EXPECT_NE(job_named("migrate")->at("metadata").at("uid"), before);
  ASSERT_EQ(recorded_.size(), 1U);
  EXPECT_EQ(recorded_[0].outcome, HookOutcome::kRunning);
}

TEST_F(RunningHooks, a_result_that_does_not_know_its_set_is_one_of_every_set_of_its_commit) {
  want({job("migrate", "PreSync")});
  look();
  end("migrate");
  look();
  recorded_[0].set = "";
  want({job("migrate", "PreSync"), test::object("v1", "ConfigMap", "", "new")});
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
}

TEST_F(RunningHooks, one_that_runs_is_followed_by_a_result_that_does_not_know_its_set) {
  Json generated = job("load", "PreSync");
  generated["metadata"]["generateName"] = "load-";
  want({job("migrate", "PreSync"), generated});
  look();
  for (auto& result : recorded_) result.set = "";
  cluster_.forget_calls();
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  EXPECT_THAT(cluster_.calls(), IsEmpty());
  for (const auto& result : recorded_) end(result.object);
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
}

TEST_F(RunningHooks, one_that_the_watch_does_not_know_yet_is_followed_by_a_result_that_does_not_know_its_set) {
  want({job("migrate", "PreSync")});
  look();
  recorded_[0].set = "";
  HookRunner runner(set_, {}, revision_, recorded_, {cluster_, clock_, recorder()});
  const auto progress = runner.advance(HookPhase::kPreSync, {});
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->outcome, HookOutcome::kRunning);
  EXPECT_EQ(runner.results().at(0).message, "");
}

TEST_F(RunningHooks, a_failure_is_told_with_the_last_lines_of_its_log_and_no_secret) {
  Json secret = test::object("v1", "Secret", "", "login");
  secret["stringData"] = {{"password", "correct horse"}};
  want({secret, job("migrate", "PreSync")});
  look();
  Json pod = test::object("v1", "Pod", "default", "migrate-x");
  pod["metadata"]["labels"] = {{"batch.kubernetes.io/job-name", "migrate"}};
  cluster_.put(pod);
  cluster_.write_log({{"", "Pod"}, "default", "migrate-x"}, "connecting\ncannot log in with correct horse\n");
  end("migrate", false, "BackoffLimitExceeded");
  const auto progress = look();
  EXPECT_EQ(progress.outcome, HookOutcome::kFailed);
  ASSERT_EQ(progress.causes.size(), 1U);
  EXPECT_THAT(progress.causes[0].message, HasSubstr("BackoffLimitExceeded"));
  EXPECT_EQ(recorded_[0].log, "connecting\ncannot log in with <redacted>");
}

/// A Pod of the Job `migrate`, which has a Secret's values.
Json pod_with_secret(const std::string& secret) {
  Json pod = test::object("v1", "Pod", "default", "migrate-x");
  pod["metadata"]["labels"] = {{"batch.kubernetes.io/job-name", "migrate"}};
  const Json variable{{"name", "KEY"}, {"valueFrom", {{"secretKeyRef", {{"name", secret}, {"key", "password"}}}}}};
  pod["spec"] = {{"containers", {{{"name", "main"}, {"env", {variable}}}}}};
  return pod;
}

TEST_F(RunningHooks, a_log_shows_no_value_of_a_secret_that_only_lives_nor_half_a_one) {
  Json secret = test::object("v1", "Secret", "default", "generated");
  const std::string value = "correct horse battery staple";
  secret["data"] = {{"password", base64(value)}};
  cluster_.put(secret);
  want({job("migrate", "PreSync")});
  look();
  cluster_.put(pod_with_secret("generated"));
  cluster_.write_log({{"", "Pod"}, "default", "migrate-x"}, value + std::string(4090, 'x') + "\n");
  end("migrate", false, "BackoffLimitExceeded");
  look();
  EXPECT_THAT(recorded_[0].log, Not(HasSubstr("staple")));
  EXPECT_THAT(recorded_[0].log, HasSubstr("xxx"));
}

TEST_F(RunningHooks, a_log_that_may_hold_what_cannot_be_read_is_not_shown) {
  want({job("migrate", "PreSync")});
  look();
  cluster_.put(pod_with_secret("theirs"));
  cluster_.write_log({{"", "Pod"}, "default", "migrate-x"}, "their word\n");
  cluster_.on_call([](const auto& call) {
    return call.key.type.kind == "Secret" ? std::optional(Error{ErrorKind::kForbidden, "no", {}}) : std::nullopt;
  });
  end("migrate", false, "BackoffLimitExceeded");
  look();
  EXPECT_THAT(recorded_[0].log, HasSubstr("not shown: it may hold values of Secret default/theirs"));
}

TEST_F(RunningHooks, the_policy_says_which_objects_go) {
  for (const bool well : {true, false}) {
    want({job("keep", "PreSync"), job("succeeded", "PreSync", "HookSucceeded"), job("failed", "PreSync", "HookFailed")},
         well ? "1" : "2");
    look();
    look();
    for (const auto* name : {"keep", "succeeded", "failed"}) end(name, well);
    look();
    EXPECT_TRUE(job_named("keep"));
    EXPECT_EQ(job_named("succeeded").has_value(), !well);
    EXPECT_EQ(job_named("failed").has_value(), well);
  }
}

TEST_F(RunningHooks, waves_of_hooks_go_one_after_the_other) {
  want({job("second", "PreSync", "", 1), job("first", "PreSync")});
  look();
  EXPECT_TRUE(job_named("first"));
  EXPECT_FALSE(job_named("second"));
  end("first");
  look();
  EXPECT_TRUE(job_named("second"));
}

TEST_F(RunningHooks, a_failed_one_keeps_the_next_wave_from_running) {
  want({job("second", "PreSync", "", 1), job("first", "PreSync")});
  look();
  end("first", false);
  EXPECT_EQ(look().outcome, HookOutcome::kFailed);
  EXPECT_FALSE(job_named("second"));
}

TEST_F(RunningHooks, only_hooks_of_the_phase_run) {
  want({job("before", "PreSync"), job("after", "PostSync"), job("both", "PreSync,PostSync")});
  look();
  EXPECT_TRUE(job_named("before"));
  EXPECT_TRUE(job_named("both"));
  EXPECT_FALSE(job_named("after"));
}

TEST_F(RunningHooks, a_generated_name_is_new_for_each_run) {
  Json body = job("migrate", "PreSync");
  body["metadata"]["generateName"] = "migrate-";
  want({body});
  look();
  const auto first = recorded_.at(0).object;
  EXPECT_THAT(first, ::testing::StartsWith("migrate-"));
  EXPECT_TRUE(job_named(first));
  end(first);
  look();
  want({body}, "2");
  look();
  EXPECT_NE(recorded_.at(0).object, first);
  EXPECT_TRUE(job_named(recorded_.at(0).object));
}

TEST_F(RunningHooks, an_object_of_a_generated_name_goes_with_the_next_run_and_no_other_hooks) {
  Json body = job("migrate", "PreSync");
  body["metadata"]["generateName"] = "migrate-";
  Json other = job("migrate-db", "PreSync", "", 1);
  other["metadata"]["generateName"] = "migrate-db-";
  want({body, other});
  look();
  const auto first = recorded_.at(0).object;
  end(first);
  look();
  const auto others = recorded_.at(1).object;
  end(others);
  look();
  EXPECT_TRUE(job_named(first)) << "until then it stays";
  want({body, other}, "2");
  look();
  EXPECT_FALSE(job_named(first));
  EXPECT_TRUE(job_named(others));
}

TEST_F(RunningHooks, a_name_that_looks_generated_is_no_leftover_where_it_is_another_hooks) {
  Json body = job("migrate", "PreSync", "", 1);
  body["metadata"]["generateName"] = "migrate-";
  const std::vector<std::string> others{"migrate-database", "migrate-deadbeef"};
  want({job(others[0], "PreSync"), job(others[1], "PreSync"), body});
  look();
  for (const auto& other : others) end(other);
  look();
  ASSERT_EQ(recorded_.size(), 3U);
  EXPECT_TRUE(job_named(recorded_[2].object));
  for (const auto& other : others) EXPECT_TRUE(job_named(other)) << other;
}

TEST_F(RunningHooks, a_word_is_no_generated_name) {
  want({job("migrate-database", "PreSync")});
  look();
  end("migrate-database");
  look();
  Json body = job("migrate", "PreSync");
  body["metadata"]["generateName"] = "migrate-";
  want({body, job("migrate-database", "PreSync", "", 1)}, "2");
  look();
  EXPECT_TRUE(job_named("migrate-database")) << "its turn comes later";
}

TEST_F(RunningHooks, an_object_without_health_has_done_its_part_by_being_there) {
  Json body = test::config_map("", "mark");
  body["metadata"]["annotations"] = {{kHookAnnotation, "PreSync"}};
  want({body});
  look();
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
}

TEST_F(RunningHooks, a_pod_has_not_succeeded_while_it_runs) {
  Json body = test::object("v1", "Pod", "", "migrate");
  body["metadata"]["annotations"] = {{kHookAnnotation, "PreSync"}};
  body["spec"] = {{"restartPolicy", "Never"}};
  want({body});
  look();
  const ObjectKey pod{{"", "Pod"}, "default", "migrate"};
  const Json ready = Json::array({{{"type", "Ready"}, {"status", "True"}}});
  cluster_.edit(pod, {{"status", {{"phase", "Running"}, {"conditions", ready}}}}, "kubelet");
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  EXPECT_EQ(recorded_.at(0).outcome, HookOutcome::kRunning);
  cluster_.edit(pod, {{"status", {{"phase", "Succeeded"}}}}, "kubelet");
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
  EXPECT_EQ(recorded_.at(0).outcome, HookOutcome::kSucceeded);
}

TEST_F(RunningHooks, one_that_is_deleted_while_it_runs_has_failed) {
  want({job("migrate", "PreSync")});
  look();
  ASSERT_TRUE(cluster_.remove({key("migrate"), "batch/v1", "", kube::Propagation::kBackground, kube::DryRun::kNo, {}}));
  EXPECT_EQ(look().outcome, HookOutcome::kFailed);
  EXPECT_EQ(recorded_[0].message, "was deleted before it ended");
  EXPECT_FALSE(job_named("migrate"));
}

TEST_F(RunningHooks, one_that_runs_for_a_revision_nobody_wants_any_more_is_ended) {
  want({job("migrate", "PreSync")});
  look();
  want({job("other", "PreSync")}, "2");
  look();
  look();
  EXPECT_FALSE(job_named("migrate"));
  EXPECT_TRUE(job_named("other"));
}

/// A member of the set that Git holds as a hook now.
Json member(Json object, const std::string& prune = "") {
  object["metadata"]["namespace"] = "default";
  object["metadata"]["labels"] = {{kPartOfLabel, kOurs}};
  object["metadata"].erase("annotations");
  if (!prune.empty()) object["metadata"]["annotations"] = {{kPruneAnnotation, prune}};
  return object;
}

TEST_F(RunningHooks, what_a_hook_has_left_behind_goes_once_a_set_without_it_is_accepted) {
  want({job("migrate", "PreSync"), job("kept", "PreSync")});
  look();
  end("migrate");
  end("kept");
  look();
  cluster_.edit(key("kept"), {{"metadata", {{"annotations", {{kPruneAnnotation, "disabled"}}}}}});
  want({job("other", "PreSync")}, "2");
  HookRunner runner(set_, live(), revision_, recorded_, {cluster_, clock_, recorder()});
  EXPECT_TRUE(runner.tend());
  EXPECT_TRUE(job_named("migrate")) << "the set may be refused yet";
  look();
  EXPECT_FALSE(job_named("migrate"));
  EXPECT_TRUE(job_named("kept"));
  EXPECT_TRUE(job_named("other"));
}

TEST_F(RunningHooks, a_hook_that_became_a_member_is_not_cleared_away) {
  want({job("migrate", "PreSync")});
  look();
  end("migrate");
  look();
  apply(member(job("migrate", "")));
  want({}, "2");
  HookRunner runner(set_, live(), revision_, recorded_, {cluster_, clock_, recorder()});
  EXPECT_TRUE(runner.clear_away());
  EXPECT_TRUE(job_named("migrate"));
}

TEST_F(RunningHooks, an_object_of_somebody_else_is_left_alone_and_told) {
  cluster_.put(test::object("batch/v1", "Job", "default", "migrate"));
  want({job("migrate", "PreSync")});
  const auto progress = look();
  EXPECT_EQ(progress.outcome, HookOutcome::kFailed);
  EXPECT_THAT(recorded_[0].message, HasSubstr("could not be created"));
  EXPECT_TRUE(job_named("migrate"));
}

TEST_F(RunningHooks, a_member_that_becomes_a_hook_makes_room_for_it) {
  want({job("migrate", "PreSync")});
  apply(member(job("migrate", "")));
  const auto before = job_named("migrate")->at("metadata").at("uid");
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  EXPECT_FALSE(job_named("migrate"));
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  ASSERT_TRUE(job_named("migrate"));
  EXPECT_NE(job_named("migrate")->at("metadata").at("uid"), before);
  end("migrate");
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
}

TEST_F(RunningHooks, a_member_that_a_finalizer_holds_is_waited_for) {
  want({job("migrate", "PreSync")});
  Json held = member(job("migrate", ""));
  held["metadata"]["finalizers"] = {"example.org/hold"};
  apply(held);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  cluster_.erase(key("migrate"));
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  EXPECT_THAT(job_named("migrate")->at("metadata").at("finalizers"), ElementsAre(kHookFinalizer));
}

TEST_F(RunningHooks, a_member_that_is_kept_gives_way_to_no_hook) {
  want({job("migrate", "PreSync")});
  apply(member(job("migrate", ""), "disabled"));
  EXPECT_EQ(look().outcome, HookOutcome::kFailed);
  EXPECT_TRUE(job_named("migrate"));
}

TEST_F(RunningHooks, a_member_gives_way_to_no_hook_where_nothing_is_pruned) {
  want({job("migrate", "PreSync")});
  apply(member(job("migrate", "")));
  policy_.prune = false;
  EXPECT_EQ(look().outcome, HookOutcome::kFailed);
  EXPECT_TRUE(job_named("migrate"));
  policy_.prune = true;
  look();
  EXPECT_FALSE(job_named("migrate"));
}

TEST_F(RunningHooks, a_namespace_that_others_stand_on_gives_way_to_no_hook) {
  const ObjectKey shared{{"", "Namespace"}, "", "shared"};
  Json body = test::object("v1", "Namespace", "", "shared");
  Json live = member(body, "confirmed");
  live["metadata"].erase("namespace");
  apply(live);
  body["metadata"]["annotations"] = {{kHookAnnotation, "PreSync"}};
  want({body});
  policy_.shared = {{shared, "other"}};
  EXPECT_EQ(look().outcome, HookOutcome::kFailed);
  EXPECT_TRUE(cluster_.object(shared));
}

TEST_F(RunningHooks, a_member_that_holds_data_gives_way_to_a_hook_only_when_that_is_confirmed) {
  const ObjectKey claim{{"", "PersistentVolumeClaim"}, "default", "data"};
  Json body = test::object("v1", "PersistentVolumeClaim", "", "data");
  apply(member(body));
  body["metadata"]["annotations"] = {{kHookAnnotation, "PreSync"}};
  want({body});
  EXPECT_EQ(look().outcome, HookOutcome::kFailed);
  EXPECT_TRUE(cluster_.object(claim));
  apply(member(body, "confirmed"));
  look();
  EXPECT_FALSE(cluster_.object(claim));
}

TEST_F(RunningHooks, one_that_could_not_be_created_has_not_run_and_is_tried_again) {
  cluster_.on_call([](const test::FakeCluster::Call& call) {
    return call.verb == "create" ? std::optional(Error{ErrorKind::kForbidden, "exceeded quota", {}}) : std::nullopt;
  });
  want({job("migrate", "PreSync")});
  EXPECT_EQ(look().outcome, HookOutcome::kFailed);
  EXPECT_EQ(recorded_[0].outcome, HookOutcome::kRunning);
  EXPECT_EQ(recorded_[0].message, "could not be created: exceeded quota");
  cluster_.on_call({});
  EXPECT_EQ(look().outcome, HookOutcome::kRunning);
  end("migrate");
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
  EXPECT_EQ(recorded_[0].message, "");
}

TEST_F(RunningHooks, a_person_may_ask_for_another_try_of_what_failed) {
  want({job("well", "PreSync"), job("ill", "PreSync")});
  look();
  end("well");
  end("ill", false);
  look();
  const auto before = job_named("well")->at("metadata").at("uid");
  ASSERT_TRUE(repeat());
  look();
  look();
  EXPECT_EQ(job_named("well")->at("metadata").at("uid"), before);
  EXPECT_EQ(recorded_[1].attempt, 2);
  end("ill");
  EXPECT_EQ(look().outcome, HookOutcome::kSucceeded);
}

}  // namespace
}  // namespace reconciler::sync
