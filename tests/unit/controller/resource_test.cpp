#include "controller/resource.h"

#include <gtest/gtest.h>

namespace reconciler::controller {
namespace {

class ConfirmedPruneTest : public ::testing::Test {
 protected:
  const sync::LargePrune prune_{{}, 6, "digest", "target"};
  Environment environment_;
  Resource resource_;
};

TEST_F(ConfirmedPruneTest, nobody_has_confirmed_what_nobody_speaks_of) {
  EXPECT_FALSE(is_confirmed(prune_, environment_, nullptr));
  EXPECT_FALSE(is_confirmed(prune_, environment_, &resource_));
}

TEST_F(ConfirmedPruneTest, the_file_of_the_environment_confirms_just_this_prune) {
  environment_.confirmed_prune = "digest";
  EXPECT_TRUE(is_confirmed(prune_, environment_, nullptr));
  environment_.confirmed_prune = "another";
  EXPECT_FALSE(is_confirmed(prune_, environment_, nullptr));
}

TEST_F(ConfirmedPruneTest, the_annotation_of_its_resource_confirms_just_this_prune) {
  resource_.confirmed_prune = "digest";
  EXPECT_TRUE(is_confirmed(prune_, environment_, &resource_));
  resource_.confirmed_prune = "another";
  EXPECT_FALSE(is_confirmed(prune_, environment_, &resource_));
}

TEST_F(ConfirmedPruneTest, the_rest_of_one_that_is_under_way_needs_no_other_word) {
  resource_.pruning = "target";
  EXPECT_TRUE(is_confirmed(prune_, environment_, &resource_));
}

}  // namespace
}  // namespace reconciler::controller
