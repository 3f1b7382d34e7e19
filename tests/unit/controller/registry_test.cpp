#include "controller/registry.h"

#include <gtest/gtest.h>

#include "controller/resource.h"

namespace reconciler::controller {
namespace {

using Names = std::set<std::string>;

Environment environment(const std::string& name, const std::string& branch = "main") {
  Environment environment;
  environment.name = name;
  environment.source = {"", branch, "overlays/" + name};
  return environment;
}

Environments reading(const std::vector<Environment>& good, const Names& bad = {}) {
  Environments environments;
  for (const auto& each : good) environments.good.emplace(each.name, each);
  for (const auto& name : bad) environments.bad.push_back({name, {ErrorKind::kInvalid, "bad environment", {}}});
  return environments;
}

TEST(Registry, at_first_nothing_is_known) {
  const Registry registry;
  EXPECT_FALSE(registry.is_loaded());
  EXPECT_FALSE(registry.is_complete());
  EXPECT_FALSE(registry.find("a"));
}

TEST(Registry, a_reading_tells_what_came_changed_and_went) {
  Registry registry;
  EXPECT_EQ(registry.update(reading({environment("a"), environment("b"), environment("c")})), (Names{"a", "b", "c"}));
  EXPECT_EQ(registry.update(reading({environment("a"), environment("b", "dev"), environment("d")})),
            (Names{"b", "c", "d"}));
  EXPECT_EQ(registry.find("b")->environment->source.branch, "dev");
  EXPECT_FALSE(registry.find("c"));
}

TEST(Registry, an_apply_set_leads_to_its_environment_while_that_is_there) {
  Registry registry;
  registry.update(reading({environment("a"), environment("b")}));
  EXPECT_EQ(registry.name_of(part_of("b")), "b");
  registry.update(reading({environment("a")}));
  EXPECT_EQ(registry.name_of(part_of("a")), "a");
  EXPECT_FALSE(registry.name_of(part_of("b")));
}

TEST(Registry, an_equal_reading_is_no_news) {
  Registry registry;
  registry.update(reading({environment("a")}, {"b"}));
  EXPECT_EQ(registry.update(reading({environment("a")}, {"b"})), Names());
}

TEST(Registry, a_file_that_turned_bad_keeps_the_last_good_one) {
  Registry registry;
  registry.update(reading({environment("a")}));
  EXPECT_EQ(registry.update(reading({}, {"a"})), Names{"a"});
  const auto entry = registry.find("a");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->environment, environment("a"));
  EXPECT_TRUE(entry->bad);
}

TEST(Registry, a_file_that_stays_bad_keeps_it_for_ever) {
  Registry registry;
  registry.update(reading({environment("a")}));
  for (int i = 0; i < 3; ++i) registry.update(reading({}, {"a"}));
  EXPECT_EQ(registry.find("a")->environment, environment("a"));
}

TEST(Registry, a_file_that_was_never_good_is_known_as_bad) {
  Registry registry;
  registry.update(reading({}, {"a"}));
  const auto entry = registry.find("a");
  ASSERT_TRUE(entry);
  EXPECT_FALSE(entry->environment);
  EXPECT_TRUE(entry->bad);
}

TEST(Registry, a_file_that_was_mended_is_taken) {
  Registry registry;
  registry.update(reading({environment("a")}));
  registry.update(reading({}, {"a"}));
  EXPECT_EQ(registry.update(reading({environment("a", "dev")})), Names{"a"});
  EXPECT_EQ(registry.find("a")->environment->source.branch, "dev");
  EXPECT_FALSE(registry.find("a")->bad);
}

TEST(Registry, an_error_that_changed_is_news) {
  Registry registry;
  registry.update(reading({}, {"a"}));
  auto other = reading({}, {"a"});
  other.bad[0].error.message = "bad in another way";
  EXPECT_EQ(registry.update(other), Names{"a"});
}

/// Which environment a bad file meant to describe is not known: its name may be that of the file.
TEST(Registry, while_a_file_is_bad_nothing_counts_as_gone) {
  Registry registry;
  registry.update(reading({environment("a"), environment("b")}));
  registry.update(reading({environment("a")}, {"some-file"}));
  EXPECT_FALSE(registry.is_complete());
  ASSERT_TRUE(registry.find("b"));
  EXPECT_EQ(registry.find("b")->environment, environment("b"));
  EXPECT_EQ(registry.all().size(), 3U);
}

TEST(Registry, what_is_only_kept_is_no_news) {
  Registry registry;
  registry.update(reading({environment("a"), environment("b")}));
  EXPECT_EQ(registry.update(reading({environment("a")}, {"some-file"})), Names{"some-file"});
  EXPECT_EQ(registry.update(reading({environment("a")}, {"some-file"})), Names());
}

TEST(Registry, once_all_files_are_good_what_is_missing_is_gone) {
  Registry registry;
  registry.update(reading({environment("a"), environment("b")}));
  registry.update(reading({environment("a")}, {"some-file"}));
  EXPECT_EQ(registry.update(reading({environment("a")})), (Names{"b", "some-file"}));
  EXPECT_TRUE(registry.is_complete());
  EXPECT_FALSE(registry.find("b"));
}

TEST(Registry, an_empty_folder_is_a_reading) {
  Registry registry;
  registry.update(reading({environment("a")}));
  EXPECT_EQ(registry.update({}), Names{"a"});
  EXPECT_TRUE(registry.is_loaded());
  EXPECT_TRUE(registry.is_complete());
}

}  // namespace
}  // namespace reconciler::controller
