#include "sync/execution.h"

#include <set>

#include <gtest/gtest.h>

#include "object/kind_order.h"
#include "sets.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using test::config_map;
using test::definition;
using test::deployment;
using test::object;
using Call = test::FakeCluster::Call;
using Texts = std::vector<std::string>;

Json namespace_object(const std::string& name) { return object("v1", "Namespace", "", name); }

class Executing : public ::testing::Test {
 protected:
  /// A whole sync: place, plan, admit, execute.
  Execution sync(const std::vector<Json>& bodies, const Policy& policy = {}) {
    set_ = placed(bodies, cluster_);
    plan_ = make_plan(set_, live_of(cluster_), policy);
    auto admission = admit(set_, plan_, cluster_, effort_, {});
    EXPECT_TRUE(admission) << admission.error().text();
    cluster_.forget_calls();
    return execute(set_, *admission, cluster_, view_, effort_, stop_.get_token());
  }

  bool is_in_sync(const std::vector<Json>& bodies) {
    set_ = placed(bodies, cluster_);
    return make_plan(set_, live_of(cluster_), {}).nothing_to_do();
  }

  /// From now on the real apply (not the dry-run) of that name fails so.
  void refuse(const std::string& name, Error error) {
    cluster_.on_call([name, error](const Call& call) {
      const bool is_meant = call.key.name == name && call.dry_run == kube::DryRun::kNo && call.verb != "get";
      return is_meant ? std::optional(error) : std::nullopt;
    });
  }

  test::FakeCluster cluster_;
  FakeLiveView view_;
  Effort effort_{.patience = std::chrono::milliseconds(0)};
  std::stop_source stop_;
  DesiredSet set_;
  Plan plan_;
};

TEST_F(Executing, a_set_that_was_synced_is_in_sync) {
  const std::vector<Json> bodies{namespace_object("spira"), config_map("spira", "a"), deployment("spira", "b")};
  const auto execution = sync(bodies);
  EXPECT_EQ(execution.applied, 3U);
  EXPECT_FALSE(execution.error);
  EXPECT_TRUE(is_in_sync(bodies));
}

/// The steps that were done: `create ConfigMap default/a`.
Texts done_of(const Execution& execution) {
  Texts texts;
  for (const auto* step : execution.done)
    texts.push_back(std::string(to_string(step->action)) + " " + step->key.text());
  return texts;
}

TEST_F(Executing, the_steps_that_were_done_are_told_in_their_order) {
  sync({config_map("", "old"), config_map("", "a")});
  EXPECT_EQ(done_of(sync({config_map("", "a", "new"), deployment("", "b")})),
            (Texts{"change ConfigMap default/a", "create Deployment.apps default/b", "prune ConfigMap default/old"}));
  EXPECT_EQ(done_of(sync({config_map("", "a", "new"), deployment("", "b")})), Texts());
  refuse("c", {ErrorKind::kForbidden, "not allowed", {}});
  EXPECT_EQ(done_of(sync({config_map("", "c"), config_map("", "d")})), (Texts{"create ConfigMap default/d"}))
      << "what was refused, and what was not come to, is not among them";
}

TEST_F(Executing, what_lives_is_what_git_says) {
  sync({config_map("", "a", "new")});
  const auto live = cluster_.object({{"", "ConfigMap"}, "default", "a"});
  ASSERT_TRUE(live);
  EXPECT_EQ((*live)["data"], (Json{{"key", "new"}}));
  EXPECT_EQ((*live)["metadata"]["labels"][kPartOfLabel], kOurs);
}

TEST_F(Executing, a_field_that_somebody_changed_is_put_back) {
  const std::vector<Json> bodies{deployment("", "a", 3)};
  const ObjectKey key{{"apps", "Deployment"}, "default", "a"};
  sync(bodies);
  cluster_.edit(key, {{"spec", {{"replicas", 7}}}});
  EXPECT_FALSE(is_in_sync(bodies));
  sync(bodies);
  EXPECT_EQ((*cluster_.object(key))["spec"]["replicas"], 3);
  EXPECT_TRUE(is_in_sync(bodies));
}

TEST_F(Executing, an_object_that_kubectl_made_is_adopted_with_its_fields) {
  auto older = config_map("default", "a", "before");
  older["data"]["stale"] = "1";
  cluster_.put(older);
  sync({config_map("", "a", "1")});
  EXPECT_EQ(plan_.steps[0].action, Action::kAdopt);
  EXPECT_EQ(plan_.steps[0].reason, "adopt from kubectl");
  EXPECT_EQ((*cluster_.object({{"", "ConfigMap"}, "default", "a"}))["data"], (Json{{"key", "1"}}));
  EXPECT_TRUE(is_in_sync({config_map("", "a", "1")}));
}

TEST_F(Executing, an_ignored_field_keeps_the_value_that_lives_and_is_ours_no_more) {
  auto body = deployment("", "a", 1);
  body["metadata"]["annotations"][kIgnoreAnnotation] = "/spec/replicas";
  const ObjectKey key{{"apps", "Deployment"}, "default", "a"};
  sync({body});
  cluster_.edit(key, {{"spec", {{"replicas", 7}}}});
  EXPECT_TRUE(is_in_sync({body}));
  body["spec"]["replicas"] = 2;
  body["spec"]["paused"] = true;
  sync({body});
  EXPECT_EQ((*cluster_.object(key))["spec"], (Json{{"replicas", 7}, {"paused", true}}));
  EXPECT_TRUE(is_in_sync({body}));
}

TEST_F(Executing, an_immutable_object_is_replaced_where_it_says_so) {
  auto body = config_map("", "a", "1");
  body["metadata"]["annotations"][kReplaceAnnotation] = "enabled";
  const ObjectKey key{{"", "ConfigMap"}, "default", "a"};
  sync({body});
  const auto uid = (*cluster_.object(key))["metadata"]["uid"];
  cluster_.on_call([&](const Call& call) -> std::optional<Error> {
    if (call.verb != "apply" || call.key != key || !cluster_.object(key)) return std::nullopt;
    return Error{ErrorKind::kRejected, "rejected", {{"", "data", "field is immutable"}}};
  });
  body["data"]["key"] = "2";
  EXPECT_FALSE(sync({body}).error);
  EXPECT_EQ((*cluster_.object(key))["data"]["key"], "2");
  EXPECT_NE((*cluster_.object(key))["metadata"]["uid"], uid);
}

TEST_F(Executing, what_is_replaced_is_a_member_before_it_goes_and_goes_under_its_uid_also_when_it_was_nobodys) {
  const ObjectKey key{{"", "ConfigMap"}, "default", "a"};
  cluster_.put(config_map("default", "a", "by hand"));
  const std::string uid = (*cluster_.object(key))["metadata"]["uid"];
  cluster_.on_call([&](const Call& call) -> std::optional<Error> {
    if (call.verb == "remove") {
      EXPECT_EQ((*cluster_.object(key))["metadata"]["labels"][kPartOfLabel], kOurs);
    }
    if (call.verb != "apply" || call.key != key || !cluster_.object(key)) return std::nullopt;
    return Error{ErrorKind::kRejected, "rejected", {{"", "data", "field is immutable"}}};
  });
  auto body = config_map("", "a", "1");
  body["metadata"]["annotations"][kReplaceAnnotation] = "enabled";
  EXPECT_FALSE(sync({body}).error);
  EXPECT_EQ(view_.deleted_, (std::vector{std::pair(key, uid)}));
  EXPECT_EQ((*cluster_.object(key))["data"]["key"], "1");
}

TEST_F(Executing, an_object_that_another_set_makes_in_the_same_moment_is_not_taken) {
  const ObjectKey key{{"", "ConfigMap"}, "default", "a"};
  auto theirs = config_map("default", "a", "theirs");
  theirs["metadata"]["labels"] = {{kPartOfLabel, kTheirs}};
  cluster_.on_call([&](const Call& call) -> std::optional<Error> {
    if (call.verb == "apply" && call.dry_run == kube::DryRun::kNo && !cluster_.object(key)) cluster_.put(theirs);
    return std::nullopt;
  });
  const auto execution = sync({config_map("", "a", "1")});
  EXPECT_FALSE(execution.error) << "the next plan tells whose it is";
  EXPECT_EQ(execution.applied, 0U);
  EXPECT_EQ((*cluster_.object(key))["data"]["key"], "theirs");
}

TEST_F(Executing, an_object_of_another_set_of_which_no_watch_has_told_yet_is_not_taken) {
  auto theirs = config_map("default", "a", "theirs");
  theirs["metadata"]["labels"] = {{kPartOfLabel, kTheirs}};
  cluster_.put(theirs);
  set_ = placed({config_map("", "a", "1")}, cluster_);
  plan_ = make_plan(set_, {}, {});
  auto admission = admit(set_, plan_, cluster_, effort_, {});
  ASSERT_TRUE(admission);
  const auto execution = execute(set_, *admission, cluster_, view_, effort_, {});
  ASSERT_TRUE(execution.error);
  EXPECT_NE(execution.error->text().find("belongs to ApplySet " + std::string(kTheirs)), std::string::npos);
  EXPECT_EQ((*cluster_.object({{"", "ConfigMap"}, "default", "a"}))["data"]["key"], "theirs");
}

TEST_F(Executing, what_is_replaced_and_does_not_go_is_not_applied_and_holds_up_nothing_else) {
  auto body = config_map("", "a", "1");
  body["metadata"]["annotations"][kReplaceAnnotation] = "enabled";
  body["metadata"]["finalizers"] = {"example.org/hold"};
  const ObjectKey key{{"", "ConfigMap"}, "default", "a"};
  sync({body});
  cluster_.on_call([&](const Call& call) -> std::optional<Error> {
    if (call.verb != "apply" || call.key != key) return std::nullopt;
    return Error{ErrorKind::kRejected, "rejected", {{"", "data", "field is immutable"}}};
  });
  view_.answer_ = fail(ErrorKind::kUnavailable, "waited in vain for objects to go");
  body["data"]["key"] = "2";
  const auto execution = sync({body, config_map("", "b"), deployment("", "c")});
  EXPECT_FALSE(execution.error) << execution.error->text();
  EXPECT_EQ(cluster_.writes(), (Texts{"patch ConfigMap default/a", "remove ConfigMap default/a",
                                      "apply ConfigMap default/b", "apply Deployment.apps default/c"}));
  set_ = placed({body}, cluster_);
  plan_ = make_plan(set_, live_of(cluster_), {});
  EXPECT_EQ(plan_.count(Action::kWait), 1U);
}

TEST_F(Executing, a_field_that_git_says_nothing_of_is_left_alone) {
  const std::vector<Json> bodies{deployment("", "a")};
  const ObjectKey key{{"apps", "Deployment"}, "default", "a"};
  sync(bodies);
  cluster_.edit(key, {{"spec", {{"paused", true}}}});
  EXPECT_TRUE(is_in_sync(bodies));
  sync({deployment("", "a", 2)});
  EXPECT_EQ((*cluster_.object(key))["spec"], (Json{{"replicas", 2}, {"paused", true}}));
}

TEST_F(Executing, a_field_that_left_git_leaves_the_object) {
  Json body = deployment("", "a");
  body["spec"]["minReadySeconds"] = 5;
  sync({body});
  sync({deployment("", "a")});
  const auto live = cluster_.object({{"apps", "Deployment"}, "default", "a"});
  EXPECT_EQ((*live)["spec"], (Json{{"replicas", 1}}));
}

TEST_F(Executing, ranks_go_one_after_the_other) {
  sync({object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "", "hook"),
        deployment("spira", "b"), config_map("spira", "a"), namespace_object("spira"),
        object("v1", "ServiceAccount", "spira", "account")});
  EXPECT_EQ(cluster_.writes(), (Texts{"apply Namespace spira", "apply ServiceAccount spira/account",
                                      "apply ConfigMap spira/a", "apply Deployment.apps spira/b",
                                      "apply ValidatingWebhookConfiguration.admissionregistration.k8s.io hook"}));
}

TEST_F(Executing, a_binding_is_tried_once_its_role_is_there_and_before_anything_else_is_written) {
  for (const auto* kind : {"Role", "RoleBinding"}) cluster_.serve({"rbac.authorization.k8s.io", kind}, "v1", true);
  Json binding = object("rbac.authorization.k8s.io/v1", "RoleBinding", "", "binds");
  binding["roleRef"] = {{"kind", "Role"}, {"name", "reader"}};
  const ObjectKey role{{"rbac.authorization.k8s.io", "Role"}, "default", "reader"};
  cluster_.on_call([&](const Call& call) {
    const bool is_early = call.key.name == "binds" && call.verb == "apply" && !cluster_.object(role);
    return is_early ? std::optional(Error{ErrorKind::kNotFound, "role not found", {}}) : std::nullopt;
  });
  const auto execution =
      sync({config_map("", "a"), object("rbac.authorization.k8s.io/v1", "Role", "", "reader"), binding});
  EXPECT_FALSE(execution.error);
  const auto writes = cluster_.writes();
  ASSERT_EQ(writes.size(), 3U);
  EXPECT_EQ(writes[0], "apply " + role.text());
}

TEST_F(Executing, a_binding_that_lives_and_is_tried_late_is_adopted) {
  for (const auto* kind : {"Role", "RoleBinding"}) cluster_.serve({"rbac.authorization.k8s.io", kind}, "v1", true);
  Json binding = object("rbac.authorization.k8s.io/v1", "RoleBinding", "default", "binds");
  binding["roleRef"] = {{"kind", "Role"}, {"name", "reader"}};
  Json older = binding;
  older["subjects"] = {{{"kind", "User"}, {"name", "gone"}}};
  cluster_.put(older);
  const ObjectKey role{{"rbac.authorization.k8s.io", "Role"}, "default", "reader"};
  cluster_.on_call([&](const Call& call) {
    const bool is_early = call.key.name == "binds" && call.verb == "apply" && !cluster_.object(role);
    return is_early ? std::optional(Error{ErrorKind::kNotFound, "role not found", {}}) : std::nullopt;
  });
  EXPECT_FALSE(sync({object("rbac.authorization.k8s.io/v1", "Role", "", "reader"), binding}).error);
  EXPECT_FALSE(cluster_.object(key_of(binding))->contains("subjects"));
}

TEST_F(Executing, if_not_present_that_appears_after_the_trial_is_left_alone) {
  Json body = config_map("", "a", "of git");
  body["metadata"]["annotations"] = {{kApplyAnnotation, "IfNotPresent"}};
  Json operators = object("v1", "ConfigMap", "default", "a");
  operators["data"] = {{"another", "of an operator"}};
  cluster_.on_call([&](const Call& call) -> std::optional<Error> {
    const bool is_first = call.key.name == "a" && call.dry_run == kube::DryRun::kNo && !cluster_.object(call.key);
    if (is_first) cluster_.put(operators);
    return std::nullopt;
  });
  const auto execution = sync({body, deployment("", "b")});
  EXPECT_FALSE(execution.error) << execution.error->text();
  EXPECT_EQ(done_of(execution), (Texts{"create Deployment.apps default/b"}));
  EXPECT_EQ(plan_.steps[0].action, Action::kSkip);
  const auto live = cluster_.object({{"", "ConfigMap"}, "default", "a"});
  EXPECT_EQ((*live)["data"], operators["data"]);
  EXPECT_FALSE((*live)["metadata"].contains("labels"));
}

TEST_F(Executing, every_answer_reaches_the_live_view) {
  sync({config_map("", "a"), deployment("", "b")});
  EXPECT_EQ(view_.applied_.size(), 2U);
}

TEST_F(Executing, a_failure_ends_the_sync_after_its_rank) {
  refuse("b", {ErrorKind::kRejected, "refused", {}});
  const auto execution = sync({config_map("", "a"), config_map("", "b"), config_map("", "c"), deployment("", "d")});
  EXPECT_EQ(cluster_.writes(),
            (Texts{"apply ConfigMap default/a", "apply ConfigMap default/b", "apply ConfigMap default/c"}));
  EXPECT_EQ(execution.applied, 2U);
  ASSERT_EQ(execution.refused.size(), 1U);
  EXPECT_EQ(execution.refused.begin()->first.name, "b");
  ASSERT_TRUE(execution.error);
  EXPECT_EQ(execution.error->kind, ErrorKind::kRejected);
}

TEST_F(Executing, nothing_is_pruned_after_a_failure) {
  sync({config_map("", "old")});
  refuse("a", {ErrorKind::kUnavailable, "gone", {}});
  const auto execution = sync({config_map("", "a")});
  EXPECT_EQ(execution.pruned, 0U);
  EXPECT_EQ(execution.error->kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(cluster_.object({{"", "ConfigMap"}, "default", "old"}));
}

TEST_F(Executing, a_stop_ends_the_sync_between_two_requests) {
  cluster_.on_call([this](const Call& call) -> std::optional<Error> {
    if (call.dry_run == kube::DryRun::kNo) stop_.request_stop();
    return std::nullopt;
  });
  sync({config_map("", "old")});
  EXPECT_EQ(cluster_.writes(), (Texts{"apply ConfigMap default/old"}));
}

TEST_F(Executing, a_stop_ends_an_adoption_between_two_objects) {
  constexpr std::size_t kMany = 50;
  std::vector<Json> bodies;
  for (std::size_t i = 0; i < kMany; ++i) {
    bodies.push_back(config_map("", "a-" + std::to_string(i), "1"));
    cluster_.put(config_map("default", "a-" + std::to_string(i), "before"));
  }
  cluster_.on_call([this](const Call& call) -> std::optional<Error> {
    if (call.verb == "patch") stop_.request_stop();
    return std::nullopt;
  });
  const auto execution = sync(bodies);
  ASSERT_TRUE(execution.error);
  EXPECT_EQ(execution.error->kind, ErrorKind::kCancelled);
  EXPECT_LE(cluster_.writes().size(), 4U) << "one object for each thread";
}

TEST_F(Executing, a_stop_between_ranks_leaves_what_was_done_and_the_next_sync_does_the_rest) {
  const std::vector<Json> bodies{config_map("", "a"), deployment("", "b")};
  cluster_.on_call([this](const Call& call) -> std::optional<Error> {
    if (call.dry_run == kube::DryRun::kNo && call.key.name == "a") stop_.request_stop();
    return std::nullopt;
  });
  const auto stopped = sync(bodies);
  ASSERT_TRUE(stopped.error);
  EXPECT_EQ(stopped.error->kind, ErrorKind::kCancelled);
  EXPECT_EQ(stopped.applied, 1U);
  EXPECT_FALSE(is_in_sync(bodies));

  stop_ = std::stop_source();
  const auto resumed = sync(bodies);
  EXPECT_FALSE(resumed.error);
  EXPECT_EQ(cluster_.writes(), (Texts{"apply Deployment.apps default/b"}));
  EXPECT_TRUE(is_in_sync(bodies));
}

class Defining : public Executing {
 protected:
  const std::vector<Json> bodies_{object("example.org/v1", "Widget", "", "a"), config_map("", "b"),
                                  definition("example.org", "Widget")};
};

TEST_F(Defining, objects_of_a_new_definition_are_applied_once_it_is_served) {
  effort_.patience = std::chrono::seconds(60);
  cluster_.serve_definitions_after(2);
  const auto execution = sync(bodies_);
  EXPECT_FALSE(execution.error) << execution.error->text();
  EXPECT_EQ(execution.applied, 3U);
  ASSERT_EQ(view_.waited_for_.size(), 1U);
  EXPECT_EQ(view_.waited_for_[0].type.kind, "CustomResourceDefinition");
}

TEST_F(Defining, objects_that_were_put_off_are_tried_before_anything_else_is_written) {
  cluster_.on_call([](const Call& call) -> std::optional<Error> {
    if (call.key.type.kind != "Widget") return std::nullopt;
    return Error{ErrorKind::kRejected, "refused", {{"", "spec.size", "is bad"}}};
  });
  const auto execution = sync(bodies_);
  ASSERT_TRUE(execution.error);
  EXPECT_EQ(execution.error->kind, ErrorKind::kRejected);
  EXPECT_EQ(execution.error->causes.at(0).field, "spec.size");
  EXPECT_EQ(cluster_.writes(), (Texts{"apply CustomResourceDefinition.apiextensions.k8s.io Widgets.example.org"}));
}

TEST_F(Defining, the_fields_of_objects_that_were_put_off_are_known_too) {
  sync(bodies_);
  EXPECT_TRUE(is_in_sync(bodies_));
}

/// Objects that live before their definition comes with the set, made by hand.
class DefiningWhatLives : public Defining {
 protected:
  DefiningWhatLives() {
    cluster_.put(definition("example.org", "Widget"));
    cluster_.put(widget({{"size", 1}, {"stale", true}}));
  }

  static Json widget(const Json& spec, const Json& annotations = Json::object()) {
    Json body = object("example.org/v1", "Widget", "default", "a");
    body["spec"] = spec;
    if (!annotations.empty()) body["metadata"]["annotations"] = annotations;
    return body;
  }
  Execution sync_with_definition(const Json& widget) { return sync({definition("example.org", "Widget"), widget}); }
  const Step& step() const { return plan_.steps[1]; }
  Json spec() const { return (*cluster_.object({{"example.org", "Widget"}, "default", "a"}))["spec"]; }
};

TEST_F(DefiningWhatLives, it_is_adopted_with_its_fields) {
  const auto execution = sync_with_definition(widget({{"size", 2}}));
  EXPECT_FALSE(execution.error);
  EXPECT_EQ(step().action, Action::kAdopt);
  EXPECT_EQ(step().reason, "adopt from kubectl");
  EXPECT_EQ(done_of(execution).back(), "adopt Widget.example.org default/a");
  EXPECT_EQ(spec(), (Json{{"size", 2}}));
  EXPECT_TRUE(is_in_sync({definition("example.org", "Widget"), widget({{"size", 2}})}));
}

TEST_F(DefiningWhatLives, if_not_present_leaves_it_alone) {
  const auto execution = sync_with_definition(widget({{"size", 2}}, {{kApplyAnnotation, "IfNotPresent"}}));
  EXPECT_FALSE(execution.error);
  EXPECT_EQ(step().action, Action::kSkip);
  EXPECT_EQ(step().reason, kLeftAlone);
  EXPECT_EQ(execution.applied, 1U);
  EXPECT_EQ(spec(), (Json{{"size", 1}, {"stale", true}}));
}

TEST_F(DefiningWhatLives, ignored_fields_keep_the_value_that_lives) {
  const auto body = widget({{"size", 2}, {"colour", "red"}}, {{kIgnoreAnnotation, "/spec/size"}});
  EXPECT_FALSE(sync_with_definition(body).error);
  EXPECT_EQ(spec(), (Json{{"size", 1}, {"colour", "red"}}));
  EXPECT_TRUE(is_in_sync({definition("example.org", "Widget"), body}));
}

TEST_F(DefiningWhatLives, it_is_adopted_too_when_its_definition_merely_changes) {
  sync({definition("example.org", "Widget")});
  Json changed = definition("example.org", "Widget");
  changed["spec"]["names"]["shortNames"] = {"w"};
  EXPECT_FALSE(sync({changed, widget({{"size", 2}})}).error);
  EXPECT_EQ(step().action, Action::kAdopt);
  EXPECT_EQ(spec(), (Json{{"size", 2}}));
}

TEST_F(Defining, a_definition_that_is_not_established_ends_the_sync) {
  view_.answer_ = fail(ErrorKind::kUnavailable, "waited in vain");
  const auto execution = sync(bodies_);
  ASSERT_TRUE(execution.error);
  EXPECT_EQ(execution.error->kind, ErrorKind::kUnavailable);
  EXPECT_EQ(cluster_.writes().size(), 1U);
}

TEST_F(Defining, a_definition_that_lives_and_is_not_served_is_waited_for_again) {
  cluster_.serve_definitions_after(1000);
  sync(bodies_);
  view_.waited_for_.clear();
  view_.answer_ = fail(ErrorKind::kRejected, "objects cannot become ready");
  const auto execution = sync(bodies_);
  ASSERT_TRUE(execution.error);
  EXPECT_EQ(execution.error->message, "objects cannot become ready");
  EXPECT_EQ(view_.waited_for_.size(), 1U);
}

TEST_F(Defining, a_definition_that_is_left_alone_is_no_member_and_its_kind_is_waited_for) {
  effort_.patience = std::chrono::seconds(60);
  cluster_.serve_definitions_after(2);
  kube::ApplyRequest request;
  request.key = key_of(bodies_[2]);
  request.api_version = bodies_[2].at("apiVersion");
  request.body = bodies_[2].dump();
  ASSERT_TRUE(cluster_.apply(request));
  for (const auto* mode : {"IfNotPresent", "Ignore"}) {
    Json left_alone = bodies_[2];
    left_alone["metadata"]["annotations"] = {{kApplyAnnotation, mode}};
    const auto execution = sync({object("example.org/v1", "Widget", "", mode), left_alone});
    EXPECT_FALSE(execution.error) << execution.error->text();
    EXPECT_EQ(execution.applied, 1U) << mode;
    EXPECT_TRUE(view_.waited_for_.empty()) << mode;
  }
}

TEST_F(Defining, a_definition_that_is_never_served_ends_the_sync) {
  cluster_.serve_definitions_after(1000);
  const auto execution = sync(bodies_);
  ASSERT_TRUE(execution.error);
  EXPECT_EQ(cluster_.writes().size(), 1U);
}

TEST_F(Defining, discovery_is_read_again_for_a_definition_and_not_for_each_of_its_objects) {
  auto bodies = bodies_;
  for (int i = 0; i < 20; ++i) bodies.push_back(object("example.org/v1", "Widget", "", "more-" + std::to_string(i)));
  const auto execution = sync(bodies);
  EXPECT_EQ(execution.applied, 23U);
  EXPECT_EQ(cluster_.forgettings(), 1);
}

class Pruning : public Executing {};

TEST_F(Pruning, comes_after_the_last_apply) {
  sync({config_map("", "old")});
  sync({config_map("", "a"), deployment("", "b")});
  EXPECT_EQ(cluster_.writes(),
            (Texts{"apply ConfigMap default/a", "apply Deployment.apps default/b", "remove ConfigMap default/old"}));
}

TEST_F(Pruning, goes_in_the_reverse_order) {
  sync({object("v1", "ServiceAccount", "", "account"), config_map("", "a"), deployment("", "b"),
        object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "", "hook")});
  const auto execution = sync({});
  EXPECT_EQ(cluster_.writes(), (Texts{"remove ValidatingWebhookConfiguration.admissionregistration.k8s.io hook",
                                      "remove Deployment.apps default/b", "remove ConfigMap default/a",
                                      "remove ServiceAccount default/account"}));
  EXPECT_EQ(execution.pruned, 4U);
  EXPECT_EQ(view_.deleted_.size(), 4U);
}

TEST_F(Pruning, names_the_uid_that_the_plan_has_seen) {
  sync({config_map("", "old")});
  const auto uid = live_of(cluster_).at({{"", "ConfigMap"}, "default", "old"})->uid;
  sync({});
  ASSERT_EQ(view_.deleted_.size(), 1U);
  EXPECT_EQ(view_.deleted_[0].second, uid);
}

TEST_F(Pruning, spares_an_object_that_was_made_anew_meanwhile) {
  const ObjectKey key{{"", "ConfigMap"}, "default", "old"};
  sync({config_map("", "old")});
  set_ = placed({}, cluster_);
  plan_ = make_plan(set_, live_of(cluster_), {});
  cluster_.erase(key);
  cluster_.put(config_map("default", "old", "somebody else's"));
  auto admission = admit(set_, plan_, cluster_, effort_, {});
  const auto execution = execute(set_, *admission, cluster_, view_, effort_, {});
  EXPECT_TRUE(execution.error);
  EXPECT_TRUE(cluster_.object(key));
}

TEST_F(Pruning, an_object_with_a_finalizer_is_accepted_and_waited_for) {
  Json body = config_map("", "old");
  body["metadata"]["finalizers"] = {"example.org/hold"};
  sync({body});
  EXPECT_EQ(sync({}).pruned, 1U);
  set_ = placed({}, cluster_);
  EXPECT_EQ(make_plan(set_, live_of(cluster_), {}).count(Action::kWait), 1U);
}

TEST_F(Pruning, a_delete_that_fails_is_named_and_tried_again_next_time) {
  sync({config_map("", "old"), config_map("", "older")});
  refuse("old", {ErrorKind::kForbidden, "not allowed", {}});
  const auto execution = sync({});
  EXPECT_EQ(execution.pruned, 1U);
  ASSERT_EQ(execution.refused.size(), 1U);
  EXPECT_EQ(execution.refused.begin()->first.name, "old");
  EXPECT_EQ(execution.error->kind, ErrorKind::kForbidden);
  cluster_.on_call({});
  EXPECT_EQ(sync({}).pruned, 1U);
}

}  // namespace
}  // namespace reconciler::sync
