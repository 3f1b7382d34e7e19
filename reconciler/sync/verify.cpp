#include "sync/verify.h"

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "sync/attempts.h"
#include "sync/diff.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

/// Objects that are tried at a time: their bodies and answers are in memory together.
constexpr std::size_t kBatch = 200;

using Steps = std::vector<const Step*>;

/// Of all that an apply can change. Two objects of one content have one digest; the reverse is looked at again.
std::size_t content_digest(Json object) {
  object.erase("status");
  Json& metadata = object["metadata"];
  for (const auto* field : {"managedFields", "resourceVersion", "generation"}) metadata.erase(field);
  if (metadata.contains("annotations")) {
    for (const auto* name : {kDigestAnnotation, kFieldsAnnotation, kLeftAnnotation})
      metadata["annotations"].erase(name);
  }
  return std::hash<std::string>{}(object.dump(-1, ' ', false, Json::error_handler_t::replace));
}

class Verifier {
 public:
  Verifier(const DesiredSet& set, kube::Cluster& cluster, const Effort& effort, std::stop_token stop)
      : set_(set), cluster_(cluster), effort_(effort), stop_(std::move(stop)) {}

  Result<Verified> run(const Plan& plan) {
    std::map<GroupKind, Steps> kept;
    for (const Step& step : plan.steps) {
      if (step.action == Action::kKeep) kept[step.key.type].push_back(&step);
    }
    for (const auto& [type, steps] : kept) TRY_VOID(look_at(type, steps));
    return Verified{std::move(different_), attempts_.refusals()};
  }

 private:
  Status look_at(const GroupKind& type, const Steps& steps) {
    std::unordered_map<ObjectKey, std::size_t> live;
    kube::ListRequest request;
    request.type = type;
    request.version = version_of(steps.front()->api_version);
    request.label_selector = std::string(kPartOfLabel) + "=" + set_.part_of;
    TRY_VOID(cluster_.list(request, [&](Json&& object) {
      auto key = key_of(object);
      live.emplace(std::move(key), content_digest(std::move(object)));
    }));
    for (std::size_t begin = 0; begin < steps.size(); begin += kBatch) {
      TRY_VOID(try_batch({steps.begin() + static_cast<std::ptrdiff_t>(begin),
                          steps.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kBatch, steps.size()))},
                         live));
    }
    return {};
  }

  Status try_batch(const Steps& steps, const std::unordered_map<ObjectKey, std::size_t>& live) {
    std::vector<kube::ApplyRequest> requests;
    for (const Step* step : steps) requests.push_back(apply_request(set_, *step->desired, "", kube::DryRun::kYes));
    Steps suspects;
    cluster_.apply_all(requests, effort_.concurrency, stop_, [&](std::size_t n, Result<Json>&& answer) {
      if (!answer) return attempts_.failed(*steps[n]->desired, std::move(answer).error());
      const auto found = live.find(steps[n]->key);
      if (found == live.end() || found->second != content_digest(*std::move(answer))) suspects.push_back(steps[n]);
    });
    if (const auto& interruption = attempts_.interruption()) return fail(*interruption);
    for (const Step* step : suspects) {
      TRY(const auto drift, drift_of(set_, *step, cluster_));
      if (!drift.changes.empty()) different_.insert(step->key);
    }
    return {};
  }

  const DesiredSet& set_;
  kube::Cluster& cluster_;
  const Effort& effort_;
  std::stop_token stop_;
  std::set<ObjectKey> different_;
  Attempts attempts_;
};

}  // namespace

Result<Verified> verify(const DesiredSet& set, const Plan& plan, kube::Cluster& cluster, const Effort& effort,
                        std::stop_token stop) {
  return Verifier(set, cluster, effort, std::move(stop)).run(plan);
}

}  // namespace reconciler::sync
