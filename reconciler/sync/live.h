#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "health/health.h"
#include "object/manifest.h"
#include "sync/managed_fields.h"
#include "sync/names.h"

namespace reconciler::sync {

/// What is remembered of a live object: enough to tell whether it is as Git says, without its content.
struct LiveMember {
  ObjectKey key;
  std::string api_version;
  std::string uid;
  std::string resource_version;
  /// The ApplySet that it belongs to; "" for none. Operators copy the labels of what they act for onto what they make
  /// of it: an object that has a controller and no field of ours belongs to none, whatever its labels say.
  std::string part_of;
  std::string digest;          ///< Of what Git said when we last applied it; "" when we never did.
  std::string applied_fields;  ///< Of the fields that were ours then.
  std::string owned_fields;    ///< Of the fields that are ours now.
  std::string left;            ///< The fields that it leaves to others (`paths_text`); "" for none.
  std::string prune;           ///< The annotation gitops.spira.dev/prune; "" when absent. Any word may live.
  bool autoscaled = false;     ///< A HorizontalPodAutoscaler has set its replicas.
  int wave = 0;                ///< The annotation gitops.spira.dev/wave; 0 when absent or no integer.
  bool being_deleted = false;
  std::string held_by;        ///< The finalizers that keep it from going; "" while it is not being deleted.
  bool holds_result = false;  ///< Of a hook: our finalizer keeps it.
  health::Health health;

  /// Whether somebody else changed, took or removed a field that we applied.
  bool drifted() const { return applied_fields != owned_fields; }
  bool operator==(const LiveMember&) const = default;
};

/// Objects that live, by key: the members of one environment, and those of others that it names too. Immutable values
/// behind pointers, so that copying a set is cheap.
using LiveSet = std::unordered_map<ObjectKey, std::shared_ptr<const LiveMember>>;

/// The key of any object as the API server gives it.
ObjectKey key_of(const Json& object);

/// What is remembered of an object; `part_of` is the value of the label `membership`. Its health is assessed from the
/// body when `with_health`; a body of metadata alone is Healthy as long as it is there.
LiveMember reduce(const Json& object, bool with_health, const char* membership = kPartOfLabel);

/// The object without its deletion: what is judged of a hook, whose result counts also when somebody wants it away.
Json as_if_kept(Json object);

/// A digest of the fields that our field manager owns by server-side apply, but those at `left`; "" when it owns none.
/// Equal digests mean that nobody changed,
/// took or removed any of them: another manager that does so becomes the owner in our place.
std::string owned_fields_digest(const Json& object, const std::vector<FieldPath>& left = {});

}  // namespace reconciler::sync
