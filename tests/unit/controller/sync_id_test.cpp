#include "controller/sync_id.h"

#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

TEST(SyncId, later_ones_are_greater) {
  std::string before;
  for (int i = 0; i < 1000; ++i) {
    const auto id = make_sync_id();
    EXPECT_EQ(id.size(), 16U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
    EXPECT_GT(id, before);
    before = id;
  }
}

TEST(SyncId, is_what_an_annotation_says_if_that_is_one) {
  const auto id = make_sync_id();
  EXPECT_EQ(sync_id_for(id), id);
  EXPECT_NE(sync_id_for("now"), "now");
}

}  // namespace
}  // namespace reconciler::controller
