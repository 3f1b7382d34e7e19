#include "kube/curl_transport.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <pthread.h>

#include "kube/credentials.h"
#include "kube/curl_easy.h"

namespace reconciler::kube {
namespace {

constexpr Duration kLongestSleep = std::chrono::minutes(1);
constexpr int kUnauthorized = 401;
constexpr int kOk = 200;

/// An exchange under way. Only the transport thread touches it.
struct Flight {
  ExchangeId id = 0;
  Exchange exchange;
  CurlEasy easy;
  CurlHeaders headers;
  std::string authorization;
  std::string body;
  std::array<char, CURL_ERROR_SIZE> reason{};
  SteadyTime began;
  bool opened = false;
  bool repeated = false;  // after a 401
};

int code_of(CURL* easy) {
  long code = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
  return static_cast<int>(code);
}

/// The empty line after the headers of a 200: the server has accepted, whatever time the body takes.
std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* user) {
  auto& flight = *static_cast<Flight*>(user);
  const bool last = size <= 2 && bytes[0] == '\r';
  if (last && !flight.opened && code_of(flight.easy.get()) == kOk) {
    flight.opened = true;
    if (flight.exchange.opened) flight.exchange.opened();
  }
  return size;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* user) {
  auto& flight = *static_cast<Flight*>(user);
  if (flight.exchange.data && code_of(flight.easy.get()) == kOk) {
    flight.exchange.data({bytes, size});
    return size;
  }
  if (flight.body.size() + size > Transport::kMaxAnswerBytes) return 0;
  flight.body.append(bytes, size);
  return size;
}

class CurlTransport final : public Transport {
 public:
  CurlTransport(const ClusterConfig& config, ServerAddress address, const ConnectOptions& options, const Clock& clock,
                CURLM* multi)
      : settings_(config, std::move(address), options.connect_timeout),
        credentials_(config, clock),
        observer_(options.observer),
        clock_(clock),
        multi_(multi),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  ~CurlTransport() override {
    thread_.request_stop();
    curl_multi_wakeup(multi_.get());
    thread_.join();
    for (auto& [id, flight] : flights_) curl_multi_remove_handle(multi_.get(), flight->easy.get());
  }

  ExchangeId start(Exchange exchange) override {
    const auto id = ++last_id_;
    auto flight = std::make_shared<Flight>();
    flight->exchange = std::move(exchange);
    post([this, id, flight] { begin(id, flight); });
    return id;
  }

  void cancel(ExchangeId id) override {
    post([this, id] { drop(id); });
  }

  void later(Duration delay, std::function<void()> task) override {
    post([this, due = clock_.steady() + delay, task = std::move(task)] { timers_.emplace(due, task); });
  }

 private:
  void post(std::function<void()> command) {
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(std::move(command));
    }
    curl_multi_wakeup(multi_.get());
  }

  void run(const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "kube-transport");
    // Signals are for the main thread; a SIGPIPE of a TLS connection is for nobody.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (!stop.stop_requested()) step();
  }

  void step() {
    obey();
    ring();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    collect();
    curl_multi_poll(multi_.get(), nullptr, 0, sleep_time(), nullptr);
  }

  void obey() {
    std::vector<std::function<void()>> commands;
    {
      const std::lock_guard lock(mutex_);
      commands.swap(commands_);
    }
    for (const auto& command : commands) command();
  }

  void ring() {
    const auto now = clock_.steady();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      const auto task = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      task();
    }
  }

  /// Until the next timer, rounded up, so that it does not wake too early to ring.
  int sleep_time() const {
    if (timers_.empty()) return static_cast<int>(kLongestSleep.count());
    const auto wait = std::chrono::ceil<Duration>(timers_.begin()->first - clock_.steady());
    return static_cast<int>(std::clamp(wait, Duration(0), kLongestSleep).count());
  }

  void begin(ExchangeId id, const std::shared_ptr<Flight>& flight) {
    auto* easy = curl_easy_init();
    flight->id = id;
    flight->easy.reset(easy);
    flight->authorization = credentials_.header();
    flight->headers = CurlSettings::headers(flight->exchange.request, flight->authorization);
    flight->body.clear();
    flight->began = clock_.steady();
    settings_.fit(easy, flight->exchange.request, flight->headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, flight->reason.data());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, flight.get());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, flight.get());
    curl_easy_setopt(easy, CURLOPT_PRIVATE, flight.get());
    flights_[id] = flight;
    curl_multi_add_handle(multi_.get(), easy);
  }

  void drop(ExchangeId id) {
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;
    curl_multi_remove_handle(multi_.get(), found->second->easy.get());
    flights_.erase(found);
  }

  void collect() {
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto result = message->data.result;
      const Flight* flight = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &flight);
      end(flight->id, result);
    }
  }

  void end(ExchangeId id, CURLcode result) {
    const auto flight = flights_.at(id);
    auto answer = answer_of(*flight, result);
    drop(id);
    observe(*flight, answer.code);
    if (answer.code == kUnauthorized && !flight->repeated && credentials_.changed_since(flight->authorization)) {
      flight->repeated = true;
      return begin(id, flight);
    }
    flight->exchange.done(std::move(answer));
  }

  HttpAnswer answer_of(Flight& flight, CURLcode result) const {
    HttpAnswer answer;
    answer.failure = failure_of(result);
    if (answer.failure != Failure::kNone) {
      answer.reason = reason_of(flight, result);
      return answer;
    }
    answer.code = code_of(flight.easy.get());
    answer.body = std::move(flight.body);
    curl_off_t seconds = 0;
    curl_easy_getinfo(flight.easy.get(), CURLINFO_RETRY_AFTER, &seconds);
    if (seconds > 0) answer.retry_after = std::chrono::seconds(std::min<curl_off_t>(seconds, 3600));
    return answer;
  }

  std::string reason_of(const Flight& flight, CURLcode result) const {
    if (failure_of(result) == Failure::kTooLarge) return "the answer is larger than 64 MiB";
    std::string reason = flight.reason.data();
    if (reason.empty()) reason = curl_easy_strerror(result);
    return "no answer from the API server at " + settings_.server() + " (" + reason + ")";
  }

  void observe(const Flight& flight, int code) const {
    if (observer_ == nullptr) return;
    const auto& request = flight.exchange.request;
    observer_->finished(request.verb, request.resource, code, clock_.steady() - flight.began);
  }

  const CurlSettings settings_;
  Credentials credentials_;
  RequestObserver* const observer_;
  const Clock& clock_;
  std::atomic<ExchangeId> last_id_ = 0;

  std::mutex mutex_;  // guards what follows
  std::vector<std::function<void()>> commands_;

  // The transport thread's own.
  CurlMulti multi_;
  std::unordered_map<ExchangeId, std::shared_ptr<Flight>> flights_;
  std::multimap<SteadyTime, std::function<void()>> timers_;

  std::jthread thread_;  // last: the rest is there when it starts
};

bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

}  // namespace

Result<std::unique_ptr<Transport>> start_curl_transport(const ClusterConfig& config, const ConnectOptions& options,
                                                        const Clock& clock) {
  if (!curl_is_ready()) return fail(ErrorKind::kInternal, "libcurl cannot be set up");
  TRY(auto address, parse_server(config.server));
  auto* multi = curl_multi_init();
  if (multi == nullptr) return fail(ErrorKind::kInternal, "libcurl cannot be set up");
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  return std::make_unique<CurlTransport>(config, std::move(address), options, clock, multi);
}

}  // namespace reconciler::kube
