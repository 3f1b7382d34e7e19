#include "sync/apply_set.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/digest.h"

namespace reconciler::sync {
namespace {

const ObjectKey kParent{{"gitops.spira.dev", "Environment"}, "", "kind-dev"};

// Computed apart from this program: base64.urlsafe_b64encode(hashlib.sha256(b"<name>.<namespace>.<kind>.<group>")) of
// Python, without its padding.
TEST(ApplySetId, has_the_values_that_others_compute) {
  EXPECT_EQ(apply_set_id(kParent), "applyset-y2oYILPQcvxZbw8sU3hCNFH1j5tHJ5aDqBz9lQ8TI6E-v1");
  EXPECT_EQ(apply_set_id({kParent.type, "", "chaos"}), "applyset-qJKPB487Fj2oTkiFwCDKD2g6fDT9Ctyj9PjhDiCTrhA-v1");
  EXPECT_EQ(apply_set_id({{"", "Secret"}, "team-a", "my-set"}),
            "applyset-Jv6m8GviwIK3Ax8QVo5qHXO6lGpSrNZPW5LamQlgYHo-v1");
}

TEST(ApplySetId, follows_the_formula_of_the_specification) {
  const auto digest = base64_url(sha256("kind-dev..Environment.gitops.spira.dev"));
  EXPECT_EQ(apply_set_id(kParent), "applyset-" + digest + "-v1");
}

TEST(ApplySetId, fits_into_a_label) {
  for (const auto* name : {"a", "kind-dev", "chaos", "a-much-longer-name-of-an-environment-than-anybody-would-take"}) {
    const auto id = apply_set_id({kParent.type, "", name});
    EXPECT_LE(id.size(), 63U);
    EXPECT_TRUE(
        std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; }));
  }
}

TEST(ApplySetId, every_part_of_the_parent_counts) {
  std::set<std::string> ids{apply_set_id(kParent)};
  for (const ObjectKey& other : {ObjectKey{kParent.type, "", "kind-dew"}, ObjectKey{kParent.type, "spira", "kind-dev"},
                                 ObjectKey{{"gitops.spira.dev", "Place"}, "", "kind-dev"},
                                 ObjectKey{{"gitops.spira.org", "Environment"}, "", "kind-dev"}}) {
    ids.insert(apply_set_id(other));
  }
  EXPECT_EQ(ids.size(), 5U);
}

ApplySetScope some_scope() {
  return {{{"apps", "Deployment"}, {"", "Secret"}, {"rbac.authorization.k8s.io", "ClusterRole"}},
          {"spira", "monitoring"}};
}

TEST(ApplySetScope, texts_are_sorted_lists) {
  EXPECT_EQ(kinds_text(some_scope()), "ClusterRole.rbac.authorization.k8s.io,Deployment.apps,Secret");
  EXPECT_EQ(namespaces_text(some_scope()), "monitoring,spira");
  EXPECT_EQ(kinds_text({}), "");
  EXPECT_EQ(namespaces_text({}), "");
}

TEST(ApplySetScope, what_was_written_is_read_again) {
  for (const auto& scope : {some_scope(), ApplySetScope{}, ApplySetScope{{{"", "Secret"}}, {}}}) {
    EXPECT_EQ(parse_scope(kinds_text(scope), namespaces_text(scope)), scope);
  }
}

TEST(ApplySetScope, what_does_not_parse_is_passed_over) {
  EXPECT_EQ(parse_scope(",,", ","), ApplySetScope{});
  EXPECT_EQ(parse_scope(",Secret,,Deployment.apps,", ",spira,,"),
            (ApplySetScope{{{"", "Secret"}, {"apps", "Deployment"}}, {"spira"}}));
}

TEST(ApplySetScope, including_an_object_names_its_kind_and_namespace) {
  ApplySetScope scope;
  scope.include(ObjectKey{{"apps", "Deployment"}, "spira", "nats"});
  scope.include(ObjectKey{{"apps", "Deployment"}, "spira", "api"});
  scope.include(ObjectKey{{"", "Namespace"}, "", "spira"});
  EXPECT_EQ(scope, (ApplySetScope{{{"apps", "Deployment"}, {"", "Namespace"}}, {"spira"}}));
}

TEST(ApplySetScope, including_a_scope_loses_nothing) {
  ApplySetScope scope{{{"", "Pod"}}, {"default"}};
  scope.include(some_scope());
  EXPECT_EQ(scope.kinds.size(), 4U);
  EXPECT_EQ(scope.namespaces, (std::set<std::string>{"default", "monitoring", "spira"}));
}

TEST(ApplySetScope, objects_stand_on_their_namespaces_and_on_the_definitions_of_their_group) {
  const GroupKind definition{"apiextensions.k8s.io", "CustomResourceDefinition"};
  const ApplySetScope scope{{{"example.org", "Widget"}, {"", "Secret"}}, {"spira"}};
  EXPECT_TRUE(scope.stands_on({{"", "Namespace"}, "", "spira"}));
  EXPECT_FALSE(scope.stands_on({{"", "Namespace"}, "", "monitoring"}));
  EXPECT_TRUE(scope.stands_on({definition, "", "widgets.example.org"}));
  EXPECT_FALSE(scope.stands_on({definition, "", "widgets.more.example.org"}));
  EXPECT_FALSE(scope.stands_on({{"", "ConfigMap"}, "spira", "spira"}));
}

}  // namespace
}  // namespace reconciler::sync
