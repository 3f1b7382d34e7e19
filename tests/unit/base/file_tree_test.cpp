#include "base/file_tree.h"

#include <gtest/gtest.h>

namespace reconciler {
namespace {

std::string joined(const TreePath& from, std::string_view path) {
  const auto result = join(from, path);
  EXPECT_TRUE(result) << from << " + " << path;
  return result.value_or("<error>");
}

TEST(Join, walks_from_the_folder) {
  EXPECT_EQ(joined("overlays/dev", "../../sources/nats"), "sources/nats");
  EXPECT_EQ(joined("overlays/dev", "patch.yaml"), "overlays/dev/patch.yaml");
  EXPECT_EQ(joined("", "sources"), "sources");
}

TEST(Join, normalises_what_means_nothing) {
  EXPECT_EQ(joined("a", "./b/./c"), "a/b/c");
  EXPECT_EQ(joined("a", "b//c/"), "a/b/c");
  EXPECT_EQ(joined("a", "."), "a");
  EXPECT_EQ(joined("a", ""), "a");
  EXPECT_EQ(joined("a/b", "c/../d"), "a/b/d");
}

TEST(Join, the_root_is_reached_but_never_left) {
  EXPECT_EQ(joined("a/b", "../.."), "");
  EXPECT_EQ(joined("a", "../b"), "b");
  for (const auto* path : {"../..", "../../a", "b/../../../a", "../../a/../.."}) {
    const auto result = join("a", path);
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(join("", ".."));
}

TEST(Join, an_absolute_path_is_refused) {
  const auto result = join("a", "/etc/passwd");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
}

TEST(Join, dots_in_names_are_names) {
  EXPECT_EQ(joined("a", "..b"), "a/..b");
  EXPECT_EQ(joined("a", "..."), "a/...");
  EXPECT_EQ(joined("a", ".hidden"), "a/.hidden");
}

TEST(Parent, is_the_folder_of_an_entry) {
  EXPECT_EQ(parent("a/b/c"), "a/b");
  EXPECT_EQ(parent("a"), "");
  EXPECT_EQ(parent(""), "");
}

TEST(IsWithin, a_folder_holds_itself_and_what_is_below) {
  EXPECT_TRUE(is_within("a", "a"));
  EXPECT_TRUE(is_within("a/b/c", "a"));
  EXPECT_TRUE(is_within("a/b/c", "a/b"));
  EXPECT_TRUE(is_within("a", ""));
  EXPECT_TRUE(is_within("", ""));
}

TEST(IsWithin, a_name_that_only_begins_alike_is_outside) {
  EXPECT_FALSE(is_within("ab", "a"));
  EXPECT_FALSE(is_within("a-b/c", "a"));
  EXPECT_FALSE(is_within("a", "a/b"));
  EXPECT_FALSE(is_within("b/a", "a"));
  EXPECT_FALSE(is_within("", "a"));
}

}  // namespace
}  // namespace reconciler
