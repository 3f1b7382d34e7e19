#include "sync/desired.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "health/json_view.h"
#include "object/kind_order.h"
#include "sync/names.h"
#include "sync/order.h"

namespace reconciler::sync {
namespace {

/// Leaves room for a suffix of 8 in the 52 characters that a CronJob's name may have, which is the least.
constexpr std::size_t kTrialNameLength = 43;

/// An apply that names a version is a conflict where the object lives in another one, and makes it where none lives.
constexpr const char* kNoObjectsVersion = "1";

/// Kinds that the set itself defines, and whether their objects have namespaces.
using Definitions = std::map<GroupKind, bool>;

Definitions definitions_of(const Rendered& rendered) {
  Definitions definitions;
  for (const auto& manifest : rendered) {
    if (!is_definition(manifest.key.type)) continue;
    definitions[defined_kind(manifest)] = health::text(manifest.parse(), {"spec", "scope"}) != "Cluster";
  }
  return definitions;
}

/// Answers "has this kind namespaces?" and remembers the answers of one placing.
class Scopes {
 public:
  Scopes(const Rendered& rendered, kube::Cluster& cluster) : known_(definitions_of(rendered)), cluster_(cluster) {}

  Result<bool> namespaced(const GroupKind& type, const std::string& api_version) {
    const auto found = known_.find(type);
    if (found != known_.end()) return found->second;
    TRY(const auto resource, cluster_.resource(type, std::string(version_of(api_version))));
    return known_[type] = resource.namespaced;
  }

 private:
  Definitions known_;
  kube::Cluster& cluster_;
};

std::string where_is(const Manifest& manifest, const ObjectKey& key) {
  return manifest.origin.empty() ? key.text() : key.text() + " (" + manifest.origin + ")";
}

/// Labels or annotations that are no map are left as they are: the API server refuses them better than we could.
void annotate(Json& metadata, const char* field, const char* name, const std::string& value) {
  Json& map = metadata[field];
  if (map.is_object() || map.is_null()) map[name] = value;
}

/// The API server moves what `stringData` says into `data` and keeps no owner for it: it could be edited unseen, and
/// would stay when it left Git. So it is said in `data`. What is no text is left for the API server to refuse.
void move_string_data(Json& secret) {
  const auto texts = secret.find("stringData");
  if (texts == secret.end() || !texts->is_object()) return;
  const bool is_text = std::all_of(texts->begin(), texts->end(), [](const Json& value) { return value.is_string(); });
  Json data = secret.value("data", Json());
  if (!is_text || (!data.is_object() && !data.is_null())) return;
  for (const auto& [key, value] : texts->items()) data[key] = base64(value.get_ref<const std::string&>());
  secret.erase("stringData");
  if (!data.is_null()) secret["data"] = std::move(data);
}

void append(std::vector<Cause>& causes, std::vector<Cause> more) {
  std::move(more.begin(), more.end(), std::back_inserter(causes));
}

std::vector<Cause> refuse_dependencies(const Desired& hook) {
  if (hook.depends_on.empty()) return {};
  return {{where(hook), annotation_field(kDependsOnAnnotation), "a hook has no dependencies; order hooks by waves"}};
}

Hook make_hook(Desired desired, HookRules rules) {
  auto generate_name = health::text(desired.manifest->parse(), {"metadata", "generateName"});
  return {std::move(desired), std::move(rules), std::move(generate_name)};
}

Json desired_body(const DesiredSet& set, const Desired& desired, const std::string& fields) {
  Json body = desired.manifest->parse();
  if (desired.key.type == GroupKind{"", "Secret"}) move_string_data(body);
  Json& metadata = body["metadata"];
  annotate(metadata, "labels", kPartOfLabel, set.part_of);
  annotate(metadata, "annotations", kDigestAnnotation, desired.digest);
  annotate(metadata, "annotations", kFieldsAnnotation, fields);
  if (!desired.directives.ignore.empty()) annotate(metadata, "annotations", kLeftAnnotation, "");
  return body;
}

kube::ApplyRequest request(const DesiredSet& set, const Desired& desired, const Json& body, kube::DryRun dry_run) {
  kube::ApplyRequest request;
  request.key = desired.key;
  request.api_version = desired.manifest->api_version;
  request.body = body.dump();
  request.dry_run = dry_run;
  request.field_manager = kFieldManager;
  request.account = set.account;
  return request;
}

/// A name that nobody has.
std::string trial_name(const Desired& desired, const std::string& suffix) {
  auto name = desired.key.name.substr(0, kTrialNameLength);
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name + "-" + suffix;
}

}  // namespace

std::string where(const Desired& desired) { return where_is(*desired.manifest, desired.key); }

bool is_namespace(const GroupKind& type) { return type.group.empty() && type.kind == "Namespace"; }

bool is_definition(const GroupKind& type) {
  return type.group == "apiextensions.k8s.io" && type.kind == "CustomResourceDefinition";
}

GroupKind defined_kind(const Manifest& definition) {
  const Json body = definition.parse();
  return {health::text(body, {"spec", "group"}), health::text(body, {"spec", "names", "kind"})};
}

std::string digest_of(const DesiredSet& set) {
  std::string all;
  for (const auto& desired : set.objects) all += desired.digest;
  for (const auto& hook : set.hooks) all += hook.desired.digest;
  return sha256_hex(all).substr(0, 32);
}

const Desired* DesiredSet::find(const ObjectKey& key) const {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : &objects[found->second];
}

void leave_fields(Desired& desired, const std::vector<std::string>& pointers) {
  auto& ignore = desired.directives.ignore;
  for (const auto& pointer : pointers) {
    if (std::find(ignore.begin(), ignore.end(), pointer) != ignore.end()) continue;
    ignore.push_back(pointer);
    desired.digest = sha256_hex(desired.digest + "\n" + pointer).substr(0, 32);
  }
}

Result<DesiredSet> place(const std::shared_ptr<const Rendered>& rendered, const std::string& part_of,
                         const std::string& default_namespace, kube::Cluster& cluster) {
  Scopes scopes(*rendered, cluster);
  DesiredSet set{part_of, rendered, {}, {}, {}, ""};
  std::vector<Cause> causes;
  std::unordered_map<ObjectKey, const Manifest*> seen;
  for (const auto& manifest : *rendered) {
    ObjectKey key = manifest.key;
    const auto namespaced = scopes.namespaced(key.type, manifest.api_version);
    if (!namespaced && namespaced.error().kind != ErrorKind::kNotFound) return fail(namespaced.error());
    if (!namespaced) {
      causes.push_back({where_is(manifest, key), "", namespaced.error().message});
      continue;
    }
    if (key.type == GroupKind{kOwnGroup, "Environment"}) {
      causes.push_back(
          {where_is(manifest, key), "", "is made by the service alone; put its file among those of the environments"});
      continue;
    }
    key.namespace_ = !*namespaced ? "" : key.namespace_.empty() ? default_namespace : key.namespace_;
    const auto [first, is_new] = seen.emplace(key, &manifest);
    if (!is_new) {
      causes.push_back({where_is(manifest, key), "",
                        "is already made by " + where_is(*first->second, key) + "; keep one of the two"});
      continue;
    }
    const auto digest = sha256_hex(part_of + "\n" + key.namespace_ + "\n" + manifest.body).substr(0, 32);
    Desired desired{key, &manifest, digest, read_directives(manifest, where_is(manifest, key), causes), "", {}, {}};
    leave_fields(desired, std::exchange(desired.directives.ignore, {}));
    append(causes, read_order(desired));
    if (auto rules = read_hook(desired, causes)) {
      append(causes, refuse_dependencies(desired));
      set.hooks.push_back(make_hook(std::move(desired), *std::move(rules)));
    } else {
      set.objects.push_back(std::move(desired));
    }
  }
  std::stable_sort(set.hooks.begin(), set.hooks.end(), [](const Hook& a, const Hook& b) {
    return std::pair(a.desired.place(), apply_rank(a.desired.key.type)) <
           std::pair(b.desired.place(), apply_rank(b.desired.key.type));
  });
  append(causes, settle_order(set.objects));
  if (!causes.empty()) return fail(ErrorKind::kRejected, "objects that this cluster cannot hold", std::move(causes));
  for (std::size_t i = 0; i < set.objects.size(); ++i) set.index.emplace(set.objects[i].key, i);
  return set;
}

kube::ApplyRequest apply_request(const DesiredSet& set, const Desired& desired, const std::string& fields,
                                 kube::DryRun dry_run) {
  return request(set, desired, desired_body(set, desired, fields), dry_run);
}

kube::ApplyRequest creating_request(const DesiredSet& set, const Desired& desired, const std::string& fields) {
  Json body = desired_body(set, desired, fields);
  body["metadata"]["resourceVersion"] = kNoObjectsVersion;
  return request(set, desired, body, kube::DryRun::kNo);
}

kube::ApplyRequest anew_request(const DesiredSet& set, const Desired& desired) {
  Json body = desired_body(set, desired, "");
  auto trial = request(set, desired, body, kube::DryRun::kYes);
  trial.key.name = trial_name(desired, "anew");
  body["metadata"]["name"] = trial.key.name;
  trial.body = body.dump();
  return trial;
}

Json hook_body(const DesiredSet& set, const Hook& hook, const HookResult& result) {
  Json body = hook.desired.manifest->parse();
  if (hook.desired.key.type == GroupKind{"", "Secret"}) move_string_data(body);
  Json& metadata = body["metadata"];
  metadata.erase("generateName");
  metadata["name"] = result.object;
  annotate(metadata, "labels", kHookOfLabel, set.part_of);
  annotate(metadata, "annotations", kDigestAnnotation, result.run());
  metadata["finalizers"].push_back(kHookFinalizer);
  return body;
}

kube::ApplyRequest trial_request(const DesiredSet& set, const Hook& hook, const std::string& namespace_) {
  HookResult trial;
  trial.object = trial_name(hook.desired, hook.desired.digest.substr(0, 8));
  Json body = hook_body(set, hook, trial);
  if (body["metadata"].contains("namespace")) body["metadata"]["namespace"] = namespace_;
  auto request = sync::request(set, hook.desired, body, kube::DryRun::kYes);
  request.key.name = trial.object;
  request.key.namespace_ = namespace_;
  return request;
}

kube::ApplyRequest trial_request(const DesiredSet& set, const Desired& desired, const std::string& namespace_) {
  Json body = desired_body(set, desired, "");
  if (body["metadata"].contains("namespace")) body["metadata"]["namespace"] = namespace_;
  auto trial = request(set, desired, body, kube::DryRun::kYes);
  trial.key.namespace_ = namespace_;
  return trial;
}

}  // namespace reconciler::sync
