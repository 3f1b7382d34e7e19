#include "sync/attempts.h"

#include <gtest/gtest.h>

namespace reconciler::sync {
namespace {

const ObjectKey kA{{"", "ConfigMap"}, "spira", "a"};
const ObjectKey kB{{"", "ConfigMap"}, "spira", "b"};

TEST(Attempts, without_a_failure_there_is_no_error) {
  const Attempts attempts;
  EXPECT_FALSE(attempts.error(3, "nothing was changed"));
  EXPECT_TRUE(verdict(attempts, 3, "nothing was changed"));
}

TEST(Attempts, refusals_are_counted_and_told_in_order) {
  Attempts attempts;
  attempts.failed(kA, "a.yaml:1", {ErrorKind::kRejected, "refused", {{"elsewhere", "data", "is bad"}}});
  attempts.failed(kB, "", {ErrorKind::kConflict, "taken", {}});
  const auto error = attempts.error(5, "nothing was changed");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::kRejected);
  EXPECT_EQ(error->message, "2 of 5 objects refused, nothing was changed");
  EXPECT_EQ(error->causes, (std::vector<Cause>{{"ConfigMap spira/a (a.yaml:1)", "data", "is bad"},
                                               {"ConfigMap spira/b", "", "taken"}}));
  EXPECT_EQ(attempts.refusals(), (Refusals{{kA, "data: is bad"}, {kB, "taken"}}));
}

TEST(Attempts, an_object_is_named_once) {
  Attempts attempts;
  attempts.failed(kA, "a.yaml:1", {ErrorKind::kForbidden, "not allowed", {}, "ConfigMap spira/a"});
  EXPECT_EQ(attempts.error(1, "nothing was changed")->causes,
            (std::vector<Cause>{{"ConfigMap spira/a (a.yaml:1)", "", "not allowed"}}));
  EXPECT_EQ(attempts.refusals(), (Refusals{{kA, "not allowed"}}));
}

TEST(Attempts, an_interruption_counts_before_a_refusal) {
  for (const auto kind : {ErrorKind::kUnavailable, ErrorKind::kCancelled}) {
    Attempts attempts;
    attempts.failed(kA, "", {ErrorKind::kRejected, "refused", {}});
    attempts.failed(kB, "", {kind, "interrupted", {}});
    EXPECT_EQ(attempts.error(2, "")->kind, kind);
    EXPECT_EQ(attempts.refusals(), (Refusals{{kA, "refused"}}));
  }
}

TEST(Attempts, a_stop_counts_before_a_server_that_is_away) {
  Attempts attempts;
  attempts.failed(kA, "", {ErrorKind::kCancelled, "stopped", {}});
  attempts.failed(kB, "", {ErrorKind::kUnavailable, "away", {}});
  EXPECT_EQ(attempts.error(2, "")->kind, ErrorKind::kCancelled);
}

TEST(Attempts, forbidden_is_what_is_forbidden_throughout) {
  Attempts attempts;
  attempts.failed(kA, "", {ErrorKind::kForbidden, "not allowed", {}});
  EXPECT_EQ(attempts.error(2, "")->kind, ErrorKind::kForbidden);
  attempts.failed(kB, "", {ErrorKind::kRejected, "refused", {}});
  EXPECT_EQ(attempts.error(2, "")->kind, ErrorKind::kRejected);
}

}  // namespace
}  // namespace reconciler::sync
