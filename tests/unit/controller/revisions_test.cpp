#include "controller/revisions.h"

#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

/// Of an object that bears that digest.
ObjectStatus bearing(const std::string& digest) {
  ObjectStatus object;
  object.mark = mark_of(digest);
  return object;
}

ObjectStatus at(const std::string& commit, const std::string& digest) {
  auto object = bearing(digest);
  object.revision = std::make_shared<const std::string>(commit);
  return object;
}

sync::Desired desired(const std::string& digest) {
  sync::Desired desired;
  desired.digest = digest;
  return desired;
}

std::string told(const ObjectStatus& object) { return object.revision == nullptr ? "" : *object.revision; }

TEST(Revisions, an_object_keeps_what_was_told_for_as_long_as_it_bears_the_same) {
  std::vector<ObjectStatus> objects{bearing("a1"), bearing("b2"), bearing("")};
  carry_revisions({at("first", "a1"), at("first", "b1")}, objects);
  EXPECT_EQ(told(objects[0]), "first");
  EXPECT_EQ(told(objects[1]), "");
  EXPECT_EQ(told(objects[2]), "");
}

TEST(Revisions, an_object_is_at_the_commit_that_says_what_it_bears) {
  std::vector<ObjectStatus> objects{bearing("a1"), bearing("b0")};
  find_revisions({desired("a1"), desired("b1")}, "first", objects);
  EXPECT_EQ(told(objects[0]), "first");
  EXPECT_EQ(told(objects[1]), "");
}

TEST(Revisions, what_is_told_already_stays) {
  std::vector<ObjectStatus> objects{at("head", "a1")};
  find_revisions({desired("a1")}, "first", objects);
  carry_revisions({at("first", "a1")}, objects);
  EXPECT_EQ(told(objects[0]), "head");
}

TEST(Revisions, what_bears_nothing_of_ours_is_at_no_commit_and_lacks_none) {
  std::vector<ObjectStatus> objects{bearing("")};
  EXPECT_FALSE(has_untraced(objects));
  find_revisions({desired("")}, "first", objects);
  EXPECT_EQ(told(objects[0]), "");
  EXPECT_TRUE(has_untraced({at("first", "a1"), bearing("b1")}));
}

}  // namespace
}  // namespace reconciler::controller
