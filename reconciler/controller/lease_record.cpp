#include "controller/lease_record.h"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "health/json_view.h"

namespace reconciler::controller {
namespace {

bool is_held(const LeaseView& view, SteadyTime now) { return now < view.held_to; }

/// `metav1.MicroTime`.
std::string micro_time(WallTime time) {
  const auto micros =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count() % 1'000'000;
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06dZ", static_cast<int>(micros));
  std::string text = rfc3339(time);
  text.replace(text.size() - 1, 1, fraction);
  return text;
}

}  // namespace

LeaseRecord read_lease(const Json& object) {
  LeaseRecord record;
  record.holder = health::text(object, {"spec", "holderIdentity"});
  record.renewed = health::text(object, {"spec", "renewTime"});
  record.transitions = health::integer(object, {"spec", "leaseTransitions"});
  record.resource_version = health::text(object, {"metadata", "resourceVersion"});
  record.uid = health::text(object, {"metadata", "uid"});
  return record;
}

LeaseStep lease_step(const LeaseView& view, const std::string& identity, SteadyTime now) {
  if (now < view.renew_at) return LeaseStep::kWait;
  if (!view.exists) return LeaseStep::kMake;
  if (view.record.holder == identity) return is_held(view, now) ? LeaseStep::kRenew : LeaseStep::kTake;
  const bool is_free = view.record.holder.empty() || now >= view.observed + kLeaseDuration;
  return is_free ? LeaseStep::kTake : LeaseStep::kWait;
}

SteadyTime next_lease_step(const LeaseView& view, const std::string& identity, SteadyTime now) {
  const bool is_others = view.exists && !view.record.holder.empty() && view.record.holder != identity;
  auto next = std::max(view.renew_at, is_others ? view.observed + kLeaseDuration : now);
  // The end of what we hold has to be told, too.
  if (is_held(view, now)) next = std::min(next, view.held_to);
  return next;
}

Json lease_spec(const LeaseView& view, const std::string& identity, WallTime now) {
  Json spec{{"holderIdentity", identity},
            {"leaseDurationSeconds", std::chrono::duration_cast<std::chrono::seconds>(kLeaseDuration).count()},
            {"renewTime", micro_time(now)}};
  if (view.record.holder == identity) return spec;
  spec["acquireTime"] = spec["renewTime"];
  spec["leaseTransitions"] = view.record.transitions + (view.exists ? 1 : 0);
  return spec;
}

}  // namespace reconciler::controller
