#include <map>

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include "base/memory.h"
#include "cli/logging.h"
#include "cli/options.h"
#include "cli/rendering.h"
#include "cli/signals.h"
#include "cli/verbs.h"
#include "controller/service.h"
#include "http/server.h"

namespace reconciler::cli {
namespace {

using Flags = std::map<std::string, std::string>;

RenderingMeans rendering_means(const ServeOptions& options, std::stop_token stop) {
  remote::RemoteOptions remote;
  remote.folder = options.data_dir + "/remote";
  remote.hosts = host_list(options.remote_hosts);
  remote.credentials = options.repository;
  remote.stop = std::move(stop);
  return {options.helm_command, remote};
}

Result<controller::ServiceOptions> service_options(const ServeOptions& options) {
  TRY(auto cluster, kube::load_config(options.kubeconfig, options.context, kube::ConfigSources::of_process()));
  for (const auto& warning : cluster.warnings) spdlog::warn("{}", warning);
  controller::ServiceOptions service;
  service.repository = options.repository;
  service.branch = options.branch;
  service.environments = options.environments;
  service.data_dir = options.data_dir;
  service.interval = options.interval;
  service.verify_interval = options.verify_interval;
  service.cluster = std::move(cluster);
  service.leases = options.leases;
  return service;
}

Status serve_until_told(const ServeOptions& options, Signals& signals) {
  TRY(auto service_options, service_options(options));
  std::stop_source remotes;
  const RenderingMeans means = rendering_means(options, remotes.get_token());
  means.fill(service_options.rendering);
  TRY(const auto service, controller::start(std::move(service_options)));
  TRY(auto server, http::serve({options.listen, options.token_file, options.webhook_secret_file, {}}, *service));
  spdlog::info("listening on http://{}:{}", options.listen.host, server->port());
  const int signal = signals.wait();
  spdlog::info("ending on signal {}", signal);
  server.reset();
  remotes.request_stop();
  service->stop();
  return {};
}

Exit serve(const Flags& flags, Console& console) {
  share_memory_among_threads();
  Signals signals;
  const auto options = resolve_serve_options(flags, process_variables());
  if (!options) return report(options.error(), console), kUsage;
  set_up_logging(options->log_format);
  const auto served = serve_until_told(*options, signals);
  if (served) return kOk;
  spdlog::error("{}", served.error().line());
  return served.error().kind == ErrorKind::kInvalid || served.error().kind == ErrorKind::kNotFound ? kUsage
                                                                                                   : kUnavailable;
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  auto* verb =
      app.add_subcommand("serve", "Runs the service: follows a repository and keeps the cluster at what it says");
  verb->footer(
      "Each option can also be given as a variable (--data-dir is RECONCILER_DATA_DIR) or in the configuration file\n"
      "(--data-dir is dataDir). A flag goes before a variable, and a variable before the file.\n"
      "SIGTERM ends the service; what is under way ends between two objects.\n\n"
      "Example:\n"
      "  reconciler serve --repository https://git.example.com/spira/gitops.git --token-file token");
  const auto given = std::make_shared<Flags>();
  for (const auto& setting : serve_settings()) {
    verb->add_option_function<std::string>(
            setting.flag, [given, flag = setting.flag](const std::string& value) { (*given)[flag] = value; },
            setting.help)
        ->type_name(setting.type);
  }
  verb->final_callback([given, &chosen] { chosen = [given](Console& console) { return serve(*given, console); }; });
}

}  // namespace reconciler::cli
