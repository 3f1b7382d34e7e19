#include <algorithm>

#include "cli/options.h"
#include "controller/environment.h"

namespace reconciler::cli {
namespace {

using Wrong = std::optional<std::string>;  // What is wrong with a value; nothing when all is well.
using Set = decltype(Setting::set);

Wrong nothing_wrong() { return std::nullopt; }

Set text(std::string ServeOptions::* field) {
  return [field](ServeOptions& options, const std::string& value) {
    options.*field = value;
    return nothing_wrong();
  };
}

Set remote(std::string git::RemoteOptions::* field) {
  return [field](ServeOptions& options, const std::string& value) {
    options.repository.*field = value;
    return nothing_wrong();
  };
}

Wrong set_listen(ServeOptions& options, const std::string& value) {
  auto address = http::parse_listen_address(value);
  if (!address) return "expected HOST:PORT, as 127.0.0.1:8080 or [::1]:8080";
  options.listen = std::move(*address);
  return nothing_wrong();
}

Set duration(Duration ServeOptions::* into) {
  return [into](ServeOptions& options, const std::string& value) -> Wrong {
    const auto duration = controller::parse_duration(value);
    if (!duration || *duration < std::chrono::seconds(1))
      return "expected a duration of a second or more, as 30s or 5m";
    options.*into = *duration;
    return nothing_wrong();
  };
}

Wrong set_log_format(ServeOptions& options, const std::string& value) {
  if (value != "text" && value != "json") return "expected text or json";
  options.log_format = value == "json" ? LogFormat::kJson : LogFormat::kText;
  return nothing_wrong();
}

/// `--data-dir` as RECONCILER_DATA_DIR.
std::string variable_of(const std::string& flag) {
  std::string name = "RECONCILER_";
  for (const char c : flag.substr(2)) name += c == '-' ? '_' : static_cast<char>(c - 'a' + 'A');
  return name;
}

/// `--data-dir` as dataDir.
std::string key_of(const std::string& flag) {
  std::string key;
  bool begins_word = false;
  for (const char c : flag.substr(2)) {
    if (c != '-') key += begins_word ? static_cast<char>(c - 'a' + 'A') : c;
    begins_word = c == '-';
  }
  return key;
}

Setting setting(const std::string& flag, const std::string& type, const std::string& help, Set set) {
  return Setting{flag, type, help, variable_of(flag), key_of(flag), std::move(set)};
}

}  // namespace

const std::vector<Setting>& serve_settings() {
  using Options = ServeOptions;
  using Remote = git::RemoteOptions;
  static const std::vector<Setting> kSettings = {
      setting("--config", "FILE", "Configuration file, YAML", nullptr),
      setting("--repository", "URL", "Git repository to follow: a path, file://, https:// or ssh://",
              remote(&Remote::url)),
      setting("--branch", "NAME", "Branch that the environments are read from (main)", text(&Options::branch)),
      setting("--environments", "DIR", "Folder that they are in (environments)", text(&Options::environments)),
      setting("--kubeconfig", "FILE", "Configuration of the cluster; as kubectl finds it, else the pod's own account",
              text(&Options::kubeconfig)),
      setting("--context", "NAME", "Context in it; the current one when not given", text(&Options::context)),
      setting("--listen", "HOST:PORT", "Where to serve HTTP (127.0.0.1:8080); port 0 takes a free one", set_listen),
      setting("--data-dir", "DIR", "For copies of repositories ($XDG_STATE_HOME/reconciler)", text(&Options::data_dir)),
      setting("--interval", "TIME", "Between two looks at a repository (30s)", duration(&Options::interval)),
      setting("--verify-interval", "TIME", "Between two dry-runs of all that counts as in sync (1h)",
              duration(&Options::verify_interval)),
      setting("--token-file", "FILE", "File with the bearer token of callers; a must outside loopback",
              text(&Options::token_file)),
      setting("--webhook-secret-file", "FILE", "File with the secret of webhooks", text(&Options::webhook_secret_file)),
      setting("--log-format", "FORMAT", "text (default) or json", set_log_format),
      setting("--helm-command", "PROGRAM", "Program to render helmCharts with; they are refused when not given",
              text(&Options::helm_command)),
      setting("--remote-hosts", "LIST", "Hosts that remote bases may come from, with commas (all); none refuses them",
              text(&Options::remote_hosts)),
      setting("--leases", "NAMESPACE", "Share the environments with other replicas, by Leases in that namespace",
              text(&Options::leases)),
      setting("--git-token-file", "FILE", "https: access token", remote(&Remote::token_file)),
      setting("--git-username-file", "FILE", "https: user name", remote(&Remote::username_file)),
      setting("--git-password-file", "FILE", "https: password", remote(&Remote::password_file)),
      setting("--git-ca-file", "FILE", "https: certificates to trust instead of the system's",
              remote(&Remote::ca_file)),
      setting("--git-ssh-key-file", "FILE", "ssh: private key", remote(&Remote::ssh_key_file)),
      setting("--git-ssh-passphrase-file", "FILE", "ssh: passphrase of the key", remote(&Remote::ssh_passphrase_file)),
      setting("--git-known-hosts-file", "FILE", "ssh: host keys to trust", remote(&Remote::known_hosts_file)),
  };
  return kSettings;
}

}  // namespace reconciler::cli
