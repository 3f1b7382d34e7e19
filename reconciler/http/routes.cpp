#include "http/routes.h"

#include <algorithm>
#include <chrono>
#include <set>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "http/push_event.h"
#include "http/suspend_order.h"

namespace reconciler::http {

/// A pattern is compared segment by segment; "{}" takes any one, which becomes the handler's argument.
struct Routes::Route {
  const char* method;
  std::vector<std::string_view> pattern;
  Right right;
  Handler handler;
};

namespace {

/// The segment in the place of "{}" ("" when there is no such place), or nothing when the path does not fit.
std::optional<std::string> match(const std::vector<std::string_view>& pattern, const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  std::string argument;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (pattern[i] == "{}") {
      argument = path[i];
    } else if (pattern[i] != path[i]) {
      return std::nullopt;
    }
  }
  return argument;
}

Response not_allowed(const std::set<std::string>& methods) {
  std::string allow;
  for (const auto& method : methods) allow += (allow.empty() ? "" : ", ") + method;
  auto response = error_response(405, "this path takes " + allow);
  response.headers.emplace_back("Allow", allow);
  return response;
}

Response no_such_environment(const std::string& name) {
  return error_response(404, "there is no environment '" + name + "'");
}

/// A form instead of JSON is what GitHub sends when its webhook's content type is left as it is at first.
Response unreadable(const Request& request, const Error& error) {
  if (request.header("Content-Type").starts_with("application/x-www-form-urlencoded") &&
      !request.body.starts_with('{')) {
    return error_response(415, "set the webhook's content type to application/json");
  }
  return error_response(error);
}

/// Whether what was asked for is in the cluster, or only counts so far.
Response kept_response(bool is_kept) { return json_response(is_kept ? 200 : 202, {{"kept", is_kept}}); }

Response pong() { return json_response(200, {{"message", "pong"}}); }

}  // namespace

Response Routes::handle(const Request& request) noexcept try {
  return dispatch(request);
} catch (const std::exception& thrown) {
  spdlog::error("http: {} failed: {}", request.method, thrown.what());
  return error_response(Error{});
}

Response Routes::dispatch(const Request& request) {
  static const std::vector<Route> kRoutes = {
      {"GET", {"livez"}, Right::kNone, &Routes::livez},
      {"GET", {"readyz"}, Right::kNone, &Routes::readyz},
      {"GET", {"metrics"}, Right::kNone, &Routes::metrics},
      {"POST", {"webhooks", "{}"}, Right::kNone, &Routes::webhook},
      {"GET", {"api", "v1", "environments"}, Right::kRead, &Routes::list},
      {"GET", {"api", "v1", "environments", "{}"}, Right::kRead, &Routes::show},
      {"GET", {"api", "v1", "environments", "{}", "objects"}, Right::kRead, &Routes::objects},
      {"GET", {"api", "v1", "environments", "{}", "events"}, Right::kRead, &Routes::events},
      {"POST", {"api", "v1", "environments", "{}", "sync"}, Right::kSync, &Routes::sync},
      {"POST", {"api", "v1", "environments", "{}", "suspend"}, Right::kWrite, &Routes::suspend},
      {"POST", {"api", "v1", "environments", "{}", "resume"}, Right::kWrite, &Routes::resume},
  };
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::set<std::string> allowed;
  for (const auto& route : kRoutes) {
    const auto argument = match(route.pattern, request.segments);
    if (!argument) continue;
    if (route.method == method) {
      if (auto refusal = access_.refuse(route.right, request)) return *std::move(refusal);
      return (this->*route.handler)(request, *argument);
    }
    allowed.insert(route.method);
    if (std::string_view(route.method) == "GET") allowed.insert("HEAD");
  }
  return allowed.empty() ? error_response(404, "there is nothing at this path") : not_allowed(allowed);
}

Response Routes::list(const Request&, const std::string&) {
  Json items = Json::array();
  for (const auto& environment : api_.environments()) items.push_back(controller::to_json(*environment));
  return json_response(200, {{"environments", std::move(items)}});
}

Response Routes::show(const Request&, const std::string& name) {
  const auto environment = api_.environment(name);
  return environment ? json_response(200, controller::to_json(*environment)) : no_such_environment(name);
}

Response Routes::objects(const Request&, const std::string& name) {
  const auto objects = api_.objects(name);
  if (!objects && api_.environment(name)) {
    return error_response(503, "another replica works on environment '" + name + "' and knows its objects; ask again");
  }
  if (!objects) return no_such_environment(name);
  Json items = Json::array();
  for (const auto& object : *objects) items.push_back(controller::to_json(object));
  return json_response(200, {{"objects", std::move(items)}});
}

Response Routes::events(const Request& request, const std::string& name) {
  if (api_.environment(name) == nullptr) return no_such_environment(name);
  Response response{200, "text/event-stream", "", {}};
  response.following = Following{name, std::string(request.header("Last-Event-ID"))};
  return response;
}

Response Routes::sync(const Request&, const std::string& name) {
  const auto id = api_.request_sync(name);
  if (!id) return error_response(id.error());
  return json_response(202, {{"id", *id}});
}

Response Routes::suspend(const Request& request, const std::string& name) {
  const auto order = read_suspend_order(request.body);
  if (!order) return error_response(order.error());
  const auto suspended = api_.request_suspend(name, order->by, order->reason);
  return suspended ? kept_response(*suspended) : error_response(suspended.error());
}

Response Routes::resume(const Request&, const std::string& name) {
  const auto resumed = api_.request_resume(name);
  return resumed ? kept_response(*resumed) : error_response(resumed.error());
}

Response Routes::webhook(const Request& request, const std::string& name) {
  const auto forge = forge_named(name);
  if (!forge) return error_response(404, "webhooks are at github, gitlab, gitea, bitbucket and generic");
  if (!access_.has_webhook_secret()) {
    return error_response(403, "webhooks are off: start the service with --webhook-secret-file FILE");
  }
  if (is_unsigned_ping(*forge, request)) return pong();
  const auto secret = access_.webhook_secret();
  if (!secret || !is_authentic(*forge, request, *secret)) {
    note_bad_signature(name);
    return unauthorized("the signature is missing or wrong: the webhook must be set up with the service's secret");
  }
  const auto delivery = parse_delivery(*forge, event_of(*forge, request), request.body);
  if (!delivery) return unreadable(request, delivery.error());
  if (delivery->kind == Delivery::Kind::kPing) return pong();

  std::set<std::string> names;
  for (const auto& push : delivery->pushes) {
    for (auto& environment : api_.pushed(push)) names.insert(std::move(environment));
  }
  return json_response(202, {{"environments", names}});
}

void Routes::note_bad_signature(const std::string& forge) {
  using std::chrono::steady_clock, std::chrono::seconds;
  const auto now = std::chrono::duration_cast<seconds>(steady_clock::now().time_since_epoch()).count();
  if (noted_.exchange(now) != now) spdlog::warn("http: a {} webhook has no valid signature", forge);
}

Response Routes::metrics(const Request&, const std::string&) {
  return Response{200, "text/plain; version=0.0.4; charset=utf-8", api_.metrics(), {}};
}

Response Routes::livez(const Request&, const std::string&) {
  return api_.live() ? text_response(200, "ok\n") : text_response(503, "the service is stuck\n");
}

Response Routes::readyz(const Request&, const std::string&) {
  return api_.ready() ? text_response(200, "ok\n")
                      : text_response(503, "not every environment has been looked at yet\n");
}

}  // namespace reconciler::http
