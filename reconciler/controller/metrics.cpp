#include "controller/metrics.h"

#include <map>
#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

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

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

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
  Family<Gauge>& depth = gauge("reconciler_queue_depth", "Environments that are due or worked on");
  Family<Gauge>& sync_status =
      gauge("reconciler_environment_sync_status", "1 for the sync status that an environment has");
  Family<Gauge>& health_status =
      gauge("reconciler_environment_health_status", "1 for the health that an environment has");
  Family<Gauge>& objects = gauge("reconciler_environment_objects", "Objects of an environment by state");

  std::mutex mutex;
  std::map<std::string, std::vector<std::pair<Family<Gauge>*, Gauge*>>> by_environment;  ///< Guarded by mutex.

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
    by_environment[environment].emplace_back(&family, &gauge);
  }

  /// The mutex must be held.
  void forget(const std::string& environment) {
    const auto found = by_environment.find(environment);
    if (found == by_environment.end()) return;
    for (const auto& [family, gauge] : found->second) family->Remove(gauge);
    by_environment.erase(found);
  }
};

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::finished(std::string_view verb, std::string_view resource, int code, Duration duration) {
  const std::string verb_text(verb);
  families_->requests.Add({{"verb", verb_text}, {"resource", std::string(resource)}, {"code", std::to_string(code)}})
      .Increment();
  if (verb != "watch") families_->request_seconds.Add({{"verb", verb_text}}, kSeconds).Observe(seconds(duration));
}

void Metrics::stage(const std::string& stage, Duration duration) {
  families_->stages.Add({{"stage", stage}}, kSeconds).Observe(seconds(duration));
}

void Metrics::reconciled(const std::string& environment, const std::string& result) {
  families_->reconciles.Add({{"environment", environment}, {"result", result}}).Increment();
}

void Metrics::applied(const std::string& environment, std::size_t objects) {
  families_->applies.Add({{"environment", environment}}).Increment(count(objects));
}

void Metrics::pruned(const std::string& environment, std::size_t objects) {
  families_->prunes.Add({{"environment", environment}}).Increment(count(objects));
}

void Metrics::reverted(const std::string& environment, std::size_t objects) {
  families_->reverts.Add({{"environment", environment}}).Increment(count(objects));
}

void Metrics::looked(const std::string& result) { families_->looks.Add({{"result", result}}).Increment(); }

void Metrics::queue_depth(std::size_t names) { families_->depth.Add({}).Set(count(names)); }

void Metrics::environment(const EnvironmentStatus& status) {
  const std::scoped_lock lock(families_->mutex);
  families_->forget(status.name);
  families_->set(status.name, families_->sync_status, {{"status", to_string(status.sync)}}, 1);
  families_->set(status.name, families_->health_status, {{"status", health::to_string(status.health)}}, 1);
  families_->set(status.name, families_->objects, {{"state", "synced"}}, count(status.objects.synced));
  families_->set(status.name, families_->objects, {{"state", "out_of_sync"}}, count(status.objects.out_of_sync));
}

void Metrics::forget(const std::string& environment) {
  const std::scoped_lock lock(families_->mutex);
  families_->forget(environment);
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(families_->registry.Collect()); }

}  // namespace reconciler::controller
