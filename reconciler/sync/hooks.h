#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "object/manifest.h"

namespace reconciler::sync {

struct Desired;

/// When in a sync a hook runs (the words of Argo CD).
enum class HookPhase {
  kPreSync,    ///< Before anything is applied; what fails here keeps everything from being applied.
  kPostSync,   ///< Once everything is applied and healthy.
  kSyncFail,   ///< Once a sync has failed.
  kPreDelete,  ///< Before the objects of an environment that left Git are deleted.
};
/// As the annotation has it: "PreSync", …
const char* to_string(HookPhase phase);
std::optional<HookPhase> hook_phase_of(const std::string& word);

/// What the annotations `gitops.spira.dev/hook` and `gitops.spira.dev/hook-delete-policy` say.
struct HookRules {
  std::set<HookPhase> phases;
  bool delete_succeeded = false;
  bool delete_failed = false;
};

/// Nothing for an object that is no hook. Words that are not known, and a deletion policy of what is no hook, are added
/// to `causes`.
std::optional<HookRules> read_hook(const Desired& desired, std::vector<Cause>& causes);

enum class HookOutcome { kRunning, kSucceeded, kFailed };
/// As the status has it: "Running", "Succeeded", "Failed".
const char* to_string(HookOutcome outcome);

/// What a hook runs once for: a commit, and the set that it makes.
struct Revision {
  std::string commit;
  std::string set;  ///< As `digest_of` has it.
};

/// What became of a hook in one revision; kept when its object is gone.
struct HookResult {
  ObjectKey key;       ///< As Git names it.
  std::string object;  ///< The name of the object that ran.
  HookPhase phase = HookPhase::kPreSync;
  std::string revision;  ///< The commit.
  std::string set = {};  ///< Of that commit; "" when it is not known.
  std::string digest;    ///< Of the manifest.
  int attempt = 1;       ///< Grows when a person asks for another one.
  HookOutcome outcome = HookOutcome::kRunning;
  std::string message;
  std::string log;  ///< The last lines of a failed one; no value of a Secret is in it.
  WallTime started{};
  WallTime finished{};  ///< Equal to `started` while it runs.

  bool operator==(const HookResult&) const = default;
  /// A result whose set is not known is of each of its commit.
  bool is_of(const Revision& revision) const;
  /// Tells one run from every other of the same hook.
  std::string run() const;
};

/// `text` without the values of Secrets: what `values` holds is replaced, also line by line and in base 64; values of
/// fewer than four characters only where they stand alone.
std::string without_secrets(std::string text, const std::vector<std::string>& values);

/// The plain values of a Secret's manifest.
std::vector<std::string> secret_values(const Json& secret);

}  // namespace reconciler::sync
