#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/repository.h"
#include "http/listen_address.h"

namespace reconciler::cli {

enum class LogFormat { kText, kJson };

/// How `reconciler serve` runs.
struct ServeOptions {
  git::RemoteOptions repository;  ///< The URL and the files of its credentials.
  std::string branch = "main";
  std::string environments = "environments";
  std::string kubeconfig;  ///< "" as kubectl finds it, or the pod's own service account.
  std::string context;
  http::ListenAddress listen{"127.0.0.1", 8080};
  std::string data_dir;
  Duration interval = std::chrono::seconds(30);
  Duration verify_interval = std::chrono::hours(1);
  std::string token_file;
  std::string webhook_secret_file;
  LogFormat log_format = LogFormat::kText;
  std::string helm_command;  ///< "" refuses charts.
  std::string remote_hosts;  ///< With commas; "" allows all.
  std::string leases;        ///< The namespace of the replicas' Leases; "" for a single process.
};

/// One of its settings. Each can be given in three ways, of which the first that is there counts: a flag, a variable of
/// the process environment, a key of the configuration file.
struct Setting {
  std::string flag;      ///< `--data-dir`.
  std::string type;      ///< `DIR`: what stands for its value in the help.
  std::string help;      ///< One line, with the default.
  std::string variable;  ///< `RECONCILER_DATA_DIR`.
  std::string key;       ///< `dataDir`.
  /// Takes the value, or says what is wrong with it (and does not repeat it). Null for `--config` itself.
  std::function<std::optional<std::string>(ServeOptions&, const std::string& value)> set;
};

/// All of them, in the order of the help.
const std::vector<Setting>& serve_settings();

/// Looks up a variable of the process environment; nothing when it is not set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;
Variables process_variables();

/// Puts the options together. `flags` are those given, by name (`--data-dir`). A variable that is set to nothing counts
/// as not set. The configuration file is YAML; a key that is no setting, or twice there, is an error. Errors: kInvalid
/// with a cause for every mistake, which names the flag, the variable, or file, line and column.
Result<ServeOptions> resolve_serve_options(const std::map<std::string, std::string>& flags, const Variables& variables);

}  // namespace reconciler::cli
