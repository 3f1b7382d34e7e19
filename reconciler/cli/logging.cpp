#include "cli/logging.h"

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace reconciler::cli {
namespace {

constexpr const char* kTime = "%Y-%m-%dT%H:%M:%S.%eZ";

/// The message as a JSON string. A pattern alone would leave quotes and line ends in it as they are.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    const auto text = nlohmann::json(std::string(message.payload.data(), message.payload.size()))
                          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

std::unique_ptr<spdlog::formatter> json_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JsonMessage>('*');
  formatter->set_pattern(std::string("{\"time\":\"") + kTime + "\",\"level\":\"%l\",\"message\":%*}");
  return formatter;
}

std::unique_ptr<spdlog::formatter> text_formatter() {
  return std::make_unique<spdlog::pattern_formatter>(std::string(kTime) + " %^%l%$ %v", spdlog::pattern_time_type::utc);
}

}  // namespace

void set_up_logging(LogFormat format) {
  auto logger = std::make_shared<spdlog::logger>("reconciler", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_formatter(format == LogFormat::kJson ? json_formatter() : text_formatter());
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace reconciler::cli
