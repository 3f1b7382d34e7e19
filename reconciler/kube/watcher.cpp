#include "kube/watcher.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "kube/json_access.h"
#include "kube/lines.h"
#include "kube/page.h"
#include "kube/requests.h"
#include "kube/status_error.h"

namespace reconciler::kube {
namespace {

constexpr int kGone = 410;
constexpr Duration kSteadyAfter = std::chrono::seconds(10);
constexpr Duration kLongestPause = std::chrono::seconds(30);
/// A server that is down comes back without notice, and asking it costs next to nothing.
constexpr Duration kLongestPauseUnreachable = std::chrono::seconds(3);
/// Between streams that the server ends at once, so that it is not asked in a circle.
constexpr Duration kShortStream = std::chrono::seconds(1);

/// Lives as long as any callback may still come; does nothing from `close` on.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(const WatchMeans& means, const ListRequest& request, WatchHandler& handler)
      : means_(means), request_(request), handler_(handler), asked_(Asked::listing(request.type)) {}

  void begin() {
    again_after(Duration(0), [](Follower& self) { self.resolve(); });
  }

  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    means_.transport.cancel(exchange_);
  }

 private:
  using Step = void (*)(Follower&);

  /// A function for the transport that does nothing once the watch is closed.
  template <class Do>
  auto guarded(Do action) {
    return [self = shared_from_this(), action = std::move(action)](auto&&... arguments) {
      const std::lock_guard lock(self->mutex_);
      if (!self->closed_) action(*self, std::forward<decltype(arguments)>(arguments)...);
    };
  }

  void again_after(Duration pause, Step step) {
    means_.transport.later(pause, guarded([step](Follower& self) { step(self); }));
  }

  void resolve() {
    resource_ = means_.discovery.find(request_.type, request_.version);
    if (resource_) return list("");
    if (!means_.discovery.is_due()) return fail_and_retry(missing(), kLongestPause);
    means_.discovery.refresh(guarded([](Follower& self, const Status& status) { self.resolved(status); }));
  }

  void resolved(const Status& status) {
    if (!status) return fail_and_retry(status.error(), kLongestPauseUnreachable);
    resource_ = means_.discovery.find(request_.type, request_.version);
    if (!resource_) return fail_and_retry(missing(), kLongestPause);
    list("");
  }

  Error missing() const { return means_.discovery.missing(request_.type, request_.version); }

  void list(const std::string& next) {
    auto request = list_request(*resource_, request_, next, page_size_);
    request.timeout = means_.request_timeout;
    exchange_ =
        means_.transport.start({std::move(request), {}, {}, guarded([next](Follower& self, HttpAnswer&& answer) {
                                  self.listed(next, std::move(answer));
                                })});
  }

  void listed(const std::string& asked, HttpAnswer&& answer) {
    if (answer.failure == Failure::kTooLarge && page_size_.shrink()) return list(asked);
    if (answer.code == kGone) return restart();
    if (answer.code != 200) return fail_and_resolve(answer);
    if (asked.empty()) handler_.begin_list();
    const auto page = read_page(answer.body, [this](Json&& item) {
      set_type(item, resource_->api_version(), resource_->type.kind);
      if (!closed_) handler_.item(std::move(item));
    });
    if (closed_) return;
    if (!page)
      return fail_and_retry({ErrorKind::kUnavailable, "the answer is no list", {}, asked_.what}, kLongestPause);
    if (!page->next.empty()) return list(page->next);
    resource_version_ = page->resource_version;
    failing_ = false;
    handler_.end_list(resource_version_);
    if (!closed_) follow();
  }

  void follow() {
    const auto seconds = static_cast<int>(240 + 60 * means_.random());
    auto request = watch_request(*resource_, request_, resource_version_, seconds);
    lines_.clear();
    gone_ = false;
    opened_at_.reset();
    exchange_ = means_.transport.start({std::move(request), guarded([](Follower& self) { self.opened(); }),
                                        guarded([](Follower& self, std::string_view bytes) { self.read(bytes); }),
                                        guarded([](Follower& self, HttpAnswer&& answer) { self.ended(answer); })});
  }

  void opened() {
    opened_at_ = means_.clock.steady();
    if (std::exchange(failing_, false)) handler_.recovered();
  }

  void read(std::string_view bytes) {
    lines_.add(bytes, [this](std::string_view line) {
      if (!closed_ && !gone_) take_event(line);
    });
  }

  void take_event(std::string_view line) {
    auto event = Json::parse(line, nullptr, false);
    const auto type = text_of(event, "type");
    const auto& object = member(event, "object");
    if (type == "ERROR") return take_error(object);
    if (!object.is_object()) return;
    if (auto version = text_of(member(object, "metadata"), "resourceVersion"); !version.empty())
      resource_version_ = version;
    if (type != "ADDED" && type != "MODIFIED" && type != "DELETED") return;
    hand_on(type == "DELETED", std::move(event["object"]));
  }

  void hand_on(bool deleted, Json&& object) {
    set_type(object, resource_->api_version(), resource_->type.kind);
    deleted ? handler_.deleted(std::move(object)) : handler_.changed(std::move(object));
  }

  /// Whatever the error says, what came before it may be incomplete: the stream is over, and a list sets things right.
  void take_error(const Json& status) {
    gone_ = true;
    if (number_of(status, "code") == kGone) return;
    report(error_of(number_of(status, "code"), status, asked_));
  }

  void ended(const HttpAnswer& answer) {
    const bool opened = opened_at_.has_value();
    const auto stood = opened ? means_.clock.steady() - *opened_at_ : SteadyTime::duration(0);
    if (stood >= kSteadyAfter) failures_ = 0;
    if (gone_ || answer.code == kGone) return restart();
    if (!opened) return answer.failure == Failure::kNone ? fail_and_resolve(answer) : fail_and_follow(answer);
    again_after(stood < kShortStream ? pause(kLongestPause) : Duration(0), [](Follower& self) { self.follow(); });
  }

  /// Lists again. At once for the first time, as the server asks for it; then ever more slowly.
  void restart() {
    again_after(failures_ == 0 ? count_failure(Duration(0)) : pause(kLongestPause),
                [](Follower& self) { self.list(""); });
  }

  /// The server answered and refuses: what is known of the kind may be wrong as well.
  void fail_and_resolve(const HttpAnswer& answer) {
    if (answer.code == 404) means_.discovery.forget();
    fail_and_retry(error_of(answer, asked_),
                   answer.failure == Failure::kNone ? kLongestPause : kLongestPauseUnreachable,
                   answer.retry_after.value_or(Duration(0)));
  }

  void fail_and_retry(const Error& error, Duration longest, Duration least = Duration(0)) {
    report(error);
    if (!closed_) again_after(std::max(least, pause(longest)), [](Follower& self) { self.resolve(); });
  }

  void fail_and_follow(const HttpAnswer& answer) {
    report(error_of(answer, asked_));
    if (!closed_) again_after(pause(kLongestPauseUnreachable), [](Follower& self) { self.follow(); });
  }

  void report(const Error& error) {
    failing_ = true;
    handler_.failing(error);
  }

  /// A failure of another kind begins a count of its own: a server that has just come back may refuse for a moment,
  /// until it knows its own rules again.
  Duration pause(Duration longest) {
    if (std::exchange(longest_pause_, longest) != longest) failures_ = 0;
    ++failures_;
    return back_off(failures_, longest, means_.random());
  }

  Duration count_failure(Duration pause) {
    ++failures_;
    return pause;
  }

  const WatchMeans means_;
  const ListRequest request_;
  WatchHandler& handler_;
  const Asked asked_;

  // Held while the handler is called; the handler may close the watch.
  std::recursive_mutex mutex_;
  bool closed_ = false;
  ExchangeId exchange_ = 0;
  std::optional<ApiResource> resource_;
  PageSize page_size_;
  std::string resource_version_;
  Lines lines_;
  bool gone_ = false;                       // the stream said that the resource version is too old
  bool failing_ = false;                    // the handler was told so
  int failures_ = 0;                        // in a row
  Duration longest_pause_ = kLongestPause;  // of the last of them
  std::optional<SteadyTime> opened_at_;
};

class StartedWatch final : public Watch {
 public:
  explicit StartedWatch(std::shared_ptr<Follower> follower) : follower_(std::move(follower)) { follower_->begin(); }
  ~StartedWatch() override { follower_->close(); }

 private:
  std::shared_ptr<Follower> follower_;
};

}  // namespace

std::unique_ptr<Watch> start_watch(const WatchMeans& means, const ListRequest& request, WatchHandler& handler) {
  return std::make_unique<StartedWatch>(std::make_shared<Follower>(means, request, handler));
}

}  // namespace reconciler::kube
