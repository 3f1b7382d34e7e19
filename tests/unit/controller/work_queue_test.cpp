#include "controller/work_queue.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace reconciler::controller {
namespace {

using std::chrono::seconds;
using Name = std::optional<std::string>;

class WorkQueueTest : public ::testing::Test {
 protected:
  void add_in(const std::string& name, Duration wait) { queue_.add(name, clock_.steady() + wait); }

  test::FakeClock clock_;
  WorkQueue queue_{clock_};
};

TEST_F(WorkQueueTest, an_empty_queue_has_nothing_to_do) {
  EXPECT_EQ(queue_.take_due(), Name());
  EXPECT_EQ(queue_.depth(), 0U);
}

TEST_F(WorkQueueTest, a_name_is_handed_out_once) {
  queue_.add("a");
  EXPECT_EQ(queue_.take_due(), Name("a"));
  EXPECT_EQ(queue_.take_due(), Name());
}

TEST_F(WorkQueueTest, a_name_that_is_added_many_times_is_handed_out_once) {
  for (int i = 0; i < 10; ++i) queue_.add("a");
  EXPECT_EQ(queue_.take_due(), Name("a"));
  queue_.done("a");
  EXPECT_EQ(queue_.take_due(), Name());
}

TEST_F(WorkQueueTest, a_name_is_worked_on_by_one_at_a_time) {
  queue_.add("a");
  queue_.take_due();
  queue_.add("a");
  EXPECT_EQ(queue_.take_due(), Name());
}

TEST_F(WorkQueueTest, a_name_that_is_added_during_its_work_is_handed_out_again_after) {
  queue_.add("a");
  queue_.take_due();
  queue_.add("a");
  queue_.add("a");
  queue_.done("a");
  EXPECT_EQ(queue_.take_due(), Name("a"));
  queue_.done("a");
  EXPECT_EQ(queue_.take_due(), Name());
}

TEST_F(WorkQueueTest, work_on_one_name_holds_up_no_other) {
  queue_.add("a");
  queue_.take_due();
  queue_.add("b");
  EXPECT_EQ(queue_.take_due(), Name("b"));
}

TEST_F(WorkQueueTest, a_name_is_not_handed_out_before_it_is_due) {
  add_in("a", seconds(10));
  clock_.advance(seconds(9));
  EXPECT_EQ(queue_.take_due(), Name());
  clock_.advance(seconds(1));
  EXPECT_EQ(queue_.take_due(), Name("a"));
}

TEST_F(WorkQueueTest, of_several_times_the_earliest_counts) {
  add_in("a", seconds(30));
  add_in("a", seconds(10));
  add_in("a", seconds(20));
  clock_.advance(seconds(10));
  EXPECT_EQ(queue_.take_due(), Name("a"));
  queue_.done("a");
  clock_.advance(seconds(60));
  EXPECT_EQ(queue_.take_due(), Name());
}

TEST_F(WorkQueueTest, of_several_times_during_work_the_earliest_counts) {
  queue_.add("a");
  queue_.take_due();
  add_in("a", seconds(30));
  queue_.add("a");
  queue_.done("a");
  EXPECT_EQ(queue_.take_due(), Name("a"));
}

TEST_F(WorkQueueTest, a_later_time_during_work_is_kept_until_then) {
  queue_.add("a");
  queue_.take_due();
  add_in("a", seconds(30));
  queue_.done("a");
  EXPECT_EQ(queue_.take_due(), Name());
  clock_.advance(seconds(30));
  EXPECT_EQ(queue_.take_due(), Name("a"));
}

TEST_F(WorkQueueTest, names_go_in_the_order_in_which_they_became_due) {
  add_in("late", seconds(3));
  add_in("early", seconds(1));
  add_in("middle", seconds(2));
  clock_.advance(seconds(5));
  std::vector<std::string> order;
  while (auto name = queue_.take_due()) order.push_back(*name);
  EXPECT_EQ(order, (std::vector<std::string>{"early", "middle", "late"}));
}

TEST_F(WorkQueueTest, depth_counts_each_name_that_is_due_or_worked_on_once) {
  queue_.add("a");
  queue_.add("b");
  add_in("later", seconds(10));
  EXPECT_EQ(queue_.depth(), 2U);
  queue_.take_due();
  EXPECT_EQ(queue_.depth(), 2U);
  queue_.add("a");
  EXPECT_EQ(queue_.depth(), 2U);
  queue_.done("a");
  clock_.advance(seconds(10));
  EXPECT_EQ(queue_.depth(), 3U);
}

TEST_F(WorkQueueTest, taking_does_not_wait_for_what_is_due) {
  queue_.add("a");
  EXPECT_EQ(queue_.take({}), Name("a"));
}

TEST_F(WorkQueueTest, a_stop_ends_the_wait) {
  std::stop_source stop;
  std::jthread worker([&] { EXPECT_EQ(queue_.take(stop.get_token()), Name()); });
  stop.request_stop();
}

TEST_F(WorkQueueTest, one_who_waits_is_woken_by_what_becomes_due) {
  std::jthread worker([&] { EXPECT_EQ(queue_.take({}), Name("a")); });
  queue_.add("a");
}

TEST_F(WorkQueueTest, one_who_waits_gets_what_the_worker_before_left_undone) {
  queue_.add("a");
  queue_.take_due();
  queue_.add("a");
  std::jthread worker([&] { EXPECT_EQ(queue_.take({}), Name("a")); });
  queue_.done("a");
}

TEST_F(WorkQueueTest, many_workers_share_the_names_and_never_one_of_them) {
  const SystemClock clock;
  WorkQueue queue(clock);
  constexpr int kRounds = 200;
  const std::vector<std::string> names{"a", "b", "c"};
  std::array<std::atomic<int>, 3> in_work{};
  std::atomic<int> handed_out{0};
  std::atomic<bool> shared{false};
  std::stop_source stop;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i) {
      workers.emplace_back([&] {
        while (const auto name = queue.take(stop.get_token())) {
          auto& now = in_work[static_cast<std::size_t>((*name)[0] - 'a')];
          if (now.fetch_add(1) != 0) shared = true;
          if (handed_out.fetch_add(1) < kRounds) queue.add(*name);
          now.fetch_sub(1);
          queue.done(*name);
          if (queue.depth() == 0) stop.request_stop();
        }
      });
    }
    for (const auto& name : names) queue.add(name);
  }
  EXPECT_FALSE(shared);
  EXPECT_GE(handed_out, kRounds);
}

}  // namespace
}  // namespace reconciler::controller
