#include "sync/unused_definitions.h"

#include <gtest/gtest.h>

#include "sets.h"

namespace reconciler::sync {
namespace {

using Keys = std::set<ObjectKey>;

class UnusedDefinitions : public ::testing::Test {
 protected:
  UnusedDefinitions() {
    cluster_.put(test::definition("example.org", "Widget"));
    cluster_.serve({"example.org", "Widget"}, "v1", true);
    member_.key = key_of(test::definition("example.org", "Widget"));
    member_.api_version = "apiextensions.k8s.io/v1";
    member_.part_of = kOurs;
    member_.owned_fields = "fields";
  }

  Keys found(const std::vector<Json>& in_git = {}) {
    const auto set = placed(in_git, cluster_);
    cluster_.forget_calls();
    return unused_definitions(set, {{member_.key, std::make_shared<const LiveMember>(member_)}}, cluster_);
  }

  test::FakeCluster cluster_;
  LiveMember member_;
};

TEST_F(UnusedDefinitions, one_without_objects_of_its_kind) { EXPECT_EQ(found(), Keys{member_.key}); }

TEST_F(UnusedDefinitions, an_object_of_the_kind_uses_it_wherever_it_is) {
  cluster_.put(test::object("example.org/v1", "Widget", "default", "a"));
  EXPECT_EQ(found(), Keys());
}

TEST_F(UnusedDefinitions, what_cannot_be_asked_for_is_used) {
  cluster_.on_call([](const test::FakeCluster::Call& call) {
    return call.verb == "list" ? std::optional(Error{ErrorKind::kForbidden, "not allowed", {}}) : std::nullopt;
  });
  EXPECT_EQ(found(), Keys());
}

TEST_F(UnusedDefinitions, what_git_holds_or_says_a_word_of_costs_no_request) {
  EXPECT_EQ(found({test::definition("example.org", "Widget")}), Keys());
  member_.prune = "disabled";
  EXPECT_EQ(found(), Keys());
  EXPECT_TRUE(cluster_.calls().empty());
}

TEST_F(UnusedDefinitions, they_are_pruned_without_a_word) {
  const LiveSet live{{member_.key, std::make_shared<const LiveMember>(member_)}};
  const auto nothing = placed({}, cluster_);
  EXPECT_EQ(make_plan(nothing, live, {}).count(Action::kRetain), 1U);
  EXPECT_EQ(make_plan(nothing, live, {.unused = Keys{member_.key}}).count(Action::kPrune), 1U);
}

}  // namespace
}  // namespace reconciler::sync
