#include "http/event_stream.h"

namespace reconciler::http {
namespace {

std::string wire_text(const controller::EventLog::Entry& entry) {
  return "id: " + entry.id + "\nevent: " + entry.type + "\ndata: " + entry.data + "\n\n";
}

std::optional<Streaming> follow(controller::Api& api, const std::string& environment, const std::string& since,
                                std::size_t most_waiting) {
  const auto feed = std::make_shared<Feed>(most_waiting);
  // Who lost the connection comes back after a second.
  feed->write("retry: 1000\n\n");
  auto source = api.follow_events(
      environment, since, [feed](const auto& entry) { entry ? feed->write(wire_text(*entry)) : feed->give_up(); });
  if (source == nullptr) return std::nullopt;
  return Streaming{feed, std::move(source)};
}

}  // namespace

std::optional<Streaming> open_event_stream(controller::Api& api, const Following& following, std::size_t most_waiting) {
  auto streaming = follow(api, following.environment, following.since, most_waiting);
  // As often as he came back, he would have missed as much.
  if (streaming && streaming->feed->has_given_up()) return follow(api, following.environment, "", most_waiting);
  return streaming;
}

}  // namespace reconciler::http
