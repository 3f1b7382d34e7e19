#include "cli/logging.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace reconciler::cli {
namespace {

class LoggingTest : public testing::Test {
 protected:
  /// What is written when this is logged.
  static std::string logged(LogFormat format, const std::string& message) {
    const auto before = spdlog::default_logger();
    set_up_logging(format);
    testing::internal::CaptureStderr();
    spdlog::warn("{}", message);
    spdlog::default_logger()->flush();
    spdlog::set_default_logger(before);
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LoggingTest, writes_one_json_object_a_line_whatever_the_message) {
  for (const std::string& message :
       std::vector<std::string>{"plain", "with \"quotes\"", "two\nlines", "\xff", "{} %v"}) {
    const auto line = logged(LogFormat::kJson, message);
    ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json.at("level"), "warning");
    EXPECT_EQ(json.at("time").get<std::string>().size(), sizeof "2026-01-31T12:00:00.000Z" - 1);
    if (message != "\xff") {
      EXPECT_EQ(json.at("message"), message);
    }
  }
}

TEST_F(LoggingTest, writes_text_for_people) {
  const auto line = logged(LogFormat::kText, "hello");
  EXPECT_TRUE(line.ends_with(" warning hello\n")) << line;
}

}  // namespace
}  // namespace reconciler::cli
