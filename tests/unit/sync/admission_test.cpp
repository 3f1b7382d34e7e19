#include <algorithm>

#include <gtest/gtest.h>

#include "sets.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using test::config_map;
using test::definition;
using test::deployment;
using test::object;

Json namespace_object(const std::string& name) { return object("v1", "Namespace", "", name); }

class Admitting : public ::testing::Test {
 protected:
  /// Plans the set against what lives, and tries it.
  Result<Admission> try_set(const std::vector<Json>& bodies, std::stop_token stop = {}) {
    set_ = placed(bodies, cluster_);
    plan_ = make_plan(set_, live_of(cluster_), {});
    return admit(set_, plan_, cluster_, {}, std::move(stop));
  }

  void refuse(const std::string& name, Error error) {
    cluster_.on_call([name, error](const test::FakeCluster::Call& call) {
      return call.verb == "apply" && call.key.name == name ? std::optional(error) : std::nullopt;
    });
  }

  static Error invalid(const std::string& field) { return {ErrorKind::kRejected, "refused", {{"", field, "is bad"}}}; }

  test::FakeCluster cluster_;
  DesiredSet set_;
  Plan plan_;
};

TEST_F(Admitting, a_good_set_is_admitted_with_the_fields_that_will_be_ours) {
  const auto admission = try_set({config_map("", "a"), deployment("", "b")});
  ASSERT_TRUE(admission);
  EXPECT_EQ(admission->trials.size(), 2U);
  for (const auto& [key, trial] : admission->trials) EXPECT_EQ(trial.fields.size(), 32U) << key.text();
}

TEST_F(Admitting, nothing_is_written) {
  ASSERT_TRUE(try_set({namespace_object("spira"), config_map("spira", "a"), deployment("", "b")}));
  EXPECT_TRUE(cluster_.writes().empty());
}

TEST_F(Admitting, one_object_that_is_refused_refuses_the_set) {
  refuse("b", invalid("spec.replicas"));
  const auto admission = try_set({config_map("", "a"), deployment("", "b")});
  ASSERT_FALSE(admission);
  EXPECT_EQ(admission.error().kind, ErrorKind::kRejected);
  EXPECT_TRUE(cluster_.writes().empty());
}

TEST_F(Admitting, all_causes_of_all_objects_are_told) {
  cluster_.on_call([](const test::FakeCluster::Call& call) -> std::optional<Error> {
    if (call.key.name == "a")
      return Error{ErrorKind::kRejected, "refused", {{"", "data", "is bad"}, {"", "kind", "is odd"}}};
    if (call.key.name == "b") return Error{ErrorKind::kForbidden, "not allowed", {}};
    return std::nullopt;
  });
  const auto admission = try_set({config_map("", "a"), deployment("", "b"), deployment("", "c")});
  ASSERT_FALSE(admission);
  const auto& causes = admission.error().causes;
  ASSERT_EQ(causes.size(), 3U);
  EXPECT_EQ(causes[0], (Cause{"ConfigMap default/a", "data", "is bad"}));
  EXPECT_EQ(causes[1], (Cause{"ConfigMap default/a", "kind", "is odd"}));
  EXPECT_EQ(causes[2], (Cause{"Deployment.apps default/b", "", "not allowed"}));
  EXPECT_NE(admission.error().message.find("2 of 3"), std::string::npos) << admission.error().message;
}

TEST_F(Admitting, a_cause_names_the_file) {
  refuse("a", invalid("data"));
  set_ = place(std::make_shared<const Rendered>(Rendered{test::manifest_of(config_map("", "a"), "sources/a.yaml:7")}),
               kOurs, "default", cluster_)
             .value();
  plan_ = make_plan(set_, {}, {});
  const auto admission = admit(set_, plan_, cluster_, {}, {});
  ASSERT_FALSE(admission);
  EXPECT_EQ(admission.error().causes.at(0).where, "ConfigMap default/a (sources/a.yaml:7)");
}

TEST_F(Admitting, what_is_only_forbidden_is_forbidden) {
  refuse("a", {ErrorKind::kForbidden, "not allowed", {}});
  EXPECT_EQ(try_set({config_map("", "a")}).error().kind, ErrorKind::kForbidden);
}

TEST_F(Admitting, a_server_that_goes_away_is_no_refusal) {
  cluster_.on_call([](const test::FakeCluster::Call& call) -> std::optional<Error> {
    return call.key.name == "a" ? Error{ErrorKind::kRejected, "refused", {}}
                                : Error{ErrorKind::kUnavailable, "gone", {}};
  });
  EXPECT_EQ(try_set({config_map("", "a"), config_map("", "b")}).error().kind, ErrorKind::kUnavailable);
}

TEST_F(Admitting, a_stop_ends_it) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(try_set({config_map("", "a")}, stop.get_token()).error().kind, ErrorKind::kCancelled);
}

TEST_F(Admitting, what_is_as_git_says_is_not_tried) {
  ASSERT_TRUE(try_set({}));
  EXPECT_TRUE(cluster_.calls().empty());
}

TEST_F(Admitting, objects_of_a_namespace_to_come_are_tried_elsewhere) {
  ASSERT_TRUE(try_set({namespace_object("spira"), config_map("spira", "a")}));
  const auto calls = cluster_.calls();
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[1].key, (ObjectKey{{"", "ConfigMap"}, "default", "a"}));
}

TEST_F(Admitting, objects_of_a_namespace_that_exists_are_tried_in_it) {
  cluster_.put(namespace_object("spira"));
  ASSERT_TRUE(try_set({namespace_object("spira"), config_map("spira", "a")}));
  EXPECT_EQ(cluster_.calls().at(1).key.namespace_, "spira");
}

TEST_F(Admitting, a_namespace_that_nobody_makes_is_a_cause) {
  const auto admission = try_set({config_map("nowhere", "a")});
  ASSERT_FALSE(admission);
  EXPECT_EQ(admission.error().kind, ErrorKind::kRejected);
  EXPECT_NE(admission.error().text().find("nowhere"), std::string::npos);
}

TEST_F(Admitting, a_trial_finds_what_is_wrong_with_an_object) {
  refuse("a", invalid("data"));
  const auto admission = try_set({namespace_object("spira"), config_map("spira", "a")});
  ASSERT_FALSE(admission);
  EXPECT_EQ(admission.error().causes.at(0).where, "ConfigMap spira/a");
}

TEST_F(Admitting, a_trial_that_meets_another_object_of_the_name_is_put_off) {
  cluster_.put(config_map("default", "a"));
  refuse("a", invalid("data"));
  const auto admission = try_set({namespace_object("spira"), config_map("spira", "a")});
  ASSERT_TRUE(admission);
  EXPECT_EQ(admission->trials.size(), 1U);
}

TEST_F(Admitting, a_trial_that_is_forbidden_in_another_namespace_is_put_off) {
  cluster_.on_call([](const test::FakeCluster::Call& call) {
    const bool is_there = call.key.namespace_ == "default";
    return is_there ? std::optional(Error{ErrorKind::kForbidden, "exceeded quota", {}}) : std::nullopt;
  });
  Json hook = config_map("spira", "hook");
  hook["metadata"]["annotations"] = {{kHookAnnotation, "PreSync"}};
  const auto admission = try_set({namespace_object("spira"), config_map("spira", "a"), hook});
  ASSERT_TRUE(admission) << admission.error().text();
  EXPECT_EQ(admission->trials.size(), 1U);
  EXPECT_FALSE(try_set({namespace_object("spira"), config_map("default", "a")}));
}

TEST_F(Admitting, a_hook_that_is_forbidden_in_its_own_namespace_refuses_the_set) {
  cluster_.on_call([](const test::FakeCluster::Call& call) {
    return call.verb == "apply" ? std::optional(Error{ErrorKind::kForbidden, "exceeded quota", {}}) : std::nullopt;
  });
  Json hook = config_map("", "hook");
  hook["metadata"]["annotations"] = {{kHookAnnotation, "PreSync"}};
  EXPECT_EQ(try_set({hook}).error().kind, ErrorKind::kForbidden);
}

TEST_F(Admitting, an_object_of_the_trial_namespace_itself_is_refused_like_any_other) {
  cluster_.put(config_map("default", "a"));
  refuse("a", invalid("data"));
  EXPECT_FALSE(try_set({namespace_object("spira"), config_map("default", "a")}));
}

TEST_F(Admitting, objects_of_a_definition_to_come_are_put_off) {
  const auto admission = try_set({definition("example.org", "Widget"), object("example.org/v1", "Widget", "", "a")});
  ASSERT_TRUE(admission);
  EXPECT_EQ(admission->trials.size(), 1U);
  EXPECT_EQ(cluster_.calls().size(), 1U);
}

/// A definition whose kind has a number `size`, and one of its objects.
Json defining_size(int most) {
  Json body = definition("example.org", "Widget");
  const Json size{{"type", "integer"}, {"maximum", most}};
  const Json properties{{"spec", {{"type", "object"}, {"properties", {{"size", size}}}}}};
  body["spec"]["versions"] = {{{"name", "v1"},
                               {"served", true},
                               {"schema", {{"openAPIV3Schema", {{"type", "object"}, {"properties", properties}}}}}}};
  return body;
}

Json widget(int size) {
  Json body = object("example.org/v1", "Widget", "", "a");
  body["spec"] = {{"size", size}};
  return body;
}

TEST_F(Admitting, an_object_that_does_not_fit_the_definition_to_come_refuses_the_set) {
  EXPECT_TRUE(try_set({defining_size(9), widget(9)}));
  const auto admission = try_set({defining_size(9), widget(12), config_map("", "b")});
  ASSERT_FALSE(admission);
  EXPECT_EQ(admission.error().causes.at(0).text(), "Widget.example.org default/a: spec.size: must be at most 9");
  EXPECT_TRUE(cluster_.writes().empty());
}

TEST_F(Admitting, an_object_is_checked_against_what_its_definition_changes_to) {
  const auto old = placed({defining_size(9)}, cluster_);
  ASSERT_TRUE(cluster_.apply(apply_request(old, old.objects[0], "", kube::DryRun::kNo)));
  cluster_.forget_discovery();
  refuse("a", invalid("spec.size"));  // As the definition that is served still would.
  EXPECT_TRUE(try_set({defining_size(20), widget(12)}));
  EXPECT_FALSE(try_set({defining_size(20), widget(21)}));
}

/// A role and its binding; the server says of the binding what the roles that live make it say.
class AdmittingRoles : public Admitting {
 protected:
  AdmittingRoles() {
    for (const auto* kind : {"Role", "RoleBinding"}) cluster_.serve({"rbac.authorization.k8s.io", kind}, "v1", true);
  }

  static Json role() { return object("rbac.authorization.k8s.io/v1", "Role", "", "reader"); }
  static Json binding() {
    Json body = object("rbac.authorization.k8s.io/v1", "RoleBinding", "", "binds");
    body["roleRef"] = {{"kind", "Role"}, {"name", "reader"}};
    return body;
  }
  static Error escalation() {
    return {ErrorKind::kForbidden, "user is attempting to grant RBAC permissions not currently held: all", {}};
  }
};

TEST_F(AdmittingRoles, a_binding_whose_role_comes_with_the_set_is_put_off) {
  for (const auto& error : {Error{ErrorKind::kNotFound, "role not found", {}}, escalation()}) {
    refuse("binds", error);
    const auto admission = try_set({role(), binding()});
    ASSERT_TRUE(admission) << admission.error().text();
    EXPECT_EQ(admission->trials.size(), 1U);
  }
}

TEST_F(AdmittingRoles, a_binding_is_refused_when_no_role_of_the_set_can_mend_it) {
  refuse("binds", escalation());
  EXPECT_FALSE(try_set({binding()}));
  refuse("binds", {ErrorKind::kForbidden, "may not create rolebindings", {}});
  EXPECT_FALSE(try_set({role(), binding()}));
}

class AdmittingBlocked : public Admitting {
 protected:
  void SetUp() override {
    Json theirs = config_map("default", "theirs");
    theirs["metadata"]["labels"] = {{kPartOfLabel, kTheirs}};
    cluster_.put(theirs);
  }
};

TEST_F(AdmittingBlocked, an_object_of_another_set_refuses_the_set) {
  const auto admission = try_set({config_map("", "theirs"), config_map("", "a")});
  ASSERT_FALSE(admission);
  EXPECT_EQ(admission.error().kind, ErrorKind::kRejected);
  ASSERT_EQ(admission.error().causes.size(), 1U);
  EXPECT_EQ(admission.error().causes[0].where, "ConfigMap default/theirs");
  EXPECT_TRUE(cluster_.writes().empty());
}

TEST_F(AdmittingBlocked, the_count_of_the_refused_is_of_all_that_were_looked_at) {
  const auto admission = try_set({config_map("", "theirs"), config_map("", "a")});
  ASSERT_FALSE(admission);
  EXPECT_NE(admission.error().message.find("1 of 2"), std::string::npos) << admission.error().message;
}

}  // namespace
}  // namespace reconciler::sync
