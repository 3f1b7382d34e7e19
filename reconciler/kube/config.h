#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace reconciler::kube {

/// A PEM text, or the file that holds one (read anew at each connection, so that it may rotate). At most one of both is
/// set.
struct Pem {
  std::string data;
  std::string file;

  bool empty() const { return data.empty() && file.empty(); }
};

/// How to reach one API server, and as whom. Holds credentials: never print it.
struct ClusterConfig {
  std::string context;          ///< The name of the context that it came from; "in-cluster" for a pod's own.
  std::string server;           ///< As `https://127.0.0.1:6443`, without a slash at the end.
  std::string namespace_;       ///< Where objects without a namespace go: the context's, else "default".
  Pem certificate_authority;    ///< The only CA that is trusted. Empty: the system's.
  std::string tls_server_name;  ///< The name that the certificate must have; "" takes the server's host.
  bool insecure_skip_tls_verify = false;
  std::string proxy_url;   ///< "" takes the proxy of the process environment, as kubectl does.
  std::string token;       ///< "" for none.
  std::string token_file;  ///< Read anew every 10 s and upon a 401; comes before `token`.
  Pem client_certificate;
  Pem client_key;
  std::string username;  ///< Basic authentication; "" for none.
  std::string password;
  std::vector<std::string> warnings;  ///< For the log, one line each: such as certificates that are not verified.
};

/// Where a configuration may come from besides the command line: the process environment, as a value.
struct ConfigSources {
  std::string kubeconfig;    ///< $KUBECONFIG: files, separated by `:`.
  std::string home;          ///< $HOME.
  std::string service_host;  ///< $KUBERNETES_SERVICE_HOST.
  std::string service_port;  ///< $KUBERNETES_SERVICE_PORT.
  std::string service_account_folder = "/var/run/secrets/kubernetes.io/serviceaccount";

  static ConfigSources of_process();
};

/// kubectl's own rules. `file` (--kubeconfig) alone, when given; else the files of $KUBECONFIG merged, of which the
/// first to set a value wins and missing ones are passed over; else `~/.kube/config`; else, without any of them and
/// without a `context`, the pod's own service account. `context` (--context) "" takes the current one. Relative paths
/// are relative to their file. Errors: kNotFound when there is no configuration or no such context; kInvalid with file,
/// line and column for a bad one, for credential plugins (`exec`, `auth-provider`), which are not run, and for files
/// that cannot be read.
Result<ClusterConfig> load_config(const std::string& file, const std::string& context, const ConfigSources& sources);

/// The service account of the pod that this runs in. Errors: kNotFound outside a cluster.
Result<ClusterConfig> in_cluster_config(const ConfigSources& sources);

}  // namespace reconciler::kube
