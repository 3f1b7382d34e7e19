#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kube/cluster.h"
#include "object/manifest.h"
#include "sync/directives.h"
#include "sync/hooks.h"

namespace reconciler::sync {

/// One object as Git wants it in the cluster.
struct Desired {
  ObjectKey key;  ///< With the namespace where it will live.
  const Manifest* manifest = nullptr;
  std::string
      digest;  ///< Of all that we would apply: body, namespace, membership, and which fields are left to others.
  Directives directives;    ///< Its own, and what the environment's rules add.
  std::string note;         ///< What a plan says besides; may be empty.
  std::optional<int> wave;  ///< As its annotation says, or as `settle_order` found.
  std::vector<ObjectKey> depends_on;

  int place() const { return wave.value_or(0); }
};

/// The object and its file, for errors.
std::string where(const Desired& desired);

bool is_namespace(const GroupKind& type);
bool is_definition(const GroupKind& type);
/// The kind that a CustomResourceDefinition brings.
GroupKind defined_kind(const Manifest& definition);

/// An object that is run in the course of a sync instead of being kept.
struct Hook {
  Desired desired;
  HookRules rules;
  std::string generate_name;  ///< What the name of each run begins with; "" when it has the name that Git says.
};

/// All of an environment's objects, in the order in which they are applied: by wave, rank of kind, then as rendered.
/// Immutable; holds the rendering that it points into.
struct DesiredSet {
  std::string part_of;  ///< The environment's ApplySet.
  std::shared_ptr<const Rendered> rendered;
  std::vector<Desired> objects;
  std::unordered_map<ObjectKey, std::size_t> index;  ///< Into `objects`.
  std::vector<Hook> hooks;                           ///< In the order in which they run: by wave, rank, as rendered.
  std::string account;                               ///< As whom its objects are written; "" for the service's own.

  const Desired* find(const ObjectKey& key) const;
};

/// Of all objects and hooks. Two sets of one commit can differ: another file of the environment, or another remote
/// base, makes another one.
std::string digest_of(const DesiredSet& set);

/// Leaves these fields (JSON pointers) of the object to others, besides those that it leaves already.
void leave_fields(Desired& desired, const std::vector<std::string>& pointers);

/// Gives every rendered object its place in the cluster: namespaced ones without a namespace go to `default_namespace`.
/// Whether a kind has namespaces is asked of the set's own definitions first, then of the cluster (which answers from
/// memory for kinds that it knows).
/// Errors: kRejected with all causes: kinds that neither the cluster nor the set defines, two objects of one key, and
/// what `read_order` and `settle_order` refuse. kUnavailable when the cluster had to be asked and did not answer.
Result<DesiredSet> place(const std::shared_ptr<const Rendered>& rendered, const std::string& part_of,
                         const std::string& default_namespace, kube::Cluster& cluster);

/// What goes to the API server for an object: the manifest's body with the ApplySet's label and our annotations.
/// `fields` is the text of the fields annotation. Both calls that apply one object, dry-run and real, name the same
/// fields.
kube::ApplyRequest apply_request(const DesiredSet& set, const Desired& desired, const std::string& fields,
                                 kube::DryRun dry_run);
/// The same, of an object that does not live: makes it, and is kConflict where it lives by now.
kube::ApplyRequest creating_request(const DesiredSet& set, const Desired& desired, const std::string& fields);

/// The request that tries an object under a name that nobody has, as if it were new. Nothing is changed.
kube::ApplyRequest anew_request(const DesiredSet& set, const Desired& desired);

/// The object of one run of a hook: marked as ours, and kept by a finalizer until its result is recorded.
Json hook_body(const DesiredSet& set, const Hook& hook, const HookResult& result);

/// The request that tries a hook under a name that nothing else has, in its namespace or another one. Nothing changes.
kube::ApplyRequest trial_request(const DesiredSet& set, const Hook& hook, const std::string& namespace_);

/// The request that tries an object whose namespace does not exist yet in another one. Nothing is changed.
kube::ApplyRequest trial_request(const DesiredSet& set, const Desired& desired, const std::string& namespace_);

}  // namespace reconciler::sync
