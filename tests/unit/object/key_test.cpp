#include "object/key.h"

#include <set>
#include <unordered_set>

#include <gtest/gtest.h>

namespace reconciler {
namespace {

TEST(GroupKind, text_has_the_group_behind_the_kind) {
  EXPECT_EQ((GroupKind{"apps", "Deployment"}).text(), "Deployment.apps");
  EXPECT_EQ((GroupKind{"", "Secret"}).text(), "Secret");
}

TEST(ObjectKey, text_names_the_namespace_when_there_is_one) {
  EXPECT_EQ((ObjectKey{{"apps", "Deployment"}, "spira", "nats"}).text(), "Deployment.apps spira/nats");
  EXPECT_EQ((ObjectKey{{"", "Namespace"}, "", "spira"}).text(), "Namespace spira");
}

TEST(ApiVersion, has_a_group_unless_it_is_of_the_core) {
  EXPECT_EQ(group_of("apps/v1"), "apps");
  EXPECT_EQ(version_of("apps/v1"), "v1");
  EXPECT_EQ(group_of("v1"), "");
  EXPECT_EQ(version_of("v1"), "v1");
  EXPECT_EQ(group_of("gitops.spira.dev/v1alpha1"), "gitops.spira.dev");
  EXPECT_EQ(version_of("gitops.spira.dev/v1alpha1"), "v1alpha1");
  EXPECT_EQ(group_of(""), "");
  EXPECT_EQ(version_of(""), "");
}

/// Keys that share all but one part, and some whose parts join to the same text.
std::vector<ObjectKey> neighbours() {
  return {{{"", "Secret"}, "a", "b"},     {{"", "Secret"}, "b", "a"}, {{"", "ConfigMap"}, "a", "b"},
          {{"apps", "Secret"}, "a", "b"}, {{"", "Secret"}, "", "b"},  {{"", "Secret"}, "a", ""},
          {{"", "Secret"}, "", "ab"},     {{"", "Secret"}, "ab", ""}};
}

TEST(ObjectKey, two_that_differ_in_one_part_are_different) {
  const auto keys = neighbours();
  EXPECT_EQ(std::set<ObjectKey>(keys.begin(), keys.end()).size(), keys.size());
  EXPECT_EQ(std::unordered_set<ObjectKey>(keys.begin(), keys.end()).size(), keys.size());
}

TEST(ObjectKey, equal_ones_have_one_hash) {
  for (const auto& key : neighbours()) {
    const ObjectKey copy = key;
    EXPECT_EQ(std::hash<ObjectKey>{}(key), std::hash<ObjectKey>{}(copy));
  }
}

TEST(ObjectKey, neighbours_have_different_hashes) {
  std::set<std::size_t> hashes;
  for (const auto& key : neighbours()) hashes.insert(std::hash<ObjectKey>{}(key));
  EXPECT_EQ(hashes.size(), neighbours().size());
}

}  // namespace
}  // namespace reconciler
