#include "kube/watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "discovery_documents.h"
#include "scripted_transport.h"

namespace reconciler::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using Calls = std::vector<std::string>;

/// Writes down what it hears.
class Listener final : public WatchHandler {
 public:
  void begin_list() override { note("begin"); }
  void item(Json&& object) override { note("item " + name(object)); }
  void end_list(const std::string& version) override { note("end " + version); }
  void changed(Json&& object) override { note("changed " + name(object)); }
  void deleted(Json&& object) override { note("deleted " + name(object)); }
  void failing(const Error& error) override { note(std::string("failing ") + to_string(error.kind)); }
  void recovered() override { note("recovered"); }

  Calls take() { return std::exchange(calls_, {}); }
  std::function<void()> on_call = [] {};

 private:
  static std::string name(const Json& object) {
    EXPECT_EQ(object["kind"], "Deployment");
    EXPECT_EQ(object["apiVersion"], "apps/v1");
    return object["metadata"]["name"];
  }
  void note(std::string call) {
    calls_.push_back(std::move(call));
    on_call();
  }
  Calls calls_;
};

Json object(const std::string& name, const std::string& version) {
  return {{"metadata", {{"name", name}, {"resourceVersion", version}}}};
}

std::string page(const std::string& version, const std::vector<std::string>& names, const std::string& next = "") {
  Json list{{"metadata", {{"resourceVersion", version}, {"continue", next}}}, {"items", Json::array()}};
  for (const auto& name : names) list["items"].push_back(object(name, "1"));
  return list.dump();
}

std::string event(const std::string& type, Json object) {
  return Json{{"type", type}, {"object", std::move(object)}}.dump() + "\n";
}

const std::string kGone = event("ERROR", {{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}});

class WatcherTest : public testing::Test {
 protected:
  void start(const GroupKind& type = {"apps", "Deployment"}) {
    ListRequest request;
    request.type = type;
    watch_ = start_watch({transport_, discovery_, clock_, [] { return 0.5; }, seconds(30)}, request, listener_);
    transport_.server = answer_discovery;
    transport_.ring();
    transport_.server = nullptr;
  }

  /// Up to the open stream.
  void start_watching() {
    start();
    transport_.answer(200, page("10", {"a"}));
    transport_.open_stream();
    listener_.take();
  }

  /// The last request's `resourceVersion`, or "list" when it is no watch.
  std::string last() const {
    const auto& target = transport_.requests.back().target;
    const auto at = target.find("resourceVersion=");
    if (at == std::string::npos) return "list";
    return target.substr(at + 16, target.find('&', at) - at - 16);
  }

  ManualClock clock_;
  ScriptedTransport transport_;
  Discovery discovery_{{transport_, clock_, [] { return 0.5; }, seconds(30)}};
  Listener listener_;
  std::unique_ptr<Watch> watch_;
};

TEST_F(WatcherTest, a_list_comes_page_by_page_and_then_the_events_after_it) {
  start();
  transport_.answer(200, page("10", {"a", "b"}, "more"));
  EXPECT_NE(transport_.requests.back().target.find("continue=more"), std::string::npos);
  transport_.answer(200, page("10", {"c"}));
  EXPECT_EQ(listener_.take(), (Calls{"begin", "item a", "item b", "item c", "end 10"}));
  EXPECT_EQ(last(), "10");
  transport_.open_stream();
  transport_.stream(event("ADDED", object("d", "11")) + event("MODIFIED", object("a", "12")));
  transport_.stream(event("DELETED", object("b", "13")));
  EXPECT_EQ(listener_.take(), (Calls{"changed d", "changed a", "deleted b"}));
}

TEST_F(WatcherTest, an_event_may_come_in_pieces) {
  start_watching();
  const auto whole = event("ADDED", object("d", "11"));
  transport_.stream(whole.substr(0, 10));
  transport_.stream(whole.substr(10));
  EXPECT_EQ(listener_.take(), Calls{"changed d"});
}

TEST_F(WatcherTest, after_the_end_of_a_stream_it_goes_on_from_the_last_event_and_says_nothing) {
  start_watching();
  transport_.stream(event("ADDED", object("d", "11")));
  listener_.take();
  clock_.advance(seconds(280));
  transport_.answer(200);
  transport_.ring();
  EXPECT_EQ(last(), "11");
  EXPECT_EQ(listener_.take(), Calls{});
  EXPECT_EQ(transport_.pauses.back(), Duration(0));
}

TEST_F(WatcherTest, a_bookmark_moves_it_on_without_a_call) {
  start_watching();
  transport_.stream(event("BOOKMARK", object("", "99")));
  clock_.advance(seconds(280));
  transport_.answer(200);
  transport_.ring();
  EXPECT_EQ(last(), "99");
  EXPECT_EQ(listener_.take(), Calls{});
}

TEST_F(WatcherTest, a_connection_cut_is_taken_up_where_it_was) {
  start_watching();
  clock_.advance(seconds(5));
  transport_.fail(Failure::kLost);
  transport_.ring();
  EXPECT_EQ(last(), "10");
  EXPECT_EQ(listener_.take(), Calls{});
}

TEST_F(WatcherTest, a_server_that_is_down_is_told_at_each_try_and_its_return_once) {
  start_watching();
  clock_.advance(seconds(5));
  transport_.fail(Failure::kLost);
  transport_.ring();
  for (int i = 0; i < 20; ++i) {
    transport_.fail(Failure::kNoConnection);
    EXPECT_EQ(listener_.take(), Calls{"failing unavailable"});
    EXPECT_LE(transport_.pauses.back(), seconds(3));
    transport_.ring();
  }
  transport_.open_stream();
  EXPECT_EQ(listener_.take(), Calls{"recovered"});
  EXPECT_EQ(last(), "10");
}

TEST_F(WatcherTest, a_version_that_the_server_no_longer_knows_leads_to_a_new_list) {
  for (const bool as_event : {true, false}) {
    start_watching();
    if (as_event) transport_.stream(kGone);
    transport_.answer(as_event ? 200 : 410);
    transport_.ring();
    EXPECT_EQ(last(), "list");
    transport_.answer(200, page("20", {"a"}));
    EXPECT_EQ(listener_.take(), (Calls{"begin", "item a", "end 20"}));
    EXPECT_EQ(last(), "20");
    watch_.reset();
  }
}

TEST_F(WatcherTest, nothing_after_an_error_event_is_believed) {
  start_watching();
  transport_.stream(kGone + event("ADDED", object("late", "11")));
  EXPECT_EQ(listener_.take(), Calls{});
}

TEST_F(WatcherTest, versions_that_expire_again_and_again_are_asked_for_ever_more_slowly) {
  start_watching();
  for (int i = 0; i < 12; ++i) {
    transport_.answer(410);
    transport_.ring();
    transport_.answer(200, page("20", {}));
  }
  EXPECT_GE(transport_.pauses.back(), seconds(15));
}

TEST_F(WatcherTest, pages_that_expire_begin_the_list_anew) {
  start();
  transport_.answer(200, page("10", {"a"}, "more"));
  transport_.answer(410);
  transport_.ring();
  transport_.answer(200, page("11", {"a"}));
  EXPECT_EQ(listener_.take(), (Calls{"begin", "item a", "begin", "item a", "end 11"}));
}

TEST_F(WatcherTest, a_page_that_is_too_large_is_asked_for_in_smaller_ones) {
  start();
  transport_.answer(200, page("10", {"a"}, "more"));
  for (const auto* limit : {"limit=62", "limit=7", "limit=1"}) {
    transport_.fail(Failure::kTooLarge);
    EXPECT_THAT(transport_.requests.back().target, AllOf(HasSubstr(limit), HasSubstr("continue=more")));
  }
  transport_.answer(200, page("10", {"b"}));
  EXPECT_EQ(listener_.take(), (Calls{"begin", "item a", "item b", "end 10"}));
}

TEST_F(WatcherTest, pauses_grow_and_begin_anew_after_a_stream_that_stood) {
  start_watching();
  std::vector<Duration> pauses;
  for (int i = 0; i < 4; ++i) {
    transport_.answer(200);
    pauses.push_back(transport_.pauses.back());
    transport_.ring();
    transport_.open_stream();
  }
  EXPECT_TRUE(std::is_sorted(pauses.begin(), pauses.end()));
  EXPECT_GT(pauses.back(), pauses.front());
  clock_.advance(seconds(60));
  transport_.answer(200);
  EXPECT_EQ(transport_.pauses.back(), Duration(0));
  transport_.ring();
  transport_.open_stream();
  transport_.answer(200);
  EXPECT_EQ(transport_.pauses.back(), pauses.front());
}

TEST_F(WatcherTest, a_refusal_is_told_and_tried_again_with_a_list) {
  start();
  transport_.answer(403);
  EXPECT_EQ(listener_.take(), Calls{"failing forbidden"});
  transport_.ring();
  EXPECT_EQ(last(), "list");
  transport_.answer(200, page("10", {}));
  EXPECT_EQ(listener_.take(), (Calls{"begin", "end 10"}));
}

TEST_F(WatcherTest, a_busy_server_s_own_pause_is_kept_to) {
  start();
  transport_.finish({429, "", seconds(9), Failure::kNone, ""});
  EXPECT_EQ(transport_.pauses.back(), seconds(9));
}

TEST_F(WatcherTest, a_kind_that_is_not_served_is_told_and_looked_for_again) {
  start({"example.org", "Tenant"});
  EXPECT_EQ(listener_.take(), Calls{"failing not-found"});
  clock_.advance(seconds(30));
  const auto before = transport_.requests.size();
  transport_.ring();
  ASSERT_EQ(transport_.requests.size(), before + 2);
  EXPECT_EQ(transport_.requests.back().target, "/apis");
}

TEST_F(WatcherTest, a_kind_that_vanishes_is_told) {
  start_watching();
  clock_.advance(seconds(5));
  transport_.answer(200);
  transport_.ring();
  transport_.answer(404);
  EXPECT_EQ(listener_.take(), Calls{"failing not-found"});
  transport_.server = answer_discovery;
  clock_.advance(seconds(30));
  transport_.ring();
  EXPECT_EQ(transport_.requests.rbegin()[1].target, "/apis");  // And then the list, from where it is now.
}

TEST_F(WatcherTest, nothing_is_heard_after_the_end) {
  start_watching();
  watch_.reset();
  EXPECT_EQ(transport_.open(), 0U);
  transport_.ring();
  EXPECT_EQ(listener_.take(), Calls{});
}

TEST_F(WatcherTest, a_handler_may_end_its_own_watch_at_any_call) {
  for (int last_call = 1; last_call <= 7; ++last_call) {
    int calls = 0;
    listener_.on_call = [&] {
      if (++calls == last_call) watch_.reset();
    };
    start();
    transport_.answer(200, page("10", {"a", "b"}));
    if (transport_.open() > 0) {
      transport_.open_stream();
      transport_.stream(event("ADDED", object("d", "11")) + event("DELETED", object("a", "12")) +
                        event("ERROR", {{"code", 500}}));
    }
    EXPECT_EQ(listener_.take().size(), static_cast<std::size_t>(last_call));
    EXPECT_EQ(transport_.open(), 0U);
    transport_.ring();
    EXPECT_EQ(transport_.open(), 0U);
  }
}

}  // namespace
}  // namespace reconciler::kube
