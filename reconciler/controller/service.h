#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "controller/api.h"
#include "git/repository.h"
#include "kube/config.h"
#include "kustomize/build.h"

namespace reconciler::controller {

struct ServiceOptions {
  git::RemoteOptions repository;              ///< The remote, with its credentials; also those of other remotes.
  std::string branch = "main";                ///< Where the environments' files are.
  std::string environments = "environments";  ///< The folder that they are in.
  std::string data_dir;                       ///< For the mirrors of remotes; nothing in it is missed when it is lost.
  Duration interval = std::chrono::seconds(30);      ///< Between two looks at a remote.
  Duration verify_interval = std::chrono::hours(1);  ///< Between two looks at the content of an environment's objects.
  unsigned workers = 8;                              ///< Environments that are worked on at once.
  kube::ClusterConfig cluster;
  std::string leases;  ///< The namespace of the Leases by which replicas share environments; "" for a single process.
  kustomize::Options rendering;  ///< What it points to must outlive the service.
};

/// The running service: follows the remotes, reconciles environments, publishes their status. Everything that it needs
/// after a crash is in Git or in the cluster.
class Service : public Api {
 public:
  ~Service() override = default;
  /// Ends all work: what is under way stops between two objects, the last statuses are published. Takes at most three
  /// seconds; safe to call twice. The destructor does it, too.
  virtual void stop() = 0;
};

/// Starts it. A remote or an API server that cannot be reached is no error: the service says so in its status and tries
/// on. Errors: kInvalid for options that can never work (a bad URL, certificates that cannot be read), kConflict when
/// another process uses the data folder.
Result<std::unique_ptr<Service>> start(ServiceOptions options);

}  // namespace reconciler::controller
