#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_tree.h"
#include "base/result.h"
#include "health/table.h"
#include "object/manifest.h"
#include "sync/ignore_rules.h"

namespace reconciler::controller {

inline constexpr const char* kGroup = "gitops.spira.dev";
inline constexpr const char* kApiVersion = "gitops.spira.dev/v1alpha1";
inline constexpr const char* kEnvironmentKind = "Environment";

/// The part of the live objects that one sync may prune without anybody's word.
inline constexpr double kMaxPruneFraction = 0.5;

/// What happens to an environment's objects when its file leaves Git.
enum class Deletion {
  kOrphan,  ///< They stay as they are, without an owner.
  kDelete,  ///< They are pruned, all of them.
};

/// Which files an environment follows.
struct Source {
  std::string repository;  ///< A Git URL; "" for the one that the environment's file is in.
  std::string branch;
  TreePath path;  ///< The folder of the overlay.

  bool operator==(const Source&) const = default;
};

/// One file of `environments/`: `kind: Environment`, `apiVersion: gitops.spira.dev/v1alpha1`. The definition in
/// `deploy/` describes the same fields.
struct Environment {
  std::string name;
  std::map<std::string, std::string> labels;       ///< Mirrored as they are.
  std::map<std::string, std::string> annotations;  ///< Mirrored as they are.
  Source source;
  std::string namespace_;                       ///< For objects that name none; "" takes "default".
  Duration interval{0};                         ///< Between two looks at the remote; 0 takes the service's.
  Duration timeout = std::chrono::minutes(10);  ///< For a whole sync, with all that it waits for.
  std::string service_account;  ///< As whom its objects are written, in `namespace_`; "" for the service's own account.
  bool suspend = false;
  bool prune = true;
  double max_prune_fraction =
      kMaxPruneFraction;        ///< Of the live objects; a sync that prunes more waits for a confirmation.
  std::string confirmed_prune;  ///< The prune that may go beyond it, by the digest that the status showed.
  bool self_heal = true;
  std::vector<sync::IgnoreRule> ignore;  ///< Fields that are left to others.
  Deletion deletion = Deletion::kOrphan;
  std::vector<health::HealthRule> health_rules;  ///< Asked before the service's own.
  std::string origin;                            ///< `file:line:column`.

  bool operator==(const Environment&) const = default;
};

/// A file that could not be taken. The environment that it described before, if any, goes on unchanged.
struct BadEnvironment {
  std::string name;  ///< `metadata.name` when that could be read, else the file's name without its ending.
  Error error;       ///< kInvalid; each cause names file, line and column.
};

/// What a revision says of the environments.
struct Environments {
  std::map<std::string, Environment> good;
  std::vector<BadEnvironment> bad;
};

/// Reads every `.yaml` and `.yml` file of a folder (not of its subfolders); each may hold several documents.
/// Unknown fields, bad values and two environments of one name are bad environments. Errors: kNotFound when the folder
/// is missing.
Result<Environments> read_environments(const FileTree& tree, const TreePath& folder);

/// The user name of the account that `serviceAccountName` names in that namespace ("" is `default`); "" for none.
std::string account_of(const std::string& service_account, const std::string& namespace_);

/// The custom resource that mirrors an environment, without status.
Json to_resource(const Environment& environment);

/// `30s`, `1m30s`, `1500ms`: whole numbers with the units h, m, s and ms, one after the other. Nothing for anything
/// else.
std::optional<Duration> parse_duration(const std::string& text);
/// As `parse_duration` reads it; in parts, since the definition takes at most six digits of each.
std::string duration_text(Duration duration);

}  // namespace reconciler::controller
