#include "controller/source_follower.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_mirror.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;
using Branches = std::set<std::string>;

/// What a follower has told, in order.
class Told {
 public:
  SourceFollower::Looked listener() {
    return [this](const SourceState& state) {
      const std::scoped_lock lock(mutex_);
      states_.push_back(state);
      news_.notify_all();
    };
  }
  std::size_t count() const {
    const std::scoped_lock lock(mutex_);
    return states_.size();
  }
  /// Waits until so many were told, and returns the last of those.
  SourceState wait_for(std::size_t count) const {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return states_.size() >= count; });
    return states_[count - 1];
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable news_;
  std::vector<SourceState> states_;  ///< Guarded by mutex_.
};

class FollowerTest : public ::testing::Test {
 protected:
  explicit FollowerTest(Duration stride = 0ms) : clock_(stride) {
    remote_->on_look([this] { times_.push_back(clock_.steady()); });
    remote_->set_head("main", "aaa");
  }

  void start() { follower_.emplace(std::make_unique<test::FakeMirror>(remote_), clock_, told_.listener()); }

  const Error down_{ErrorKind::kUnavailable, "connection refused", {}};
  test::FakeClock clock_;
  std::vector<SteadyTime> times_;  ///< Of the looks. Written by the follower's thread.
  const std::shared_ptr<test::FakeRemote> remote_ = std::make_shared<test::FakeRemote>();
  Told told_;
  std::optional<SourceFollower> follower_;
};

TEST_F(FollowerTest, a_new_branch_is_looked_at_at_once) {
  start();
  follower_->follow({"main"}, 1h);
  const auto state = told_.wait_for(1);
  EXPECT_EQ(state.heads.at("main").id, "aaa");
  EXPECT_FALSE(state.error);
  follower_->follow({"dev", "main"}, 1h);
  remote_->wait_for_looks(2);
  EXPECT_EQ(remote_->looks()[1], (std::vector<std::string>{"dev", "main"}));
}

TEST_F(FollowerTest, before_the_first_look_nothing_is_known) {
  start();
  EXPECT_TRUE(follower_->state()->heads.empty());
  EXPECT_EQ(follower_->state()->looked, WallTime{});
}

TEST_F(FollowerTest, the_state_says_when_the_remote_was_looked_at) {
  start();
  follower_->follow({"main"}, 1h);
  told_.wait_for(1);
  EXPECT_EQ(follower_->state()->looked, clock_.wall());
}

TEST_F(FollowerTest, a_look_that_was_asked_for_is_told_even_without_news) {
  start();
  follower_->follow({"main"}, 1h);
  told_.wait_for(1);
  follower_->look_now();
  EXPECT_EQ(told_.wait_for(2).heads.at("main").id, "aaa");
}

TEST_F(FollowerTest, requests_during_a_look_are_served_by_one_more_together) {
  remote_->hold();
  start();
  follower_->follow({"main"}, 1h);
  remote_->wait_for_looks(1);
  for (int i = 0; i < 5; ++i) follower_->look_now();
  remote_->release();
  told_.wait_for(2);
  follower_->look_now();
  told_.wait_for(3);
  EXPECT_EQ(remote_->looks().size(), 3U);
}

TEST_F(FollowerTest, a_request_during_a_look_sees_what_came_after_it_began) {
  remote_->hold();
  start();
  follower_->follow({"main"}, 1h);
  remote_->wait_for_looks(1);
  follower_->look_now();
  remote_->release();
  told_.wait_for(1);
  remote_->set_head("main", "bbb");
  follower_->look_now();
  for (std::size_t count = 2;; ++count) {
    if (told_.wait_for(count).heads.at("main").id == "bbb") break;
  }
}

TEST_F(FollowerTest, a_branch_that_the_remote_lacks_has_no_head_and_is_no_error) {
  start();
  follower_->follow({"main", "missing"}, 1h);
  const auto state = told_.wait_for(1);
  EXPECT_EQ(state.heads.count("missing"), 0U);
  EXPECT_FALSE(state.error);
}

TEST_F(FollowerTest, a_branch_that_went_is_told) {
  start();
  follower_->follow({"main"}, 1h);
  told_.wait_for(1);
  remote_->remove_branch("main");
  follower_->look_now();
  EXPECT_TRUE(told_.wait_for(2).heads.empty());
}

TEST_F(FollowerTest, while_the_remote_fails_the_last_heads_are_kept) {
  start();
  follower_->follow({"main"}, 1h);
  told_.wait_for(1);
  remote_->fail_with(down_);
  follower_->look_now();
  const auto state = told_.wait_for(2);
  EXPECT_EQ(state.heads.at("main").id, "aaa");
  ASSERT_TRUE(state.error);
  EXPECT_EQ(state.error->kind, ErrorKind::kUnavailable);
}

TEST_F(FollowerTest, without_branches_the_remote_is_left_alone) {
  start();
  follower_->follow({"main"}, 1h);
  told_.wait_for(1);
  follower_->follow({}, 1h);
  follower_->look_now();
  follower_->follow({"dev"}, 1h);
  told_.wait_for(2);
  EXPECT_EQ(remote_->looks()[1], std::vector<std::string>{"dev"});
}

TEST_F(FollowerTest, its_end_does_not_wait_for_a_remote_that_does_not_answer) {
  remote_->hold();
  start();
  follower_->follow({"main"}, 1h);
  remote_->wait_for_looks(1);
  follower_.reset();
  EXPECT_EQ(told_.count(), 0U);
}

/// With a clock that the follower winds by waiting.
class FollowerOverTime : public FollowerTest {
 protected:
  FollowerOverTime() : FollowerTest(1ms) {}

  /// The times between the looks, once there are so many.
  std::vector<Duration> gaps(std::size_t count) {
    remote_->wait_for_looks(count + 1);
    follower_.reset();
    std::vector<Duration> gaps;
    for (std::size_t i = 0; i < count; ++i)
      gaps.push_back(std::chrono::duration_cast<Duration>(times_[i + 1] - times_[i]));
    return gaps;
  }

  static void expect_within(Duration gap, Duration least, Duration most) {
    // The clock goes on by a millisecond for each of the few times that a look reads it.
    EXPECT_GE(gap, least);
    EXPECT_LE(gap, most + 50ms);
  }
};

TEST_F(FollowerOverTime, the_remote_is_looked_at_at_the_interval_give_or_take_a_tenth) {
  start();
  follower_->follow({"main"}, 10s);
  for (const auto gap : gaps(4)) expect_within(gap, 9s, 11s);
}

TEST_F(FollowerOverTime, a_remote_that_fails_is_tried_again_at_growing_distances) {
  remote_->fail_with(down_);
  start();
  follower_->follow({"main"}, 30s);
  const auto waits = gaps(5);
  expect_within(waits[0], 800ms, 1s);
  expect_within(waits[1], 1600ms, 2s);
  expect_within(waits[2], 3200ms, 4s);
  expect_within(waits[3], 4s, 5s);
  expect_within(waits[4], 4s, 5s);
}

TEST_F(FollowerOverTime, a_remote_that_fails_is_tried_no_later_than_at_the_interval) {
  remote_->fail_with(down_);
  start();
  follower_->follow({"main"}, 2s);
  for (const auto gap : gaps(5)) expect_within(gap, 800ms, 2s);
}

TEST_F(FollowerOverTime, an_error_is_told_when_it_begins_when_it_changes_and_when_it_ends) {
  start();
  follower_->follow({"main"}, 1s);
  EXPECT_FALSE(told_.wait_for(1).error);
  remote_->fail_with(down_);
  EXPECT_EQ(told_.wait_for(2).error->message, down_.message);
  remote_->fail_with(Error{ErrorKind::kForbidden, "refused", {}});
  EXPECT_EQ(told_.wait_for(3).error->message, "refused");
  remote_->fail_with(std::nullopt);
  EXPECT_FALSE(told_.wait_for(4).error);
}

TEST_F(FollowerOverTime, what_stays_the_same_is_told_once) {
  remote_->fail_with(down_);
  start();
  follower_->follow({"main"}, 1s);
  remote_->wait_for_looks(5);
  EXPECT_EQ(told_.count(), 1U);
  remote_->fail_with(std::nullopt);
  told_.wait_for(2);
  remote_->wait_for_looks(remote_->looks().size() + 5);
  EXPECT_EQ(told_.count(), 2U);
}

TEST_F(FollowerOverTime, a_head_that_moves_is_found_without_being_asked) {
  start();
  follower_->follow({"main"}, 1s);
  told_.wait_for(1);
  remote_->set_head("main", "bbb");
  EXPECT_EQ(told_.wait_for(2).heads.at("main").id, "bbb");
}

TEST_F(FollowerOverTime, a_shorter_interval_counts_at_once) {
  start();
  follower_->follow({"main"}, 24h);
  told_.wait_for(1);
  follower_->follow({"main"}, 1s);
  remote_->wait_for_looks(3);
  follower_.reset();
  EXPECT_LT(times_[1] - times_[0], 1h);
}

TEST_F(FollowerTest, a_storm_of_requests_costs_few_looks) {
  start();
  follower_->follow({"main"}, 1h);
  told_.wait_for(1);
  for (std::size_t i = 2; i <= 10; ++i) {
    follower_->look_now();
    told_.wait_for(i);
  }
  // What was paid for in advance is used up: one look serves the whole storm, after a pause.
  for (int i = 0; i < 1000; ++i) follower_->look_now();
  clock_.advance(200ms);
  told_.wait_for(11);
  EXPECT_EQ(times_[9], times_[0]);
  EXPECT_EQ(times_[10], times_[0] + 200ms);
  EXPECT_LE(remote_->looks().size(), 12U);
}

}  // namespace
}  // namespace reconciler::controller
