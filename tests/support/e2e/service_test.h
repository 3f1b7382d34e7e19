#pragma once

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/e2e/control_plane.h"
#include "support/e2e/git_repository.h"
#include "support/e2e/manifests.h"
#include "support/e2e/running_service.h"
#include "support/e2e/wait.h"

namespace reconciler::test {

/// What every end-to-end test of the service starts from: a repository, a service that follows it, an environment and a
/// namespace that no other test has, and a Secret in it. After every test, the value of the Secret is searched for in
/// all that the service has said.
///
/// The repository begins empty and the service is not started: a test says what is there first.
class ServiceTest : public testing::Test {
 protected:
  /// `interval` between two looks at the remote, `verify_interval` between two at the content of all objects.
  explicit ServiceTest(const std::string& interval = "1s", const std::string& verify_interval = "1h");
  ~ServiceTest() override;
  void TearDown() override;

  /// Commits what was written, pushes it, and tells the service when it runs. Returns the commit.
  std::string push(const std::string& branch = "main");
  /// Makes the environment's overlay hold these manifests (and the Secret), and pushes that. Returns the commit.
  std::string push_overlay(const Files& manifests, const std::string& more = "");
  /// The same without the push.
  void write_overlay(const Files& manifests, const std::string& more = "");
  /// Writes the environment's file. `more` is appended to its spec.
  void write_environment(const std::string& more = "");

  /// Waits until the service says that the commit is applied, and everything in sync.
  void wait_synced(const std::string& commit, std::chrono::milliseconds patience = kPatience);
  /// Waits until the API server has the environment's resource with these conditions and revision.
  void wait_ready(const std::string& commit);
  /// Waits until all Events are written, which is behind the status.
  void wait_told() const;
  /// Waits until the condition has that reason; returns the status then.
  nlohmann::json wait_reason(const std::string& type, const std::string& reason) {
    return wait_reason(name_, type, reason);
  }
  nlohmann::json wait_reason(const std::string& environment, const std::string& type, const std::string& reason);

  /// The value of `key` of a live ConfigMap of the environment; "" when it does not exist.
  std::string value_of(const std::string& config_map) const;
  void wait_value(const std::string& config_map, const std::string& value) const;
  /// The resource versions of all ConfigMaps, Secrets, Services and Deployments of the environment's namespace.
  std::map<std::string, std::string> versions() const;

  struct Told {
    int code;
    std::string text;
  };
  /// What `reconciler diff` says of the environment as the clone has it.
  Told diff(const std::string& environment, const std::string& format = "text") const;

  /// Lets the API server refuse (`message`: "not this one") what an operation does to objects of core kinds in that
  /// namespace, unless the expression holds. Whether it does so already, the caller waits for.
  struct Denial {
    std::string namespace_;
    std::string operation;
    std::string resources;  ///< Plural names, with commas between.
    std::string unless;     ///< An expression of admission policies (CEL).
  };
  void deny(const Denial& denial);

  /// Lets a further namespace, and a further environment, go with the test.
  void forget_later(const std::string& kind, const std::string& name) { leftovers_.emplace_back(kind, name); }

  ControlPlane& plane_ = ControlPlane::shared();
  const std::string folder_;  ///< Removed after the test.
  const std::string name_;    ///< Of the environment and of its namespace.
  const std::string canary_;  ///< The value of the Secret `login` of the environment.
  GitRepository repository_;
  RunningService service_;

 private:
  /// All that the service tells anybody.
  std::string all_output() const;

  std::vector<std::pair<std::string, std::string>> leftovers_;
};

/// The condition of that type; an empty object when there is none.
nlohmann::json condition(const nlohmann::json& status, const std::string& type);

}  // namespace reconciler::test
