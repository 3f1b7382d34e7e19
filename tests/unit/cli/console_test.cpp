#include "front/console.h"

#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/table.h"

namespace reconciler::cli {
namespace {

class ConsoleTest : public testing::Test {
 protected:
  std::ostringstream out_, err_;
  Console plain_{out_, err_, false};
  Console coloured_{out_, err_, true};
};

TEST_F(ConsoleTest, colours_only_where_asked_to) {
  EXPECT_EQ(painted("Synced", Colour::kGreen, plain_), "Synced");
  EXPECT_EQ(painted("Synced", Colour::kGreen, coloured_), "\x1b[32mSynced\x1b[0m");
  EXPECT_EQ(painted("Synced", Colour::kNone, coloured_), "Synced");
}

TEST_F(ConsoleTest, is_not_coloured_when_it_is_no_terminal) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_FALSE(wants_colour(ends[1]));
  close(ends[0]);
  close(ends[1]);
}

TEST_F(ConsoleTest, reports_errors_with_their_causes_beside_the_output) {
  EXPECT_EQ(report({ErrorKind::kInvalid, "bad overlay", {{"a.yaml:1:2", "spec", "unknown field"}}}, plain_), kFailed);
  EXPECT_EQ(err_.str(), "error: bad overlay\n  a.yaml:1:2: spec: unknown field\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ConsoleTest, ends_with_another_code_when_nobody_answers) {
  EXPECT_EQ(report({ErrorKind::kUnavailable, "down", {}}, plain_), kUnavailable);
  EXPECT_EQ(report({ErrorKind::kForbidden, "no", {}}, plain_), kUnavailable);
}

TEST_F(ConsoleTest, prints_tables_in_columns) {
  print_table({{{"NAME"}, {"SYNC"}, {"MESSAGE"}},
               {{"kind-dev"}, {"Synced", Colour::kGreen}, {""}},
               {{"é"}, {"Failed"}, {"no"}}},
              plain_);
  EXPECT_EQ(out_.str(), "NAME      SYNC    MESSAGE\nkind-dev  Synced\né         Failed  no\n");
}

TEST_F(ConsoleTest, lines_up_coloured_columns_as_plain_ones) {
  print_table({{{"A", Colour::kRed}, {"x"}}, {{"BBB"}, {"y"}}}, coloured_);
  EXPECT_EQ(out_.str(), "\x1b[31mA\x1b[0m    x\nBBB  y\n");
}

TEST_F(ConsoleTest, sends_no_control_characters_of_others_to_the_terminal) {
  print_table({{{"a\x1b[2Jb\nc"}}}, plain_);
  EXPECT_EQ(out_.str(), "a [2Jb c\n");
}

}  // namespace
}  // namespace reconciler::cli
