#include "kube/calls.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reconciler::kube {
namespace {

/// For what is under way when the caller stops.
constexpr Duration kGrace = std::chrono::milliseconds(500);

/// Where the transport thread leaves what the caller waits for. Shared, as answers may still come when the caller has
/// left.
class Inbox {
 public:
  struct Letter {
    std::size_t index;
    std::optional<HttpAnswer> answer;  // none: the pause before a retry is over
  };

  void put(Letter letter) {
    {
      const std::lock_guard lock(mutex_);
      letters_.push_back(std::move(letter));
    }
    arrived_.notify_one();
  }

  /// Nothing new is begun.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = closes_ = true;
    }
    arrived_.notify_one();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = stopped_ = true;
    }
    arrived_.notify_one();
  }

  bool closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

  bool stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }

  /// Waits for letters; also returns, once, when it is closed, and always when stopped.
  std::vector<Letter> take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return stopped_ || std::exchange(closes_, false) || !letters_.empty(); });
    return std::exchange(letters_, {});
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_;
  std::vector<Letter> letters_;
  bool closed_ = false;
  bool closes_ = false;  // just now
  bool stopped_ = false;
};

/// One use of `Calls::all`.
class Batch {
 public:
  Batch(Transport& transport, const Clock& clock, Duration time_limit, const Random& random, Repeat repeat,
        const Calls::Make& make, const Calls::Answered& answered)
      : transport_(transport),
        clock_(clock),
        time_limit_(time_limit),
        random_(random),
        repeat_(repeat),
        make_(make),
        answered_(answered) {}

  /// Both from any thread.
  void close() {
    inbox_->close();
    transport_.later(kGrace, [inbox = inbox_] { inbox->stop(); });
  }
  void stop() { inbox_->stop(); }

  void run(std::size_t count, std::size_t concurrency) {
    while (next_ < count || !open_.empty()) {
      fill(count, concurrency);
      if (open_.empty() && unreachable_) return end_unsent(count, *unreachable_, false);
      if (inbox_->closed()) end_waiting(count);
      if (open_.empty()) return;
      read(inbox_->take(), count, concurrency);
      if (inbox_->stopped()) return cancel(count);
    }
  }

 private:
  struct Open {
    SteadyTime deadline;
    int tries = 0;
    bool pauses = false;  // before the next try
    ExchangeId exchange = 0;
  };

  void fill(std::size_t count, std::size_t concurrency) {
    while (next_ < count && open_.size() < concurrency && !unreachable_ && !inbox_->closed()) open(next_++);
  }

  void open(std::size_t index) {
    open_.emplace(index, Open{clock_.steady() + time_limit_});
    send(index);
  }

  void send(std::size_t index) {
    auto& open = open_.at(index);
    open.pauses = false;
    ++open.tries;
    Exchange exchange;
    exchange.request = make_(index);
    exchange.request.timeout = remaining(open);
    exchange.done = [inbox = inbox_, index](HttpAnswer&& answer) { inbox->put({index, std::move(answer)}); };
    open.exchange = transport_.start(std::move(exchange));
  }

  Duration remaining(const Open& open) const {
    return std::max(Duration(1), std::chrono::duration_cast<Duration>(open.deadline - clock_.steady()));
  }

  /// The places that fell free are taken first, so that the server works while the caller looks at the answers.
  void read(std::vector<Inbox::Letter> letters, std::size_t count, std::size_t concurrency) {
    std::vector<std::pair<std::size_t, HttpAnswer>> ended;
    for (auto& letter : letters) {
      if (!letter.answer) {
        if (open_.count(letter.index) != 0 && !inbox_->closed()) send(letter.index);
      } else if (!retries(letter.index, *letter.answer)) {
        open_.erase(letter.index);
        if (letter.answer->failure == Failure::kNoConnection) unreachable_ = *letter.answer;
        ended.emplace_back(letter.index, std::move(*letter.answer));
      }
    }
    fill(count, concurrency);
    for (auto& [index, answer] : ended) answered_(index, Ended{std::move(answer)});
  }

  bool retries(std::size_t index, const HttpAnswer& answer) {
    auto& open = open_.at(index);
    const auto pause = pause_before_retry(answer, repeat_, open.tries, remaining(open), random_());
    if (!pause) return false;
    open.pauses = true;
    transport_.later(*pause, [inbox = inbox_, index] { inbox->put({index, std::nullopt}); });
    return true;
  }

  /// What is not at the server.
  void end_waiting(std::size_t count) {
    std::erase_if(open_, [this](const auto& entry) {
      if (!entry.second.pauses) return false;
      answered_(entry.first, Ended{{}, true});
      return true;
    });
    end_unsent(count, {}, true);
  }

  void cancel(std::size_t count) {
    for (const auto& [index, open] : std::exchange(open_, {})) {
      transport_.cancel(open.exchange);
      answered_(index, Ended{{}, true});
    }
    end_unsent(count, {}, true);
  }

  void end_unsent(std::size_t count, const HttpAnswer& answer, bool cancelled) {
    while (next_ < count) answered_(next_++, Ended{answer, cancelled});
  }

  Transport& transport_;
  const Clock& clock_;
  const Duration time_limit_;
  const Random& random_;
  const Repeat repeat_;
  const Calls::Make& make_;
  const Calls::Answered& answered_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::unordered_map<std::size_t, Open> open_;  // sent, or pausing before a retry
  std::size_t next_ = 0;
  std::optional<HttpAnswer> unreachable_;
};

}  // namespace

Calls::Calls(Transport& transport, const Clock& clock, Duration time_limit, std::stop_token stop, Random random)
    : transport_(transport),
      clock_(clock),
      time_limit_(time_limit),
      stop_(std::move(stop)),
      random_(std::move(random)) {}

void Calls::all(std::size_t count, std::size_t concurrency, Repeat repeat, const std::stop_token& stop,
                const Make& make, const Answered& answered) const {
  Batch batch(transport_, clock_, time_limit_, random_, repeat, make, answered);
  const std::stop_callback by_caller(stop, [&batch] { batch.close(); });
  const std::stop_callback by_connection(stop_, [&batch] { batch.stop(); });
  batch.run(count, std::max<std::size_t>(1, concurrency));
}

Ended Calls::one(const HttpRequest& request, Repeat repeat) const {
  Ended result;
  all(
      1, 1, repeat, {}, [&request](std::size_t) { return request; },
      [&result](std::size_t, Ended&& ended) { result = std::move(ended); });
  return result;
}

}  // namespace reconciler::kube
