#include "controller/sources.h"

#include <condition_variable>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_mirror.h"

namespace reconciler::controller {
namespace {

using namespace std::chrono_literals;

constexpr const char* kUrl = "https://example.org/a.git";
constexpr const char* kOther = "https://example.org/b.git";

class SourcesTest : public ::testing::Test {
 protected:
  SourcesTest() {
    for (const auto* url : {kUrl, kOther}) {
      remotes_[url] = std::make_shared<test::FakeRemote>();
      remotes_[url]->set_head("main", "aaa");
    }
  }

  Result<std::unique_ptr<git::Mirror>> open(const std::string& url) {
    ++opened_[url];
    if (refused_.count(url) != 0) return fail(ErrorKind::kConflict, "another process holds it");
    return std::make_unique<test::FakeMirror>(remotes_.at(url));
  }

  void wait_for_looks(std::size_t count) {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return looked_.size() >= count; });
  }

  test::FakeClock clock_;
  std::map<std::string, std::shared_ptr<test::FakeRemote>> remotes_;
  std::set<std::string> refused_;
  std::map<std::string, int> opened_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<std::string> looked_;  ///< Guarded by mutex_.
  Sources sources_{[this](const std::string& url) { return open(url); }, clock_,
                   [this](const std::string& url, const SourceState&) {
                     const std::scoped_lock lock(mutex_);
                     looked_.push_back(url);
                     news_.notify_all();
                   }};
};

TEST_F(SourcesTest, what_is_kept_is_looked_at_and_takes_nothing_from_what_is_followed) {
  sources_.follow({{kUrl, {{"dev"}, 1h}}});
  sources_.keep(kUrl, "main");
  sources_.keep(kOther, "main");
  wait_for_looks(2);
  EXPECT_EQ(sources_.view(kOther, "main").head->id, "aaa");
  EXPECT_EQ(remotes_[kUrl]->looks(), (std::vector<std::vector<std::string>>{{"dev"}}));
}

TEST_F(SourcesTest, a_remote_that_nobody_follows_is_unknown) {
  const auto view = sources_.view(kUrl, "main");
  EXPECT_FALSE(view.head);
  EXPECT_FALSE(view.error);
  EXPECT_FALSE(view.looked);
  EXPECT_EQ(sources_.tree(kUrl, "aaa").error().kind, ErrorKind::kNotFound);
  sources_.look_now(kUrl);
}

TEST_F(SourcesTest, a_followed_branch_has_its_head) {
  sources_.follow({{kUrl, {{"main", "missing"}, 1h}}});
  wait_for_looks(1);
  EXPECT_EQ(looked_[0], kUrl);
  const auto view = sources_.view(kUrl, "main");
  EXPECT_EQ(view.head->id, "aaa");
  EXPECT_TRUE(view.looked);
  const auto missing = sources_.view(kUrl, "missing");
  EXPECT_FALSE(missing.head);
  EXPECT_TRUE(missing.looked);
}

TEST_F(SourcesTest, of_a_new_branch_nothing_is_known_before_it_was_asked_for) {
  sources_.follow({{kUrl, {{"main"}, 1h}}});
  wait_for_looks(1);
  remotes_[kUrl]->hold();
  sources_.follow({{kUrl, {{"main", "env/chaos"}, 1h}}});
  EXPECT_FALSE(sources_.view(kUrl, "env/chaos").looked);
  EXPECT_TRUE(sources_.view(kUrl, "main").looked);
  remotes_[kUrl]->release();
  wait_for_looks(2);
  EXPECT_TRUE(sources_.view(kUrl, "env/chaos").looked);
}

TEST_F(SourcesTest, many_branches_of_a_remote_cost_one_look) {
  sources_.follow({{kUrl, {{"main", "dev", "env/chaos"}, 1h}}});
  wait_for_looks(1);
  EXPECT_EQ(opened_[kUrl], 1);
  EXPECT_EQ(remotes_[kUrl]->looks().size(), 1U);
}

TEST_F(SourcesTest, following_the_same_again_costs_nothing) {
  for (int i = 0; i < 3; ++i) sources_.follow({{kUrl, {{"main"}, 1h}}});
  wait_for_looks(1);
  sources_.look_now(kUrl);
  wait_for_looks(2);
  EXPECT_EQ(opened_[kUrl], 1);
  EXPECT_EQ(remotes_[kUrl]->looks().size(), 2U);
}

TEST_F(SourcesTest, a_remote_that_hangs_holds_up_no_other) {
  remotes_[kUrl]->hold();
  sources_.follow({{kUrl, {{"main"}, 1h}}, {kOther, {{"main"}, 1h}}});
  remotes_[kUrl]->wait_for_looks(1);
  wait_for_looks(1);
  EXPECT_EQ(sources_.view(kOther, "main").head->id, "aaa");
  EXPECT_FALSE(sources_.view(kUrl, "main").looked);
}

TEST_F(SourcesTest, a_mirror_that_cannot_be_opened_is_an_error_of_its_remote) {
  refused_.insert(kUrl);
  sources_.follow({{kUrl, {{"main"}, 1h}}});
  const auto view = sources_.view(kUrl, "main");
  ASSERT_TRUE(view.error);
  EXPECT_EQ(view.error->kind, ErrorKind::kConflict);
  EXPECT_TRUE(view.looked);
}

TEST_F(SourcesTest, a_mirror_that_could_not_be_opened_is_tried_again) {
  refused_.insert(kUrl);
  sources_.follow({{kUrl, {{"main"}, 1h}}});
  refused_.clear();
  sources_.follow({{kUrl, {{"main"}, 1h}}});
  wait_for_looks(1);
  EXPECT_EQ(sources_.view(kUrl, "main").head->id, "aaa");
  EXPECT_FALSE(sources_.view(kUrl, "main").error);
}

TEST_F(SourcesTest, a_remote_that_is_no_longer_named_is_left_alone) {
  sources_.follow({{kUrl, {{"main"}, 1h}}});
  wait_for_looks(1);
  sources_.follow({{kOther, {{"main"}, 1h}}});
  wait_for_looks(2);
  sources_.look_now(kUrl);
  sources_.look_now(kOther);
  wait_for_looks(3);
  EXPECT_EQ(remotes_[kUrl]->looks().size(), 1U);
}

TEST_F(SourcesTest, a_remote_that_is_named_again_is_looked_at_again) {
  sources_.follow({{kUrl, {{"main"}, 1h}}});
  wait_for_looks(1);
  sources_.follow({});
  remotes_[kUrl]->set_head("main", "bbb");
  sources_.follow({{kUrl, {{"main"}, 1h}}});
  wait_for_looks(2);
  EXPECT_EQ(sources_.view(kUrl, "main").head->id, "bbb");
  EXPECT_EQ(opened_[kUrl], 1);
}

TEST_F(SourcesTest, a_stop_waits_for_what_was_told_and_nothing_is_told_after_it) {
  std::promise<void> told;
  std::promise<void> stopping;
  std::optional<std::string> head;
  Sources sources{[this](const std::string& url) { return open(url); }, clock_,
                  [&](const std::string& url, const SourceState&) {
                    if (url == kOther) return;  // Told only when it was quicker than the end.
                    told.set_value();
                    stopping.get_future().wait();
                    sources.follow({{kUrl, {{"main"}, 1h}}, {kOther, {{"main"}, 1h}}});
                    head = sources.view(url, "main").head->id;
                  }};
  sources.follow({{kUrl, {{"main"}, 1h}}});
  told.get_future().wait();
  std::thread end([&] { sources.stop(); });
  stopping.set_value();
  end.join();
  EXPECT_EQ(head, "aaa");
  sources.look_now(kUrl);
  sources.stop();
}

}  // namespace
}  // namespace reconciler::controller
