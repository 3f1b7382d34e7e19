#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sync/desired.h"
#include "sync/live.h"

namespace reconciler::sync {

enum class Action {
  kKeep,      ///< Lives as Git says.
  kCreate,    ///< Does not live yet, as far as is known.
  kAdopt,     ///< Lives without belonging to any environment, and becomes one of ours.
  kChange,    ///< Git says something new.
  kReplace,   ///< The same, and the API server takes it for a new object only: deleted first.
  kRevert,    ///< Somebody changed what Git says.
  kTolerate,  ///< Somebody changed or deleted what Git says, and the environment does not heal itself.
  kWait,      ///< Is being deleted: made again once it is gone.
  kPrune,     ///< Lives as a member but left Git.
  kRetain,    ///< The same, but something forbids to prune it.
  kSkip,      ///< Is left alone, as its annotation asks.
  kBlocked,   ///< Belongs to somebody else: only a person can decide.
};

/// The word that plans, the status API and `diff` use: "keep", "create", …
const char* to_string(Action action);

/// Why an object of `apply: IfNotPresent` is skipped.
inline constexpr const char* kLeftAlone = "apply: IfNotPresent leaves it alone, since it lives";

/// What is to be done about one object.
struct Step {
  ObjectKey key;
  Action action = Action::kKeep;
  std::string reason;                ///< For people; empty for kKeep, unless there is a note.
  const Desired* desired = nullptr;  ///< Null for kPrune and kRetain.
  std::string uid;                   ///< Of the live object; "" when there is none.
  std::string api_version;
  std::string waits_for = {};  ///< What has to happen before it is done, for people; "" when nothing has.
  bool is_confirmed = false;   ///< Of what left Git: its annotation lets it go.

  bool applies() const;
  bool writes() const { return applies() || action == Action::kPrune; }
  bool is_held() const { return !waits_for.empty(); }
};

/// An object that others wait for.
struct Awaited {
  ObjectKey key;
  health::Health health;  ///< Progressing when it is not as Git says yet.
};

/// What an environment allows.
struct Policy {
  bool prune = true;
  bool self_heal =
      true;  ///< Puts back what others changed; without, what they deleted stays away once all was applied.
  bool apply_all = false;  ///< Applies objects that are in sync too (a manual resync).
  bool protect = true;     ///< Keeps namespaces, definitions and volume claims that left Git without a confirmation.
  std::set<ObjectKey> contested = {};  ///< Objects that others change each time that they are put back: left for now.
  std::set<ObjectKey> different = {};  ///< Objects that `verify` found to differ.
  std::set<ObjectKey> unused = {};     ///< Definitions that need no confirmation: no object of their kind lives.
  std::map<ObjectKey, std::string> shared = {};  ///< What objects of another environment stand on, and of which one.
  bool in_order = true;  ///< Waves and dependencies hold; false once all of this was applied: what is missing is drift.
};

/// Objects that the API server refused, and why.
using Refusals = std::map<ObjectKey, std::string>;

/// All that a sync would do, objects that stay as they are included: those of Git in apply order, then the rest in the
/// reverse order. Steps whose turn has not come are held. Immutable; points into the DesiredSet, which outlives it.
struct Plan {
  std::vector<Step> steps;
  std::vector<Awaited> awaited = {};  ///< What the held steps wait for.
  Refusals refused = {};              ///< What came of it when it was tried or done.

  std::size_t count(Action action) const;
  std::size_t held() const;
  /// No step writes, and none is blocked.
  bool nothing_to_do() const;
  /// Steps write, and all of them are held.
  bool only_waits() const;
};

/// The difference between what Git wants and what lives. Pure. Errors are steps (kBlocked), not failures.
Plan make_plan(const DesiredSet& desired, const LiveSet& live, const Policy& policy);

}  // namespace reconciler::sync
