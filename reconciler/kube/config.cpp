#include "kube/config.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <openssl/evp.h>

#include "kube/credentials.h"
#include "yaml/config.h"

namespace reconciler::kube {
namespace {

namespace fs = std::filesystem;
using yaml::ConfigNode;

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A named entry of a kubeconfig, with the folder that its relative paths start from.
struct Entry {
  ConfigNode node;
  fs::path folder;
};

/// Several kubeconfigs as one: of entries and values of the same name the first one counts, whole.
struct Merged {
  std::map<std::string, Entry> clusters;
  std::map<std::string, Entry> users;
  std::map<std::string, Entry> contexts;
  std::string current_context;

  bool empty() const { return clusters.empty() && contexts.empty(); }
};

Status add_entries(const ConfigNode& root, const char* list_name, const char* entry_name, const fs::path& folder,
                   std::map<std::string, Entry>& into) {
  const auto list = root.at(list_name);
  if (!list) return {};
  TRY(const auto entries, list->list());
  for (const auto& entry : entries) {
    TRY(const auto name_node, entry.required("name"));
    TRY(const auto name, name_node.string());
    if (const auto content = entry.at(entry_name)) into.emplace(name, Entry{*content, folder});
  }
  return {};
}

Status add_file(const std::string& path, const std::string& text, Merged& merged) {
  if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; })) return {};
  TRY(const auto root, yaml::parse_config(text, path));
  const auto folder = fs::absolute(path).parent_path();
  TRY_VOID(add_entries(root, "clusters", "cluster", folder, merged.clusters));
  TRY_VOID(add_entries(root, "users", "user", folder, merged.users));
  TRY_VOID(add_entries(root, "contexts", "context", folder, merged.contexts));
  const auto current = root.at("current-context");
  if (current && merged.current_context.empty()) {
    TRY(merged.current_context, current->string());
  }
  return {};
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || fs::is_directory(path)) return std::nullopt;
  return std::string((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
}

std::vector<std::string> split_paths(const std::string& list) {
  std::vector<std::string> paths;
  std::size_t at = 0;
  while (at <= list.size()) {
    const auto end = std::min(list.find(':', at), list.size());
    if (end > at) paths.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return paths;
}

/// The files that are there of those that may be.
Result<Merged> merge(const std::string& file, const ConfigSources& sources) {
  Merged merged;
  if (!file.empty()) {
    const auto text = read_file(file);
    if (!text) return fail(ErrorKind::kNotFound, "the kubeconfig " + file + " cannot be read");
    TRY_VOID(add_file(file, *text, merged));
    return merged;
  }
  auto paths = split_paths(sources.kubeconfig);
  if (sources.kubeconfig.empty() && !sources.home.empty()) paths.push_back(sources.home + "/.kube/config");
  for (const auto& path : paths) {
    if (const auto text = read_file(path)) TRY_VOID(add_file(path, *text, merged));
  }
  return merged;
}

Result<std::string> text(const ConfigNode& node, const char* name) {
  const auto value = node.at(name);
  if (!value) return std::string();
  return value->string();
}

/// Base 64 with white space anywhere; nothing when it is not.
std::optional<std::string> decode_base64(std::string encoded) {
  std::erase_if(encoded, [](unsigned char c) { return std::isspace(c) != 0; });
  if (encoded.size() % 4 != 0) return std::nullopt;
  std::string bytes(encoded.size() / 4 * 3, '\0');
  const auto length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(encoded.data()), static_cast<int>(encoded.size()));
  if (length < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::count(encoded.begin(), encoded.end(), '='));
  bytes.resize(bytes.size() - std::min<std::size_t>(padding, 2));
  return bytes;
}

Result<std::string> path_of(const Entry& entry, const char* name) {
  TRY(auto written, text(entry.node, name));
  if (written.empty()) return written;
  auto path = (entry.folder / written).lexically_normal().string();
  if (!std::ifstream(path)) return fail(entry.node.at(name)->error("the file " + path + " cannot be read"));
  return path;
}

/// `<name>-data` comes before the file `<name>`.
Result<Pem> pem(const Entry& entry, const std::string& name) {
  const auto data_name = name + "-data";
  TRY(const auto encoded, text(entry.node, data_name.c_str()));
  if (!encoded.empty()) {
    auto data = decode_base64(encoded);
    if (!data) return fail(entry.node.at(data_name)->error("this is not base 64"));
    return Pem{std::move(*data), ""};
  }
  TRY(auto file, path_of(entry, name.c_str()));
  return Pem{"", std::move(file)};
}

Status read_cluster(const Entry& entry, ClusterConfig& config) {
  TRY(const auto server, entry.node.required("server"));
  TRY(config.server, server.string());
  while (config.server.ends_with('/')) config.server.pop_back();
  TRY(config.certificate_authority, pem(entry, "certificate-authority"));
  TRY(config.tls_server_name, text(entry.node, "tls-server-name"));
  TRY(config.proxy_url, text(entry.node, "proxy-url"));
  if (const auto insecure = entry.node.at("insecure-skip-tls-verify")) {
    TRY(config.insecure_skip_tls_verify, insecure->boolean());
  }
  if (config.insecure_skip_tls_verify) {
    config.warnings.push_back("the certificate of the API server is not verified: insecure-skip-tls-verify is set at " +
                              entry.node.where());
  }
  return {};
}

Status refuse(const ConfigNode& user, const char* name, const char* why) {
  const auto found = user.at(name);
  return found ? Status(fail(found->error(why))) : Status();
}

Status read_user(const Entry& entry, ClusterConfig& config) {
  constexpr auto kPlugin = "credential plugins are not run: use a token, a token file or a client certificate";
  constexpr auto kImpersonation = "impersonation by the kubeconfig is not supported";
  TRY_VOID(refuse(entry.node, "exec", kPlugin));
  TRY_VOID(refuse(entry.node, "auth-provider", kPlugin));
  TRY_VOID(refuse(entry.node, "as", kImpersonation));
  TRY(config.client_certificate, pem(entry, "client-certificate"));
  TRY(config.client_key, pem(entry, "client-key"));
  TRY(config.token, text(entry.node, "token"));
  TRY(config.token_file, path_of(entry, "tokenFile"));
  TRY(config.username, text(entry.node, "username"));
  TRY(config.password, text(entry.node, "password"));
  return {};
}

Result<Entry> named(const std::map<std::string, Entry>& entries, const std::string& name, const char* what) {
  const auto found = entries.find(name);
  if (found != entries.end()) return found->second;
  return fail(ErrorKind::kNotFound, std::string("the kubeconfig has no ") + what + " \"" + name + "\"");
}

Result<ClusterConfig> select(const Merged& merged, const std::string& context) {
  ClusterConfig config;
  config.context = context.empty() ? merged.current_context : context;
  if (config.context.empty()) return fail(ErrorKind::kNotFound, "the kubeconfig has no current context");
  TRY(const auto chosen, named(merged.contexts, config.context, "context"));
  TRY(const auto cluster_name, text(chosen.node, "cluster"));
  TRY(const auto user_name, text(chosen.node, "user"));
  TRY(config.namespace_, text(chosen.node, "namespace"));
  if (config.namespace_.empty()) config.namespace_ = "default";
  TRY(const auto cluster, named(merged.clusters, cluster_name, "cluster"));
  TRY_VOID(read_cluster(cluster, config));
  if (user_name.empty()) return config;
  TRY(const auto user, named(merged.users, user_name, "user"));
  TRY_VOID(read_user(user, config));
  return config;
}

std::string with_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

ConfigSources ConfigSources::of_process() {
  ConfigSources sources;
  sources.kubeconfig = environment("KUBECONFIG");
  sources.home = environment("HOME");
  sources.service_host = environment("KUBERNETES_SERVICE_HOST");
  sources.service_port = environment("KUBERNETES_SERVICE_PORT");
  return sources;
}

Result<ClusterConfig> load_config(const std::string& file, const std::string& context, const ConfigSources& sources) {
  TRY(const auto merged, merge(file, sources));
  if (!merged.empty() || !file.empty() || !context.empty()) return select(merged, context);
  if (!sources.service_host.empty()) return in_cluster_config(sources);
  return fail(ErrorKind::kNotFound,
              "no cluster is configured: there is no --kubeconfig, $KUBECONFIG or ~/.kube/config, and this is no pod");
}

Result<ClusterConfig> in_cluster_config(const ConfigSources& sources) {
  const auto& folder = sources.service_account_folder;
  const auto token_file = folder + "/token";
  if (sources.service_host.empty() || sources.service_port.empty()) {
    return fail(ErrorKind::kNotFound, "this is no pod: $KUBERNETES_SERVICE_HOST and _PORT are not set");
  }
  if (!std::ifstream(token_file))
    return fail(ErrorKind::kNotFound, "the pod has no service account token: " + token_file);
  ClusterConfig config;
  config.context = "in-cluster";
  config.server = "https://" + with_brackets(sources.service_host) + ":" + sources.service_port;
  config.namespace_ = read_secret_file(folder + "/namespace");
  if (config.namespace_.empty()) config.namespace_ = "default";
  config.certificate_authority.file = folder + "/ca.crt";
  config.token_file = token_file;
  return config;
}

}  // namespace reconciler::kube
