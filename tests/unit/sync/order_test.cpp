#include "sync/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sets.h"

namespace reconciler::sync {
namespace {

using test::config_map;
using test::definition;
using test::object;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json with(Json body, const std::string& annotation, const Json& value) {
  body["metadata"]["annotations"]["gitops.spira.dev/" + annotation] = value;
  return body;
}

class Ordering : public ::testing::Test {
 protected:
  Result<DesiredSet> place_all(const std::vector<Json>& bodies) {
    return place(test::rendered(bodies), kOurs, "default", cluster_);
  }

  std::vector<std::string> names(const std::vector<Json>& bodies) {
    std::vector<std::string> names;
    const auto set = place_all(bodies).value();
    for (const auto& desired : set.objects) names.push_back(desired.key.name);
    return names;
  }

  std::string refusal(const std::vector<Json>& bodies) {
    const auto set = place_all(bodies);
    return set ? "accepted" : set.error().text();
  }

  test::FakeCluster cluster_;
};

TEST_F(Ordering, waves_come_before_kinds) {
  EXPECT_THAT(names({with(config_map("", "late"), "wave", "1"), test::deployment("", "middle"),
                     with(test::deployment("", "early"), "wave", "-3")}),
              ElementsAre("early", "middle", "late"));
}

TEST_F(Ordering, a_wave_that_is_no_integer_is_an_error_that_names_object_and_annotation) {
  for (const auto* text : {"first", "1.5", "", " 1", "0x1", "99999999999"}) {
    const auto refused = refusal({with(config_map("", "a"), "wave", text)});
    EXPECT_THAT(refused,
                HasSubstr("ConfigMap default/a: metadata.annotations[gitops.spira.dev/wave]: must be an integer"))
        << text;
  }
}

TEST_F(Ordering, a_wave_without_quotes_is_told_to_have_some) {
  EXPECT_THAT(refusal({with(config_map("", "a"), "wave", 1)}), HasSubstr("write it in quotes"));
}

TEST_F(Ordering, dependencies_are_read_with_and_without_group_and_namespace) {
  const auto set =
      place_all({object("v1", "Namespace", "", "spira"), config_map("spira", "c"),
                 with(test::deployment("spira", "web"), "depends-on", "/ConfigMap/spira/c, /Namespace//spira")});
  ASSERT_TRUE(set) << set.error().text();
  const auto* web = set->find({{"apps", "Deployment"}, "spira", "web"});
  EXPECT_THAT(web->depends_on,
              ElementsAre(ObjectKey{{"", "ConfigMap"}, "spira", "c"}, ObjectKey{{"", "Namespace"}, "", "spira"}));
}

TEST_F(Ordering, a_dependency_that_names_no_object_is_an_error) {
  for (const auto* text : {"web", "apps/Deployment/web", "//spira/web", "apps/Deployment/spira/", "a/b/c/d/e"}) {
    EXPECT_THAT(refusal({with(config_map("", "a"), "depends-on", text)}), HasSubstr("group/kind/namespace/name"))
        << text;
  }
}

TEST_F(Ordering, a_dependency_that_the_set_does_not_hold_is_an_error) {
  EXPECT_THAT(refusal({with(config_map("", "a"), "depends-on", "apps/Deployment/spira/web")}),
              HasSubstr("this environment has no apps/Deployment/spira/web"));
}

TEST_F(Ordering, a_cycle_is_named_from_one_end_to_the_other) {
  EXPECT_THAT(refusal({with(config_map("", "a"), "depends-on", "/ConfigMap/default/b"),
                       with(config_map("", "b"), "depends-on", "/ConfigMap/default/c"),
                       with(config_map("", "c"), "depends-on", "/ConfigMap/default/a")}),
              HasSubstr("waits for itself: ConfigMap default/a → ConfigMap default/b → ConfigMap default/c → ConfigMap "
                        "default/a"));
}

TEST_F(Ordering, two_ways_to_one_object_are_no_cycle) {
  EXPECT_EQ(refusal({with(config_map("", "a"), "depends-on", "/ConfigMap/default/b,/ConfigMap/default/c"),
                     with(config_map("", "b"), "depends-on", "/ConfigMap/default/c"), config_map("", "c")}),
            "accepted");
}

TEST_F(Ordering, an_object_cannot_wait_for_a_later_wave) {
  EXPECT_THAT(refusal({with(config_map("", "a"), "depends-on", "/ConfigMap/default/b"),
                       with(config_map("", "b"), "wave", "2")}),
              HasSubstr("cannot wait for ConfigMap default/b of wave 2"));
}

TEST_F(Ordering, a_namespace_that_waits_for_what_is_in_it_is_a_cycle) {
  EXPECT_THAT(refusal({with(object("v1", "Namespace", "", "spira"), "depends-on", "/ConfigMap/spira/a"),
                       config_map("spira", "a")}),
              HasSubstr("waits for itself"));
}

TEST_F(Ordering, a_namespace_and_a_definition_go_with_the_first_object_that_needs_them) {
  EXPECT_THAT(names({object("v1", "Namespace", "", "spira"), definition("x.io", "Thing"),
                     with(object("x.io/v1", "Thing", "spira", "early"), "wave", "-2"), config_map("", "plain")}),
              ElementsAre("spira", "Things.x.io", "early", "plain"));
}

TEST_F(Ordering, a_namespace_that_says_a_later_wave_than_what_is_in_it_is_an_error) {
  EXPECT_THAT(refusal({with(object("v1", "Namespace", "", "spira"), "wave", "1"), config_map("spira", "a")}),
              HasSubstr("Namespace spira: metadata.annotations[gitops.spira.dev/wave]: is in wave 1, but ConfigMap "
                        "spira/a of wave 0 needs it"));
}

}  // namespace
}  // namespace reconciler::sync
