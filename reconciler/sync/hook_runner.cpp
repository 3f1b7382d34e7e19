#include "sync/hook_runner.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "health/json_view.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

using health::HealthStatus;

constexpr std::size_t kRunLength = 8;  ///< Of what a generated name ends with.
constexpr const char* kHexDigits = "0123456789abcdef";
constexpr int kLogLines = 20;
constexpr std::size_t kLogBytes = 4096;

ObjectKey object_key(const HookResult& result) { return {result.key.type, result.key.namespace_, result.object}; }

std::string name_of_run(const Hook& hook, const HookResult& result) {
  return hook.generate_name.empty() ? hook.desired.key.name : hook.generate_name + result.run().substr(0, kRunLength);
}

/// Whether a run of the hook can have had that name.
bool is_name_of_run(const Hook& hook, const std::string& name) {
  const auto& begin = hook.generate_name;
  const bool is_alike = !begin.empty() && name.size() == begin.size() + kRunLength && name.starts_with(begin);
  return is_alike && name.find_first_not_of(kHexDigits, begin.size()) == std::string::npos;
}

bool runs(const HookResult& result) { return result.outcome == HookOutcome::kRunning; }

/// It has not run yet, and will be tried again.
bool is_refused(const HookResult& result) { return runs(result) && !result.message.empty(); }

std::string words_of(const HookResult& result) {
  std::string words = std::string(to_string(result.phase)) + " hook: " + result.message;
  return result.log.empty() ? words : words + "; its last lines: " + result.log;
}

/// The end of a text, from the beginning of a line where it has several.
std::string tail(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.size() <= kLogBytes) return text;
  text.erase(0, text.size() - kLogBytes);
  const auto line = text.find('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

/// Adds the names of the Secrets that a pod has in its environment or as files, wherever its spec names them.
void collect_secret_names(const Json& spec, std::set<std::string>& names) {
  if (!spec.is_structured()) return;
  for (const auto& [field, value] : spec.items()) {
    const bool is_reference = field == "secretKeyRef" || field == "secretRef" || field == "secret";
    for (const auto* name : {"name", "secretName"}) {
      if (is_reference && !health::text(value, {name}).empty()) names.insert(health::text(value, {name}));
    }
    collect_secret_names(value, names);
  }
}

/// Whether the object is a member that left Git as one, since it became a hook, and goes.
bool gives_way(const LiveMember& object, const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&object](const Step& step) {
    const bool has_left = step.desired == nullptr && step.action != Action::kRetain;
    return has_left && step.key == object.key && step.uid == object.uid;
  });
}

/// The container whose words explain a failure: the first that ended badly.
std::string failed_container(const Json& pod) {
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    const Json* statuses = health::find(pod, {"status", list});
    if (statuses == nullptr || !statuses->is_array()) continue;
    for (const Json& status : *statuses) {
      if (health::integer(status, {"state", "terminated", "exitCode"}) != 0) return health::text(status, {"name"});
    }
  }
  return "";
}

}  // namespace

HookRunner::HookRunner(const DesiredSet& set, LiveSet live, Revision revision, std::vector<HookResult> results,
                       Means means)
    : set_(set),
      live_(std::move(live)),
      revision_(std::move(revision)),
      results_(std::move(results)),
      means_(std::move(means)) {
  for (auto& result : results_) {
    if (const auto object = live_.find(object_key(result)); object != live_.end()) recognise(result, *object->second);
  }
}

void HookRunner::recognise(HookResult& result, const LiveMember& object) const {
  if (!result.set.empty() || !result.is_of(revision_)) return;
  HookResult known = result;
  known.set = revision_.set;
  if (known.run() == object.digest) result = std::move(known);
}

const HookResult* HookRunner::find(const Hook& hook, HookPhase phase) const {
  const auto found = std::find_if(results_.begin(), results_.end(), [&](const HookResult& result) {
    return result.is_of(revision_) && result.phase == phase && result.key == hook.desired.key;
  });
  return found == results_.end() ? nullptr : &*found;
}

const Hook* HookRunner::hook_of(const HookResult& result) const {
  const auto found = std::find_if(set_.hooks.begin(), set_.hooks.end(),
                                  [&](const Hook& hook) { return hook.desired.key == result.key; });
  return found == set_.hooks.end() ? nullptr : &*found;
}

const LiveMember* HookRunner::object_of(const HookResult& result) const {
  const auto found = live_.find(object_key(result));
  return found == live_.end() || found->second->digest != result.run() ? nullptr : found->second.get();
}

const HookResult* HookRunner::result_of(const LiveMember& object) const {
  const auto found = std::find_if(results_.begin(), results_.end(), [&](const HookResult& result) {
    return object_key(result) == object.key && result.run() == object.digest;
  });
  return found == results_.end() ? nullptr : &*found;
}

bool HookRunner::has_unbegun(HookPhase phase) const {
  return std::any_of(set_.hooks.begin(), set_.hooks.end(), [&](const Hook& hook) {
    return hook.rules.phases.count(phase) != 0 && find(hook, phase) == nullptr;
  });
}

Result<HookProgress> HookRunner::advance(HookPhase phase, const Plan& plan) {
  HookProgress progress;
  std::optional<int> wave;  // The first one that has not succeeded.
  for (const auto& hook : set_.hooks) {
    if (hook.rules.phases.count(phase) == 0) continue;
    if (wave && hook.desired.place() > *wave) break;
    if (find(hook, phase) == nullptr) TRY_VOID(begin(hook, phase));
    const HookResult& result = *find(hook, phase);
    if (runs(result) && object_of(result) == nullptr) {
      TRY_VOID(create(hook, results_[static_cast<std::size_t>(&result - results_.data())], plan));
    }
    if (result.outcome == HookOutcome::kSucceeded) continue;
    wave = hook.desired.place();
    if (runs(result) && !is_refused(result)) {
      progress.awaited.push_back(
          {object_key(result), {HealthStatus::kProgressing, std::string(to_string(phase)) + " hook runs"}});
    } else {
      progress.causes.push_back({where(hook.desired), "", words_of(result)});
    }
  }
  if (!progress.causes.empty()) {
    progress.outcome = HookOutcome::kFailed;
  } else if (!progress.awaited.empty()) {
    progress.outcome = HookOutcome::kRunning;
  }
  return progress;
}

Status HookRunner::begin(const Hook& hook, HookPhase phase) {
  TRY_VOID(clear_away());  // After this, no result tells any more of which kinds they are.
  std::erase_if(results_, [this](const HookResult& result) { return !result.is_of(revision_); });
  HookResult result;
  result.key = hook.desired.key;
  result.phase = phase;
  result.revision = revision_.commit;
  result.set = revision_.set;
  result.digest = hook.desired.digest;
  result.object = name_of_run(hook, result);
  result.started = result.finished = means_.clock.wall();
  results_.push_back(std::move(result));
  return means_.record(results_);
}

Status HookRunner::create(const Hook& hook, HookResult& result, const Plan& plan) {
  if (const auto old = live_.find(object_key(result)); old != live_.end()) return make_room(*old->second);
  for (const auto& [key, object] : live_) {
    const bool is_alike = key.type == result.key.type && key.namespace_ == result.key.namespace_;
    if (!is_alike || !is_name_of_run(hook, key.name)) continue;
    const HookResult* owner = result_of(*object);
    if (owner == nullptr || owner->key == result.key) TRY_VOID(make_room(*object));
  }
  kube::CreateRequest request;
  request.key = object_key(result);
  request.api_version = hook.desired.manifest->api_version;
  request.body = hook_body(set_, hook, result).dump();
  request.account = set_.account;
  const auto created = means_.cluster.create(request);
  result.message.clear();
  if (created) return {};
  if (created.error().kind == ErrorKind::kUnavailable || created.error().kind == ErrorKind::kCancelled) {
    return fail(created.error());
  }
  if (created.error().kind == ErrorKind::kConflict) {
    TRY(const auto live, means_.cluster.get(request.key, request.api_version, kube::Projection::kMetadata));
    const auto other = reduce(live, false);
    recognise(result, other);
    if (other.digest == result.run()) return {};  // The watch is late.
    if (gives_way(other, plan)) return make_room(other);
  }
  result.message = hide_secrets("could not be created: " + created.error().line());
  return means_.record(results_);
}

/// An object of an earlier run, or one that was no hook then and has the name, goes; its going enqueues the environment
/// again.
Status HookRunner::make_room(const LiveMember& old) { return let_go(old, true); }

Status HookRunner::tend() {
  bool is_news = false;
  for (auto& result : results_) {
    if (!runs(result)) continue;
    TRY(const bool ended, end(result));
    is_news = is_news || ended;
  }
  if (is_news) TRY_VOID(means_.record(results_));
  for (const auto& [key, object] : live_) {
    const HookResult* result = result_of(*object);
    // What no result knows of was run for a revision that is no longer wanted.
    if (result == nullptr) {
      if (object->holds_result) TRY_VOID(let_go(*object, true));
      continue;
    }
    if (runs(*result)) continue;
    const Hook* hook = hook_of(*result);
    const bool removes = hook != nullptr && (result->outcome == HookOutcome::kSucceeded ? hook->rules.delete_succeeded
                                                                                        : hook->rules.delete_failed);
    TRY_VOID(let_go(*object, removes));
  }
  return {};
}

Status HookRunner::clear_away() {
  for (const auto& [key, object] : live_) {
    if (!object->holds_result && is_left_over(*object)) TRY_VOID(let_go(*object, true));
  }
  return {};
}

/// Whether it is of a hook that left Git. What we have applied since it was made has become a member.
bool HookRunner::is_left_over(const LiveMember& object) const {
  const auto is_of = [&object](const Hook& hook) {
    const ObjectKey& key = hook.desired.key;
    const bool is_alike = key.type == object.key.type && key.namespace_ == object.key.namespace_;
    return is_alike && (key.name == object.key.name || is_name_of_run(hook, object.key.name));
  };
  const auto is_same = [&object](const Desired& desired) { return desired.key == object.key; };
  const bool is_kept = !object.prune.empty() && object.prune != kPruneConfirmed;
  return !is_kept && object.owned_fields.empty() && std::none_of(set_.hooks.begin(), set_.hooks.end(), is_of) &&
         std::none_of(set_.objects.begin(), set_.objects.end(), is_same);
}

/// Whether the run has ended, and how; an object without health has done its part by being there.
Result<bool> HookRunner::end(HookResult& result) {
  const LiveMember* object = object_of(result);
  if (object == nullptr) return false;
  const auto& health = object->health;
  if (health.status == HealthStatus::kHealthy) {
    result.outcome = HookOutcome::kSucceeded;
    result.message.clear();
  } else if (health.status == HealthStatus::kDegraded || object->being_deleted) {
    result.outcome = HookOutcome::kFailed;
    result.message = hide_secrets(object->being_deleted ? "was deleted before it ended" : health.message);
    result.log = last_lines(result);
  } else {
    return false;
  }
  result.finished = means_.clock.wall();
  return true;
}

Status HookRunner::let_go(const LiveMember& object, bool remove) {
  if (remove && !object.being_deleted) {
    TRY_VOID(means_.cluster.remove(
        {object.key, object.api_version, object.uid, kube::Propagation::kBackground, kube::DryRun::kNo, set_.account}));
  }
  if (!object.holds_result) return {};
  const auto live = means_.cluster.get(object.key, object.api_version, kube::Projection::kMetadata);
  if (!live && live.error().kind == ErrorKind::kNotFound) return {};
  if (!live) return fail(live.error());
  Json finalizers = live->at("metadata").value("finalizers", Json::array());
  finalizers.erase(std::remove(finalizers.begin(), finalizers.end(), kHookFinalizer), finalizers.end());
  kube::PatchRequest request;
  request.key = object.key;
  request.api_version = object.api_version;
  request.account = set_.account;
  request.body = Json{{"metadata",
                       {{"uid", object.uid},
                        {"resourceVersion", health::text(*live, {"metadata", "resourceVersion"})},
                        {"finalizers", finalizers}}}}
                     .dump();
  const auto patched = means_.cluster.patch(request);
  if (!patched && patched.error().kind != ErrorKind::kNotFound) return fail(patched.error());
  return {};
}

Status HookRunner::repeat_failed() {
  bool any = false;
  for (auto& result : results_) {
    if (!result.is_of(revision_) || result.outcome != HookOutcome::kFailed) continue;
    const Hook* hook = hook_of(result);
    if (hook == nullptr) continue;
    ++result.attempt;
    result.digest = hook->desired.digest;
    result.object = name_of_run(*hook, result);
    result.outcome = HookOutcome::kRunning;
    result.message.clear();
    result.log.clear();
    result.started = result.finished = means_.clock.wall();
    any = true;
  }
  return any ? means_.record(results_) : Status();
}

std::string HookRunner::last_lines(const HookResult& result) {
  if (result.key.type == GroupKind{"", "Pod"}) {
    const auto pod = means_.cluster.get(object_key(result), "v1", kube::Projection::kFull);
    return pod ? last_lines_of(*pod) : "";
  }
  kube::ListRequest request;
  request.type = {"", "Pod"};
  request.version = "v1";
  request.namespace_ = result.key.namespace_;
  request.label_selector = "batch.kubernetes.io/job-name=" + result.object;
  std::vector<Json> pods;
  const auto listed = means_.cluster.list(request, [&](Json&& pod) { pods.push_back(std::move(pod)); });
  std::string log;
  for (const Json& pod : pods) {
    if (auto lines = last_lines_of(pod); !lines.empty()) log = std::move(lines);
  }
  return log;
}

/// What is hidden is hidden before the text is cut: half a value is not known for one.
std::string HookRunner::last_lines_of(const Json& pod) {
  auto log = means_.cluster.log(key_of(pod), failed_container(pod), kLogLines);
  if (!log || log->empty()) return "";
  std::set<std::string> names;
  collect_secret_names(pod.value("spec", Json()), names);
  std::vector<std::string> values;
  for (const auto& name : names) {
    const ObjectKey key{{"", "Secret"}, key_of(pod).namespace_, name};
    const auto secret = means_.cluster.get(key, "v1", kube::Projection::kFull);
    if (!secret && secret.error().kind == ErrorKind::kNotFound) continue;
    if (!secret) return "(not shown: it may hold values of " + key.text() + ", which cannot be read here)";
    for (auto& value : secret_values(*secret)) values.push_back(std::move(value));
  }
  return tail(hide_secrets(without_secrets(*std::move(log), values)));
}

std::string HookRunner::hide_secrets(std::string text) const {
  std::vector<std::string> values;
  for (const auto& manifest : *set_.rendered) {
    if (manifest.key.type != GroupKind{"", "Secret"}) continue;
    for (auto& value : secret_values(manifest.parse())) values.push_back(std::move(value));
  }
  return without_secrets(std::move(text), values);
}

}  // namespace reconciler::sync
