#include "kube/calls.h"

#include <gtest/gtest.h>

#include "scripted_transport.h"

namespace reconciler::kube {
namespace {

using std::chrono::seconds;

class CallsTest : public testing::Test {
 protected:
  HttpRequest numbered(std::size_t index) {
    HttpRequest request;
    request.target = std::to_string(index);
    return request;
  }

  /// The codes of a batch by index; -1 for cancelled, 0 for no answer.
  std::vector<int> run(std::size_t count, std::size_t concurrency, Repeat repeat = Repeat::kSafe) {
    std::vector<int> codes(count, -2);
    calls_.all(
        count, concurrency, repeat, stop_.get_token(), [this](std::size_t i) { return numbered(i); },
        [&](std::size_t i, Ended&& ended) { codes[i] = ended.cancelled ? -1 : ended.answer.code; });
    return codes;
  }

  ManualClock clock_;
  ScriptedTransport transport_;
  std::stop_source stop_;
  std::stop_source connection_stop_;
  Calls calls_{transport_, clock_, seconds(30), connection_stop_.get_token(), [] { return 0.5; }};
};

TEST_F(CallsTest, every_request_is_answered_under_its_own_index) {
  transport_.server = [](const HttpRequest& request) {
    return HttpAnswer{200 + std::stoi(request.target), "", {}, {}, ""};
  };
  EXPECT_EQ(run(4, 2), (std::vector<int>{200, 201, 202, 203}));
}

TEST_F(CallsTest, no_more_than_the_concurrency_wait_for_the_server) {
  std::size_t most = 0;
  transport_.server = [&](const HttpRequest& request) -> std::optional<HttpAnswer> {
    most = std::max(most, transport_.open() + 1);
    // Every third one is answered; it also lets those before it go.
    if (request.target != "2" && request.target != "5" && request.target != "8") return std::nullopt;
    while (transport_.open() > 0) transport_.answer(200);
    return HttpAnswer{200, "", {}, {}, ""};
  };
  EXPECT_EQ(run(9, 3), std::vector<int>(9, 200));
  EXPECT_EQ(most, 3U);
}

TEST_F(CallsTest, a_busy_server_is_asked_again_after_its_own_pause) {
  transport_.timers_ring_at_once = true;
  int asked = 0;
  transport_.server = [&](const HttpRequest&) {
    return ++asked < 3 ? HttpAnswer{429, "", seconds(2), {}, ""} : HttpAnswer{200, "", {}, {}, ""};
  };
  EXPECT_EQ(run(1, 1), std::vector<int>{200});
  ASSERT_EQ(transport_.pauses.size(), 2U);
  EXPECT_GE(transport_.pauses[0], seconds(2));
}

TEST_F(CallsTest, tries_end_with_the_time_limit) {
  transport_.timers_ring_at_once = true;
  transport_.server = [&](const HttpRequest&) {
    clock_.advance(seconds(10));
    return HttpAnswer{503, "", {}, {}, ""};
  };
  EXPECT_EQ(run(1, 1), std::vector<int>{503});
  EXPECT_EQ(transport_.requests.size(), 3U);
}

TEST_F(CallsTest, a_second_try_has_only_the_time_that_is_left) {
  transport_.timers_ring_at_once = true;
  transport_.server = [&](const HttpRequest&) {
    clock_.advance(seconds(20));
    return HttpAnswer{transport_.requests.size() == 1 ? 503 : 200, "", {}, {}, ""};
  };
  run(1, 1);
  EXPECT_EQ(transport_.requests[0].timeout, seconds(30));
  EXPECT_EQ(transport_.requests[1].timeout, seconds(10));
}

TEST_F(CallsTest, an_unreachable_server_ends_the_rest_of_a_batch_unsent) {
  transport_.timers_ring_at_once = true;
  transport_.server = [](const HttpRequest&) { return HttpAnswer{0, "", {}, Failure::kNoConnection, "refused"}; };
  EXPECT_EQ(run(1000, 2), std::vector<int>(1000, 0));
  EXPECT_LE(transport_.requests.size(), 8U);
}

TEST_F(CallsTest, what_may_have_been_done_is_not_sent_twice) {
  transport_.server = [](const HttpRequest&) { return HttpAnswer{0, "", {}, Failure::kLost, "cut"}; };
  EXPECT_EQ(run(1, 1, Repeat::kOnlyIfNotDone), std::vector<int>{0});
  EXPECT_EQ(transport_.requests.size(), 1U);
}

TEST_F(CallsTest, a_stop_before_the_start_sends_nothing) {
  stop_.request_stop();
  EXPECT_EQ(run(3, 2), std::vector<int>(3, -1));
  EXPECT_TRUE(transport_.requests.empty());
}

TEST_F(CallsTest, a_stop_in_the_midst_lets_what_was_sent_be_answered_and_sends_nothing_more) {
  transport_.server = [this](const HttpRequest& request) -> std::optional<HttpAnswer> {
    if (request.target == "0") return HttpAnswer{200, "", {}, {}, ""};
    if (request.target == "1") return std::nullopt;
    stop_.request_stop();
    transport_.answer(201);
    return HttpAnswer{202, "", {}, {}, ""};
  };
  EXPECT_EQ(run(5, 2), (std::vector<int>{200, 201, 202, -1, -1}));
}

TEST_F(CallsTest, what_is_not_answered_soon_after_a_stop_is_given_up) {
  transport_.timers_ring_at_once = true;
  transport_.server = [this](const HttpRequest& request) -> std::optional<HttpAnswer> {
    if (request.target == "0") return HttpAnswer{200, "", {}, {}, ""};
    if (request.target == "2") stop_.request_stop();
    return std::nullopt;
  };
  EXPECT_EQ(run(5, 2), (std::vector<int>{200, -1, -1, -1, -1}));
  EXPECT_EQ(transport_.open(), 0U);
}

TEST_F(CallsTest, what_would_be_tried_again_is_not_after_a_stop) {
  transport_.server = [this](const HttpRequest& request) -> std::optional<HttpAnswer> {
    if (request.target == "0") return HttpAnswer{429, "", seconds(2), {}, ""};
    if (request.target == "1") return HttpAnswer{200, "", {}, {}, ""};
    if (request.target == "2") return std::nullopt;
    stop_.request_stop();
    transport_.answer(429);
    return HttpAnswer{200, "", {}, {}, ""};
  };
  EXPECT_EQ(run(4, 3), (std::vector<int>{-1, 200, -1, 200}));
  transport_.ring();
  EXPECT_EQ(transport_.requests.size(), 4U);
}

TEST_F(CallsTest, the_end_of_the_connection_cancels_every_call) {
  transport_.server = [this](const HttpRequest&) -> std::optional<HttpAnswer> {
    connection_stop_.request_stop();
    return std::nullopt;
  };
  EXPECT_EQ(run(2, 1), std::vector<int>(2, -1));
}

}  // namespace
}  // namespace reconciler::kube
