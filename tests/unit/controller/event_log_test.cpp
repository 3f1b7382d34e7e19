#include "controller/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EventLogTest : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& message, const std::vector<Transition>& happened = {}) {
    EnvironmentStatus status;
    status.name = name;
    status.message = message;
    log_.add(status, happened, WallTime(std::chrono::seconds(1769860800)));
  }

  static std::string text(const EventLog::Entry& entry) {
    return entry.id + " " + entry.type + " " + Json::parse(entry.data).value("message", "");
  }

  EventLog::Listener listener() {
    return
        [this](const EventLog::EntryPtr& entry) { heard_.push_back(entry == nullptr ? "handed over" : text(*entry)); };
  }

  EventLog log_{"run", 4};
  std::vector<std::string> heard_;
};

TEST_F(EventLogTest, whoever_comes_hears_how_things_stand_and_then_what_happens) {
  add("dev", "one");
  add("other", "x");
  const auto following = log_.follow("dev", "", listener());
  add("dev", "two", {{true, "Degraded", "it crashes"}});
  EXPECT_THAT(heard_, ElementsAre("run-1 status one", "run-3 transition it crashes", "run-4 status two"));
}

TEST_F(EventLogTest, whoever_comes_back_hears_what_he_missed) {
  add("dev", "one");
  add("dev", "two");
  add("other", "x");
  add("dev", "three");
  const auto following = log_.follow("dev", "run-1", listener());
  EXPECT_THAT(heard_, ElementsAre("run-2 status two", "run-4 status three"));
}

TEST_F(EventLogTest, whoever_was_away_too_long_or_comes_from_another_run_hears_how_things_stand) {
  for (const auto* message : {"1", "2", "3", "4", "5", "6"}) add("dev", message);
  const auto late = log_.follow("dev", "run-1", listener());
  EXPECT_THAT(heard_, ElementsAre("run-6 status 6"));
  heard_.clear();
  const auto foreign = log_.follow("dev", "walk-6", listener());
  EXPECT_THAT(heard_, ElementsAre("run-6 status 6"));
}

TEST_F(EventLogTest, whoever_knows_the_latest_hears_nothing_yet) {
  add("dev", "one");
  const auto following = log_.follow("dev", "run-1", listener());
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(EventLogTest, whoever_left_hears_nothing_more) {
  log_.follow("dev", "", listener()).reset();
  add("dev", "one");
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(EventLogTest, the_end_of_an_environment_is_told_once) {
  add("dev", "one");
  const auto following = log_.follow("dev", "run-1", listener());
  log_.add_gone("dev");
  log_.add_gone("dev");
  EXPECT_THAT(heard_, ElementsAre("run-2 gone "));
}

TEST_F(EventLogTest, who_follows_what_is_handed_over_is_told_so_and_hears_nothing_more) {
  add("dev", "one");
  add("other", "x");
  const auto following = log_.follow("dev", "run-2", listener());
  const auto of_other = log_.follow("other", "run-2", listener());
  log_.hand_over("dev");
  log_.hand_over("dev");
  log_.add_gone("dev");
  add("dev", "two");
  add("other", "y");
  EXPECT_THAT(heard_, ElementsAre("handed over", "run-4 status y"));
}

TEST_F(EventLogTest, who_comes_while_another_tells_hears_nothing_old) {
  add("dev", "one");
  log_.hand_over("dev");
  const auto following = log_.follow("dev", "", listener());
  EXPECT_THAT(heard_, IsEmpty());
}

}  // namespace
}  // namespace reconciler::controller
