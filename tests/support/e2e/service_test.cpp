#include "support/e2e/service_test.h"

#include <filesystem>
#include <fstream>
#include <random>

#include "base/digest.h"
#include "support/e2e/child_process.h"

namespace reconciler::test {
namespace {

constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";

std::string make_folder() {
  auto path = (std::filesystem::temp_directory_path() / "reconciler-e2e-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
  return path;
}

std::string make_name() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::string name = "e2e-";
  for (int i = 0; i < 8; ++i) name += kLetters[random() % kLetters.size()];
  return name;
}

}  // namespace

nlohmann::json condition(const nlohmann::json& status, const std::string& type) {
  for (const auto& each : status.value("conditions", nlohmann::json::array())) {
    if (each["type"] == type) return each;
  }
  return nlohmann::json::object();
}

ServiceTest::ServiceTest(const std::string& interval, const std::string& verify_interval)
    : folder_(make_folder()),
      name_(make_name()),
      canary_("canary-" + name_.substr(4) + "-value"),
      repository_(folder_),
      service_({folder_, repository_.url(), plane_.service_kubeconfig(), interval, "text", verify_interval}) {
  plane_.apply("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + name_ + "\n");
  forget_later("v1/Namespace", name_);
  forget_later(kEnvironment, name_);
  write_environment();
}

ServiceTest::~ServiceTest() { std::filesystem::remove_all(folder_); }

void ServiceTest::TearDown() {
  const auto output = all_output();
  EXPECT_EQ(output.find(canary_), std::string::npos) << "the value of a Secret was told";
  EXPECT_EQ(output.find(base64(canary_)), std::string::npos) << "the value of a Secret was told in base 64";
  if (service_.is_running()) service_.stop();
  if (HasFailure()) std::cerr << "--- service.log of " << name_ << "\n" << service_.log() << "---\n";
  for (const auto& [kind, name] : leftovers_) {
    // Without the service nobody would let it go.
    if (kind == kEnvironment && plane_.exists(kind, "", name)) {
      plane_.edit(kind, "", name, {{"metadata", {{"finalizers", nullptr}}}});
    }
    plane_.remove(kind, "", name);
  }
}

std::string ServiceTest::all_output() const {
  auto output = service_.log();
  output += plane_.kubectl("get environments,events --all-namespaces --output yaml");
  if (service_.url().empty()) return output;
  output += service_.get("/metrics").body;
  const auto list = service_.get("/api/v1/environments");
  output += list.body;
  if (list.status != 200) return output;
  const auto body = list.json();
  for (const auto& environment : body["environments"]) {
    output += service_.get("/api/v1/environments/" + environment["name"].get<std::string>() + "/objects").body;
  }
  return output;
}

void ServiceTest::write_environment(const std::string& more) {
  repository_.write("environments/" + name_ + ".yaml", environment_file(name_, "main", "overlays/" + name_, more));
}

void ServiceTest::write_overlay(const Files& manifests, const std::string& more) {
  Files all = manifests;
  all["login.yaml"] = secret("login", canary_);
  repository_.write_folder("overlays/" + name_, overlay(name_, all, more));
}

std::string ServiceTest::push_overlay(const Files& manifests, const std::string& more) {
  write_overlay(manifests, more);
  return push();
}

std::string ServiceTest::push(const std::string& branch) {
  auto commit = repository_.push(branch);
  if (service_.is_running()) service_.tell_of_push(branch);
  return commit;
}

void ServiceTest::deny(const Denial& denial) {
  const std::string group = "admissionregistration.k8s.io/v1";
  for (const char* kind : {"/ValidatingAdmissionPolicy", "/ValidatingAdmissionPolicyBinding"}) {
    forget_later(group + kind, name_);
  }
  plane_.apply("apiVersion: " + group + "\nkind: ValidatingAdmissionPolicy\nmetadata:\n  name: " + name_ +
               "\nspec:\n  failurePolicy: Fail\n  matchConstraints:\n    namespaceSelector:\n      matchLabels:\n"
               "        kubernetes.io/metadata.name: " +
               denial.namespace_ +
               "\n    resourceRules:\n      - apiGroups: [\"\"]\n        apiVersions: [v1]\n        operations: [" +
               denial.operation + "]\n        resources: [" + denial.resources +
               "]\n  validations:\n    - expression: " + denial.unless +
               "\n      message: not this one\n---\napiVersion: " + group +
               "\nkind: ValidatingAdmissionPolicyBinding\nmetadata:\n  name: " + name_ +
               "\nspec:\n  policyName: " + name_ + "\n  validationActions: [Deny]\n");
}

ServiceTest::Told ServiceTest::diff(const std::string& environment, const std::string& format) const {
  const auto file = folder_ + "/diff";
  const std::vector<std::string> command{
      RECONCILER_BINARY,           "diff",     environment, "--repo", folder_ + "/clone", "--kubeconfig",
      plane_.service_kubeconfig(), "--output", format};
  const int code = ChildProcess(command, file).wait(kPatience).value_or(-1);
  std::ifstream stream(file);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::filesystem::remove(file);
  return {code, std::move(text)};
}

void ServiceTest::wait_synced(const std::string& commit, std::chrono::milliseconds patience) {
  wait_until(
      name_ + " is Synced at " + commit,
      [&] {
        const auto status = service_.status(name_);
        return status.value("sync", "") == "Synced" && status["revision"]["applied"] == commit;
      },
      patience, [&] { return service_.status(name_).dump(2); });
}

void ServiceTest::wait_ready(const std::string& commit) {
  const auto resource = [&] {
    return plane_.get("gitops.spira.dev/v1alpha1/Environment", "", name_).value_or(nlohmann::json::object());
  };
  wait_until(
      name_ + " is Ready at " + commit,
      [&] {
        const auto status = resource().value("status", nlohmann::json::object());
        return condition(status, "Ready").value("status", "") == "True" && status["revision"]["applied"] == commit;
      },
      kPatience, [&] { return resource().dump(2); });
}

void ServiceTest::wait_told() const {
  wait_until("all Events are written", [&] { return service_.metric("reconciler_events_waiting") == 0; });
}

nlohmann::json ServiceTest::wait_reason(const std::string& environment, const std::string& type,
                                        const std::string& reason) {
  nlohmann::json status;
  wait_until(
      environment + ": condition " + type + " has reason " + reason,
      [&] {
        status = service_.status(environment);
        return condition(status, type).value("reason", "") == reason;
      },
      kPatience, [&] { return service_.status(environment).dump(2); });
  return status;
}

std::string ServiceTest::value_of(const std::string& config_map) const {
  const auto object = plane_.get("v1/ConfigMap", name_, config_map);
  return object && object->contains("data") ? object->at("data").value("key", "") : "";
}

void ServiceTest::wait_value(const std::string& config_map, const std::string& value) const {
  wait_until(
      "ConfigMap " + config_map + " holds '" + value + "'", [&] { return value_of(config_map) == value; }, kPatience,
      [&] { return service_.status(name_).dump(2); });
}

std::map<std::string, std::string> ServiceTest::versions() const {
  std::map<std::string, std::string> versions;
  for (const std::string kind : {"v1/ConfigMap", "v1/Secret", "v1/Service", "apps/v1/Deployment"}) {
    for (const auto& [name, object] : plane_.list(kind, name_)) {
      // The controller manager puts this one into every namespace, in its own time.
      if (name != "kube-root-ca.crt") versions[kind + " " + name] = object["metadata"]["resourceVersion"];
    }
  }
  return versions;
}

}  // namespace reconciler::test
