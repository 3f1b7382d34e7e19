#include "kube/persistent_send.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace reconciler::kube {
namespace {

class Sending : public std::enable_shared_from_this<Sending> {
 public:
  Sending(const SendMeans& means, HttpRequest request, std::function<void(HttpAnswer&&)> done)
      : means_(means),
        request_(std::move(request)),
        done_(std::move(done)),
        deadline_(means.clock.steady() + means.time_limit) {}

  void send() {
    ++tries_;
    request_.timeout = std::max(Duration(1), remaining());
    means_.transport.start(
        {request_, {}, {}, [self = shared_from_this()](HttpAnswer&& answer) { self->take(std::move(answer)); }});
  }

 private:
  Duration remaining() const { return std::chrono::duration_cast<Duration>(deadline_ - means_.clock.steady()); }

  void take(HttpAnswer&& answer) {
    const auto pause = pause_before_retry(answer, Repeat::kSafe, tries_, remaining(), means_.random());
    if (!pause) return done_(std::move(answer));
    means_.transport.later(*pause, [self = shared_from_this()] { self->send(); });
  }

  const SendMeans means_;
  HttpRequest request_;
  const std::function<void(HttpAnswer&&)> done_;
  const SteadyTime deadline_;
  int tries_ = 0;
};

}  // namespace

void send_persistently(const SendMeans& means, HttpRequest request, std::function<void(HttpAnswer&&)> done) {
  std::make_shared<Sending>(means, std::move(request), std::move(done))->send();
}

}  // namespace reconciler::kube
