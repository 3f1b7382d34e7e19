#include "kube/http_cluster.h"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "kube/curl_transport.h"
#include "kube/json_access.h"
#include "kube/page.h"
#include "kube/requests.h"
#include "kube/status_error.h"
#include "kube/watcher.h"

namespace reconciler::kube {
namespace {

constexpr int kGone = 410;
constexpr int kNotFoundCode = 404;
constexpr int kMostRestarts = 5;
constexpr Duration kDiscoveryPause = std::chrono::milliseconds(100);

bool succeeded(const HttpAnswer& answer) { return answer.code >= 200 && answer.code < 300; }

/// What kept a request from being sent.
Error about(const ObjectKey& key, Error error) {
  if (!error.where.empty()) return std::move(error).within(key.text());
  error.where = key.text();
  return error;
}

Error error_of(const Ended& ended, const Asked& asked) {
  if (ended.cancelled) return {ErrorKind::kCancelled, "stopped", {}, asked.what};
  return error_of(ended.answer, asked);
}

/// The object that a call answers with.
Result<Json> object_of(const Ended& ended, const Asked& asked, const std::string& api_version,
                       const std::string& kind) {
  if (ended.cancelled || !succeeded(ended.answer)) return fail(error_of(ended, asked));
  auto object = Json::parse(ended.answer.body, nullptr, false);
  if (!object.is_object()) return fail(Error{ErrorKind::kUnavailable, "the answer is no object", {}, asked.what});
  if (!kind.empty()) set_type(object, api_version, kind);
  return object;
}

Result<Json> object_of(const Ended& ended, const ObjectKey& key, const std::string& api_version) {
  return object_of(ended, Asked::about(key), api_version, key.type.kind);
}

/// A value that the transport thread leaves for a waiting caller, who may have left.
class Promised {
 public:
  void set(const Status& status) {
    {
      const std::lock_guard lock(mutex_);
      if (!status_) status_ = status;
    }
    is_set_.notify_all();
  }

  Status wait() {
    std::unique_lock lock(mutex_);
    is_set_.wait(lock, [this] { return status_.has_value(); });
    return *status_;
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable is_set_;
  std::optional<Status> status_;
};

}  // namespace

class HttpCluster::Resources {
 public:
  explicit Resources(HttpCluster& cluster) : cluster_(cluster) {}

  const Result<ApiResource>& of(const GroupKind& type, const std::string& api_version) {
    if (down_) return *down_;
    auto& known = known_[{type, api_version}];
    if (!known) known = cluster_.resource(type, std::string(version_of(api_version)));
    if (*known || (*known).error().kind == ErrorKind::kNotFound) return *known;
    if (cluster_.discovery_->is_incomplete(type.group)) return *known;
    down_ = *known;
    return *down_;
  }

 private:
  HttpCluster& cluster_;
  std::map<std::pair<GroupKind, std::string>, std::optional<Result<ApiResource>>> known_;
  std::optional<Result<ApiResource>> down_;
};

HttpCluster::HttpCluster(std::unique_ptr<Transport> transport, const ConnectOptions& options, const Clock& clock)
    : clock_(clock),
      options_(options),
      discovery_(std::make_unique<Discovery>(SendMeans{*transport, clock, random_fraction, options.request_timeout})),
      transport_(std::move(transport)),
      calls_(std::make_unique<Calls>(*transport_, clock, options.request_timeout, options.stop)) {}

HttpCluster::~HttpCluster() = default;

Result<ApiResource> HttpCluster::resource(const GroupKind& type, const std::string& version) {
  while (true) {
    if (auto found = discovery_->find(type, version)) return *found;
    if (discovery_->is_due()) TRY_VOID(read_discovery());
    if (auto found = discovery_->find(type, version)) return *found;
    if (!discovery_->is_settling()) return fail(discovery_->missing(type, version));
    TRY_VOID(pause(kDiscoveryPause));
  }
}

void HttpCluster::forget_discovery() { discovery_->forget(); }

Status HttpCluster::read_discovery() {
  return wait([this](auto done) { discovery_->refresh(std::move(done)); });
}

Status HttpCluster::pause(Duration duration) {
  return wait([&](auto done) { transport_->later(duration, [done = std::move(done)] { done(Status()); }); });
}

Status HttpCluster::wait(const std::function<void(std::function<void(const Status&)> done)>& start) {
  const auto promised = std::make_shared<Promised>();
  const std::stop_callback stopped(options_.stop, [promised] {
    promised->set(fail(ErrorKind::kCancelled, "discovery of the API server's kinds: stopped"));
  });
  start([promised](const Status& status) { promised->set(status); });
  return promised->wait();
}

Result<ApiResource> HttpCluster::resource_of(const ObjectKey& key, const std::string& api_version) {
  return resource(key.type, std::string(version_of(api_version)));
}

namespace {

/// The part of a batch whose kind the cluster serves: these go out, the others are answered at once.
template <class Request>
struct Sendable {
  std::vector<std::pair<std::size_t, const ApiResource*>> requests;

  template <class Resources, class Refused>
  Sendable(std::span<const Request> all, Resources& resources, const Refused& refused) {
    requests.reserve(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto& resource = resources.of(all[i].key.type, all[i].api_version);
      if (resource) {
        requests.emplace_back(i, &*resource);
      } else {
        refused(i, resource.error());
      }
    }
  }
};

}  // namespace

void HttpCluster::apply_all(std::span<const ApplyRequest> requests, std::size_t concurrency, std::stop_token stop,
                            const Answer& answer) {
  Resources resources(*this);
  const Sendable sendable(requests, resources, [&](std::size_t i, Error error) {
    answer(i, fail(about(requests[i].key, std::move(error))));
  });
  const auto make = [&](std::size_t i) {
    const auto& [index, resource] = sendable.requests[i];
    return apply_request(*resource, requests[index]);
  };
  calls_->all(sendable.requests.size(), concurrency, Repeat::kSafe, stop, make, [&](std::size_t i, Ended&& ended) {
    const auto index = sendable.requests[i].first;
    answer(index, object_of(ended, requests[index].key, requests[index].api_version));
  });
}

void HttpCluster::remove_all(std::span<const RemoveRequest> requests, std::size_t concurrency, std::stop_token stop,
                             const Removed& removed) {
  Resources resources(*this);
  const Sendable sendable(requests, resources, [&](std::size_t i, Error error) {
    // What the cluster no longer serves is not there any more.
    if (error.kind == ErrorKind::kNotFound) return removed(i, Status());
    removed(i, fail(about(requests[i].key, std::move(error))));
  });
  const auto make = [&](std::size_t i) {
    const auto& [index, resource] = sendable.requests[i];
    return remove_request(*resource, requests[index]);
  };
  calls_->all(sendable.requests.size(), concurrency, Repeat::kSafe, stop, make, [&](std::size_t i, Ended&& ended) {
    const auto index = sendable.requests[i].first;
    const bool gone = !ended.cancelled && (succeeded(ended.answer) || ended.answer.code == kNotFoundCode);
    removed(index, gone ? Status() : fail(error_of(ended, Asked::about(requests[index].key))));
  });
}

Result<Json> HttpCluster::get(const ObjectKey& key, const std::string& api_version, Projection projection) {
  TRY(const auto resource, resource_of(key, api_version));
  return object_of(calls_->one(get_request(resource, key, projection), Repeat::kSafe), key, api_version);
}

Status HttpCluster::list(const ListRequest& request, const std::function<void(Json&& object)>& each) {
  TRY(const auto resource, this->resource(request.type, request.version));
  const auto asked = Asked::listing(request.type);
  std::string next;
  int restarts = 0;
  PageSize size;
  while (true) {
    const auto ended = calls_->one(list_request(resource, request, next, size), Repeat::kSafe);
    if (ended.answer.failure == Failure::kTooLarge && size.shrink()) continue;
    if (ended.answer.code == kGone && ++restarts <= kMostRestarts) {
      next.clear();
      continue;
    }
    if (ended.cancelled || !succeeded(ended.answer)) return fail(error_of(ended, asked));
    const auto page = read_page(ended.answer.body, [&](Json&& item) {
      set_type(item, resource.api_version(), resource.type.kind);
      each(std::move(item));
    });
    if (!page) return fail(Error{ErrorKind::kUnavailable, "the answer is no list", {}, asked.what});
    if (page->next.empty()) return {};
    next = page->next;
  }
}

Result<Json> HttpCluster::patch(const PatchRequest& request) {
  TRY(const auto resource, resource_of(request.key, request.api_version));
  const auto repeat = request.type == PatchType::kJson ? Repeat::kOnlyIfNotDone : Repeat::kSafe;
  return object_of(calls_->one(patch_request(resource, request), repeat), request.key, request.api_version);
}

Result<Json> HttpCluster::create(const CreateRequest& request) {
  TRY(const auto resource, resource_of(request.key, request.api_version));
  const auto ended = calls_->one(create_request(resource, request), Repeat::kOnlyIfNotDone);
  return object_of(ended, request.key, request.api_version);
}

Result<std::string> HttpCluster::log(const ObjectKey& pod, const std::string& container, int lines) {
  TRY(const auto resource, resource_of(pod, "v1"));
  auto ended = calls_->one(log_request(resource, pod, container, lines), Repeat::kSafe);
  if (ended.cancelled || !succeeded(ended.answer)) return fail(error_of(ended, Asked::about(pod)));
  return without_cut_line(std::move(ended.answer.body));
}

std::unique_ptr<Watch> HttpCluster::watch(const ListRequest& request, WatchHandler& handler) {
  return start_watch({*transport_, *discovery_, clock_, random_fraction, options_.request_timeout}, request, handler);
}

Result<std::string> HttpCluster::version() {
  const auto ended = calls_->one(plain_request("/version"), Repeat::kSafe);
  TRY(const auto answer, object_of(ended, Asked{"version of the API server", false}, "", ""));
  return text_of(answer, "gitVersion");
}

Status HttpCluster::ready() {
  const auto ended = calls_->one(plain_request("/readyz"), Repeat::kOnlyIfNotDone);
  if (ended.cancelled || !succeeded(ended.answer)) {
    return fail(error_of(ended, Asked{"readiness of the API server", false}));
  }
  return {};
}

Result<std::unique_ptr<Cluster>> connect(const ClusterConfig& config, const ConnectOptions& options) {
  static const SystemClock clock;
  TRY(auto transport, start_curl_transport(config, options, clock));
  return std::make_unique<HttpCluster>(std::move(transport), options, clock);
}

}  // namespace reconciler::kube
