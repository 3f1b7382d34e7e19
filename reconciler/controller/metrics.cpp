#include "controller/metrics.h"

#include <algorithm>
#include <map>
#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "controller/process_figures.h"
#include "health/health.h"

namespace reconciler::controller {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries kSeconds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

double count(std::size_t number) { return static_cast<double>(number); }

}  // namespace

struct Metrics::Families {
  using Labels = std::map<std::string, std::string>;

  prometheus::Registry registry;
  Family<Counter>& requests = counter("reconciler_api_requests_total", "Requests to the API server");
  Family<Histogram>& request_seconds =
      histogram("reconciler_api_request_duration_seconds", "Duration of requests to the API server");
  Family<Histogram>& stages =
      histogram("reconciler_reconcile_duration_seconds", "Duration of the stages of a reconciliation");
  Family<Counter>& reconciles = counter("reconciler_reconciles_total", "Reconciliations by their end");
  Family<Counter>& applies = counter("reconciler_objects_applied_total", "Objects applied");
  Family<Counter>& prunes = counter("reconciler_objects_pruned_total", "Objects pruned");
  Family<Counter>& reverts = counter("reconciler_drift_reverted_total", "Objects put back to what Git says");
  Family<Counter>& looks = counter("reconciler_git_looks_total", "Looks at Git remotes that told something new");
  Family<Counter>& watch_restarts = counter("reconciler_watch_restarts_total", "Watches that ended and began anew");
  Family<Histogram>& fetch_seconds =
      histogram("reconciler_git_fetch_duration_seconds", "Duration of looks at Git remotes");
  Family<Counter>& fetch_failures = counter("reconciler_git_fetch_failures_total", "Looks at Git remotes that failed");
  Family<Histogram>& push_to_live =
      histogram("reconciler_push_to_live_seconds", "From a webhook's push to the moment at which the commit was live");
  Family<Gauge>& depth = gauge("reconciler_queue_depth", "Environments that are due or worked on");
  Family<Gauge>& events_waiting = gauge("reconciler_events_waiting", "Events for Kubernetes that are not written yet");
  Family<Gauge>& sync_status =
      gauge("reconciler_environment_sync_status", "1 for the sync status that an environment has");
  Family<Gauge>& health_status =
      gauge("reconciler_environment_health_status", "1 for the health that an environment has");
  Family<Gauge>& info = gauge("reconciler_environment_info", "What an environment follows and how it stands; always 1");
  Family<Gauge>& last_sync = gauge("reconciler_environment_last_sync_timestamp_seconds", "End of the last sync");
  Family<Gauge>& object_health =
      gauge("reconciler_environment_objects_by_health", "Objects of an environment by health");
  Family<Gauge>& resident = gauge("process_resident_memory_bytes", "Resident memory");
  Family<Gauge>& descriptors = gauge("process_open_fds", "Open file descriptors");
  Family<Counter>& cpu = counter("process_cpu_seconds_total", "Processor time, user and system");
  Family<Gauge>& objects = gauge("reconciler_environment_objects", "Objects of an environment by state");

  /// The series of one environment, which end with it.
  struct Series {
    std::vector<std::pair<Family<Gauge>*, Gauge*>> gauges;
    std::map<Counter*, Family<Counter>*> counters;
  };
  std::mutex mutex;
  std::map<std::string, Series> by_environment;  ///< Guarded by mutex.

  Family<Counter>& counter(const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauge(const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histogram(const char* name, const char* help) {
    return BuildHistogram().Name(name).Help(help).Register(registry);
  }

  /// The mutex must be held.
  void set(const std::string& environment, Family<Gauge>& family, Labels labels, double value) {
    labels.emplace("environment", environment);
    Gauge& gauge = family.Add(labels);
    gauge.Set(value);
    by_environment[environment].gauges.emplace_back(&family, &gauge);
  }

  void count(const std::string& environment, Family<Counter>& family, Labels labels, double by) {
    labels.emplace("environment", environment);
    const std::scoped_lock lock(mutex);
    Counter& counter = family.Add(labels);
    counter.Increment(by);
    by_environment[environment].counters.emplace(&counter, &family);
  }

  /// The mutex must be held.
  void forget_gauges(const std::string& environment) {
    const auto found = by_environment.find(environment);
    if (found == by_environment.end()) return;
    for (const auto& [family, gauge] : found->second.gauges) family->Remove(gauge);
    found->second.gauges.clear();
  }

  void forget(const std::string& environment) {
    const std::scoped_lock lock(mutex);
    forget_gauges(environment);
    const auto found = by_environment.find(environment);
    if (found == by_environment.end()) return;
    for (const auto& [counter, family] : found->second.counters) family->Remove(counter);
    by_environment.erase(found);
  }

  /// What the process takes, as of now.
  void read_process() {
    const auto figures = process_figures();
    if (!figures) return;
    resident.Add({}).Set(figures->resident_bytes);
    descriptors.Add({}).Set(figures->open_descriptors);
    const std::scoped_lock lock(mutex);
    auto& used = cpu.Add({});
    used.Increment(std::max(0.0, figures->cpu_seconds - used.Value()));
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::finished(std::string_view verb, std::string_view resource, int code, std::chrono::nanoseconds duration) {
  const std::string verb_text(verb);
  families_->requests.Add({{"verb", verb_text}, {"resource", std::string(resource)}, {"code", std::to_string(code)}})
      .Increment();
  if (verb == "watch") families_->watch_restarts.Add({{"resource", std::string(resource)}}).Increment();
  if (verb != "watch") families_->request_seconds.Add({{"verb", verb_text}}, kSeconds).Observe(seconds(duration));
}

void Metrics::stage(const std::string& stage, std::chrono::nanoseconds duration) {
  families_->stages.Add({{"stage", stage}}, kSeconds).Observe(seconds(duration));
}

void Metrics::reconciled(const std::string& environment, const std::string& result) {
  families_->count(environment, families_->reconciles, {{"result", result}}, 1);
}

void Metrics::applied(const std::string& environment, std::size_t objects) {
  families_->count(environment, families_->applies, {}, count(objects));
}

void Metrics::pruned(const std::string& environment, std::size_t objects) {
  families_->count(environment, families_->prunes, {}, count(objects));
}

void Metrics::reverted(const std::string& environment, std::size_t objects) {
  families_->count(environment, families_->reverts, {}, count(objects));
}

void Metrics::fetched(Duration duration, bool failed) {
  stage("fetch", duration);
  families_->fetch_seconds.Add({}, kSeconds).Observe(seconds(duration));
  if (failed) families_->fetch_failures.Add({}).Increment();
}

void Metrics::went_live(std::chrono::nanoseconds since_push) {
  families_->push_to_live.Add({}, kSeconds).Observe(seconds(since_push));
}

void Metrics::looked(const std::string& result) { families_->looks.Add({{"result", result}}).Increment(); }

void Metrics::queue_depth(std::size_t names) { families_->depth.Add({}).Set(count(names)); }

void Metrics::events_waiting(std::size_t number) { families_->events_waiting.Add({}).Set(count(number)); }

void Metrics::environment(const EnvironmentStatus& status, const std::vector<ObjectStatus>* objects) {
  auto& to = *families_;
  const auto& name = status.name;
  const std::string sync = to_string(status.sync);
  const std::string health = health::to_string(status.health);
  std::map<HealthStatus, std::size_t> by_health;
  if (objects != nullptr) {
    for (const auto& object : *objects) ++by_health[object.health];
  }
  const std::scoped_lock lock(to.mutex);
  to.forget_gauges(name);
  to.set(name, to.sync_status, {{"status", sync}}, 1);
  to.set(name, to.health_status, {{"status", health}}, 1);
  to.set(name, to.info, {{"branch", status.branch}, {"path", status.path}, {"sync", sync}, {"health", health}}, 1);
  to.set(name, to.objects, {{"state", "synced"}}, count(status.objects.synced));
  to.set(name, to.objects, {{"state", "out_of_sync"}}, count(status.objects.out_of_sync));
  for (const auto& [each, number] : by_health) {
    to.set(name, to.object_health, {{"health", health::to_string(each)}}, count(number));
  }
  if (!status.last_sync || status.last_sync->result == "Running") return;
  const auto ended = std::chrono::duration<double>(status.last_sync->finished.time_since_epoch()).count();
  to.set(name, to.last_sync, {{"result", status.last_sync->result}}, ended);
}

void Metrics::forget(const std::string& environment) { families_->forget(environment); }

std::string Metrics::text() const {
  families_->read_process();
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace reconciler::controller
