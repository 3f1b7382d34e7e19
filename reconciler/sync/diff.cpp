#include "sync/diff.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include <nlohmann/json.hpp>

#include "object/redact.h"
#include "sync/hand_over.h"
#include "sync/left_fields.h"
#include "sync/names.h"

namespace reconciler::sync {
namespace {

constexpr auto kServersOwn = std::to_array<std::string_view>(
    {"status", "metadata.managedFields", "metadata.resourceVersion", "metadata.generation", "metadata.uid",
     "metadata.creationTimestamp", "metadata.selfLink", "metadata.annotations[\"gitops.spira.dev/digest\"]",
     "metadata.annotations[\"gitops.spira.dev/fields\"]", "metadata.annotations[\"gitops.spira.dev/left\"]",
     "metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"]"});

bool is_passed_over(const std::string& path) {
  return std::find(kServersOwn.begin(), kServersOwn.end(), path) != kServersOwn.end();
}

std::string below(const std::string& path, const std::string& key) {
  const bool is_plain = key.find_first_of(".[]\"/") == std::string::npos && !key.empty();
  if (!is_plain) return path + "[\"" + key + "\"]";
  return path.empty() ? key : path + "." + key;
}

bool has_names(const Json& list) {
  return !list.empty() && std::all_of(list.begin(), list.end(), [](const Json& item) {
    return item.is_object() && item.contains("name") && item["name"].is_string();
  });
}

/// Walks two forms of an object side by side.
class Walk {
 public:
  explicit Walk(GroupKind type) : type_(std::move(type)) {}

  void compare(const std::string& path, const Json* before, const Json* after) {
    static const Json kNone = Json::object();
    if (path == "metadata.annotations") {
      // Key by key even where there were none, since some are passed over.
      before = before == nullptr ? &kNone : before;
      after = after == nullptr ? &kNone : after;
    }
    if (is_passed_over(path) || (before != nullptr && after != nullptr && *before == *after)) return;
    const bool both = before != nullptr && after != nullptr;
    if (both && before->is_object() && after->is_object()) return compare_fields(path, *before, *after);
    if (both && before->is_array() && after->is_array()) return compare_items(path, *before, *after);
    changes_.push_back({path, shown(path, before), shown(path, after)});
  }

  std::vector<FieldChange> changes() && { return std::move(changes_); }

 private:
  void compare_fields(const std::string& path, const Json& before, const Json& after) {
    std::set<std::string> keys;
    for (const auto& [key, value] : before.items()) keys.insert(key);
    for (const auto& [key, value] : after.items()) keys.insert(key);
    for (const auto& key : keys) compare(below(path, key), find(before, key), find(after, key));
  }

  void compare_items(const std::string& path, const Json& before, const Json& after) {
    if (has_names(before) && has_names(after)) return compare_named(path, before, after);
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      compare(path + "[" + std::to_string(i) + "]", i < before.size() ? &before[i] : nullptr,
              i < after.size() ? &after[i] : nullptr);
    }
  }

  void compare_named(const std::string& path, const Json& before, const Json& after) {
    std::set<std::string> names;
    for (const Json* list : {&before, &after}) {
      for (const Json& item : *list) names.insert(item["name"].get<std::string>());
    }
    for (const auto& name : names) compare(path + "[name=" + name + "]", named(before, name), named(after, name));
  }

  static const Json* find(const Json& object, const std::string& key) {
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
  }

  static const Json* named(const Json& list, const std::string& name) {
    for (const Json& item : list) {
      if (item["name"] == name) return &item;
    }
    return nullptr;
  }

  std::optional<std::string> shown(const std::string& path, const Json* value) const {
    if (value == nullptr) return std::nullopt;
    if (is_hidden(type_, path)) return kRedacted;
    return value->dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const GroupKind type_;
  std::vector<FieldChange> changes_;
};

bool is_told(const Step& step) {
  return step.applies() || step.action == Action::kPrune || step.action == Action::kBlocked ||
         step.action == Action::kTolerate;
}

void replace_texts(Json& value, const std::string& from, const std::string& to) {
  if (value == from) value = to;
  if (!value.is_structured()) return;
  for (Json& each : value) replace_texts(each, from, to);
}

/// What the API server makes of the manifest as a new object, which has another name for the time being.
Result<Json> tried_anew(const DesiredSet& set, const Desired& desired, kube::Cluster& cluster) {
  const auto request = anew_request(set, desired);
  TRY(auto anew, cluster.apply(request));
  replace_texts(anew, request.key.name, desired.key.name);
  return anew;
}

/// The object as its adoption leaves it; `tried` where the server does not take the manifest under another name.
Result<Json> adopted(const DesiredSet& set, const Step& step, const Json& live, Json tried, kube::Cluster& cluster) {
  const auto origin = taken_over(step, live);
  if (origin.managers.empty()) return tried;
  auto anew = tried_anew(set, *step.desired, cluster);
  if (!anew && anew.error().kind == ErrorKind::kUnavailable) return fail(std::move(anew).error());
  return anew ? as_adopted(std::move(tried), *std::move(anew), origin) : tried;
}

}  // namespace

std::vector<FieldChange> diff_fields(const Json& before, const Json& after) {
  Walk walk(key_of(after).type);
  walk.compare("", &before, &after);
  return std::move(walk).changes();
}

Json to_json(const FieldChange& change) {
  Json json{{"path", change.path}};
  if (change.before) json["before"] = *change.before;
  if (change.after) json["after"] = *change.after;
  return json;
}

Result<Drift> drift_of(const DesiredSet& set, const Step& step, kube::Cluster& cluster) {
  const auto live = cluster.get(step.key, step.api_version, kube::Projection::kFull);
  if (!live && live.error().kind == ErrorKind::kNotFound) return Drift{};
  if (!live) return fail(live.error());
  auto request = step.action == Action::kReplace ? anew_request(set, *step.desired)
                                                 : apply_request(set, *step.desired, "", kube::DryRun::kYes);
  Json body = Json::parse(request.body);
  auto lost = lost_fields(body, *live);
  if (const auto& ignore = step.desired->directives.ignore; !ignore.empty())
    request.body = with_live_values(ignore, body, *live).dump();
  TRY(auto tried, cluster.apply(request));
  if (step.action == Action::kAdopt) {
    TRY(tried, adopted(set, step, *live, std::move(tried), cluster));
  }
  return Drift{diff_fields(*live, tried), std::move(lost)};
}

Result<std::vector<ObjectDiff>> explain(const DesiredSet& set, const Plan& plan, kube::Cluster& cluster) {
  std::vector<ObjectDiff> diffs;
  for (const Step& step : plan.steps) {
    if (!is_told(step)) continue;
    ObjectDiff diff{step, {}};
    if (step.desired != nullptr && step.action != Action::kBlocked && !step.uid.empty()) {
      TRY(auto drift, drift_of(set, step, cluster));
      diff.changes = std::move(drift.changes);
    }
    diffs.push_back(std::move(diff));
  }
  return diffs;
}

Result<LiveSet> list_live(const DesiredSet& set, const ApplySetScope& scope, kube::Cluster& cluster) {
  auto kinds = scope.kinds;
  for (const auto& desired : set.objects) kinds.insert(desired.key.type);
  LiveSet live;
  for (const auto& type : kinds) {
    if (const auto served = cluster.resource(type, ""); !served) {
      if (served.error().kind == ErrorKind::kNotFound) continue;
      return fail(served.error());
    }
    kube::ListRequest request;
    request.type = type;
    request.label_selector = kPartOfLabel;
    request.projection = kube::Projection::kMetadata;
    TRY_VOID(cluster.list(request, [&](Json&& object) {
      const auto member = std::make_shared<const LiveMember>(reduce(object, false));
      if (member->part_of == set.part_of || set.find(member->key) != nullptr) live[member->key] = member;
    }));
  }
  return live;
}

}  // namespace reconciler::sync
