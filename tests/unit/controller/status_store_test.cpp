#include "controller/status_store.h"

#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

StatusStore::Snapshot status(const std::string& name, const std::string& message = "") {
  auto status = std::make_shared<EnvironmentStatus>();
  status->name = name;
  status->message = message;
  return status;
}

StatusStore::Objects objects(std::size_t count) { return std::make_shared<const std::vector<ObjectStatus>>(count); }

TEST(StatusStore, the_latest_status_is_found) {
  StatusStore store;
  store.put(status("a", "first"), nullptr);
  store.put(status("a", "second"), nullptr);
  EXPECT_EQ(store.find("a")->message, "second");
  EXPECT_EQ(store.find("b"), nullptr);
}

TEST(StatusStore, all_are_in_the_order_of_their_names) {
  StatusStore store;
  for (const auto* name : {"c", "a", "b"}) store.put(status(name), nullptr);
  std::string names;
  for (const auto& each : store.all()) names += each->name;
  EXPECT_EQ(names, "abc");
}

TEST(StatusStore, objects_are_empty_until_they_are_known) {
  StatusStore store;
  store.put(status("a"), nullptr);
  ASSERT_NE(store.objects("a"), nullptr);
  EXPECT_TRUE(store.objects("a")->empty());
  EXPECT_EQ(store.objects("b"), nullptr);
}

TEST(StatusStore, objects_stay_when_a_status_comes_without_them) {
  StatusStore store;
  store.put(status("a"), objects(3));
  store.put(status("a", "later"), nullptr);
  EXPECT_EQ(store.objects("a")->size(), 3U);
}

TEST(StatusStore, a_snapshot_outlives_what_comes_after_it) {
  StatusStore store;
  store.put(status("a", "first"), objects(1));
  const auto before = store.find("a");
  const auto its_objects = store.objects("a");
  store.put(status("a", "second"), objects(2));
  store.erase("a");
  EXPECT_EQ(before->message, "first");
  EXPECT_EQ(its_objects->size(), 1U);
  EXPECT_EQ(store.find("a"), nullptr);
}

}  // namespace
}  // namespace reconciler::controller
