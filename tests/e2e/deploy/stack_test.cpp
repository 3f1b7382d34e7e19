#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

#include "audit.h"
#include "kind_dev_test.h"
#include "stack/rendered_stack.h"

namespace reconciler::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kNamespaces[] = {"spira", "spira-chaos"};

/// Whether `networkpolicies` is the plural of `NetworkPolicy`, as far as that must be known here.
bool is_plural_of(const std::string& resource, std::string kind) {
  std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return resource.starts_with(kind.substr(0, kind.size() - 1)) && resource.size() <= kind.size() + 2;
}

std::string annotation(const json& object, const std::string& name) {
  return object["metadata"].value("annotations", json::object()).value("gitops.spira.dev/" + name, "");
}

/// When the objects of a wave were made, and the last of its workloads was healthy (in whole seconds).
struct Wave {
  std::string first_asked;
  std::string last_answered;
  std::string healthy;
  std::size_t objects = 0;
};

/// The whole stack on simulated nodes; tests/cluster/operators plays the operators.
class StackTest : public KindDevTest {
 protected:
  StackTest() {
    // What an environment of an earlier test left behind: all begins with nothing.
    plane_.kubectl("delete customresourcedefinitions,clusterroles,clusterrolebindings -l gitops.spira.dev/environment");
  }

  /// Asserts that each wave was begun after all of the one before was there and healthy.
  void expect_order(const std::string& overlay, const Audit& audit) const {
    const auto waves = waves_of(overlay, audit.creations());
    const Wave* before = nullptr;
    for (const auto& [number, wave] : waves) {
      std::cout << overlay << " wave " << number << ": " << wave.objects << " objects, " << wave.first_asked << " to "
                << wave.last_answered << ", healthy " << wave.healthy << '\n';
      if (before != nullptr) {
        EXPECT_LT(before->last_answered, wave.first_asked) << overlay << ", wave " << number;
        EXPECT_LE(before->healthy, wave.first_asked.substr(0, before->healthy.size()))
            << overlay << ", wave " << number;
      }
      before = &wave;
    }
  }

  void expect_hooks_succeeded(const std::string& environment, std::vector<std::string> names) const {
    std::vector<std::string> succeeded;
    for (const auto& hook : plane_.get(kEnvironment, "", environment)->at("status").value("hooks", json::array()))
      if (hook["result"] == "Succeeded") succeeded.push_back(hook["name"]);
    EXPECT_THAT(succeeded, testing::UnorderedElementsAreArray(names));
  }

  /// Of all objects of both environments in their namespaces, by kind, namespace and name.
  std::map<std::string, std::string> uids() const {
    std::map<std::string, std::string> uids;
    for (const char* name : kNamespaces) {
      const auto list = json::parse(
          plane_.kubectl("-n " + std::string(name) + " get " + kinds_ +
                         " -l 'gitops.spira.dev/environment,!gitops.spira.dev/hook-of' -o json --ignore-not-found"));
      for (const auto& object : list["items"]) {
        const auto& metadata = object["metadata"];
        uids[object["kind"].get<std::string>() + " " + name + "/" + metadata["name"].get<std::string>()] =
            metadata["uid"];
      }
    }
    return uids;
  }

  void delete_everything_at_once() const {
    for (const char* name : kNamespaces)
      plane_.kubectl("-n " + std::string(name) + " delete --all --wait=false " + kinds_);
  }

  /// Asks what kinds there are: operators' definitions have brought some.
  void learn_kinds() {
    std::istringstream lines(plane_.kubectl("api-resources --namespaced --verbs=list,delete -o name"));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("events") || line.starts_with("endpoints")) continue;  // Of controllers.
      kinds_ += (kinds_.empty() ? "" : ",") + line;
    }
  }

 private:
  static const Creation* find(const std::vector<Creation>& made, const json& object) {
    const auto name = object["metadata"]["name"].get<std::string>();
    const auto space = object["metadata"].value("namespace", "");
    const auto found = std::ranges::find_if(made, [&](const Creation& each) {
      // The audit log counts a Namespace as in itself.
      return each.name == name && is_plural_of(each.resource, object["kind"]) &&
             (each.resource == "namespaces" || each.namespace_ == space);
    });
    return found == made.end() ? nullptr : &*found;
  }

  std::map<int, Wave> waves_of(const std::string& overlay, const std::vector<Creation>& made) const {
    std::map<int, Wave> waves;
    for (const auto& [key, object] : render_stack(overlay)) {
      if (!annotation(object, "hook").empty()) continue;
      const auto* creation = find(made, object);
      EXPECT_NE(creation, nullptr) << key;
      if (creation == nullptr) continue;
      const auto number = annotation(object, "wave");
      auto& wave = waves[number.empty() ? 0 : std::stoi(number)];
      if (wave.objects++ == 0 || creation->asked < wave.first_asked) wave.first_asked = creation->asked;
      wave.last_answered = std::max(wave.last_answered, creation->answered);
      wave.healthy = std::max(wave.healthy, healthy_since(object));
    }
    return waves;
  }

  /// Of a Deployment or Job; "" for others.
  std::string healthy_since(const json& object) const {
    const auto kind = object["kind"].get<std::string>();
    if (kind != "Deployment" && kind != "Job") return "";
    const auto live = plane_.get(object["apiVersion"].get<std::string>() + "/" + kind, object["metadata"]["namespace"],
                                 object["metadata"]["name"]);
    const auto status = live->value("status", json::object());
    auto time = kind == "Job" ? status.value("completionTime", "")
                              : condition(status, "Available").value("lastTransitionTime", "");
    return time.substr(0, time.find('Z'));
  }

  std::string kinds_;
};

TEST_F(StackTest, both_come_from_nothing_in_order_and_again_after_everything_was_deleted_at_once) {
  const Audit audit(plane_.server().audit_log());
  const auto commit = push();
  service_.start();
  wait_environment_ready("kind-dev", commit);
  expect_order("kind-dev", audit);
  expect_hooks_succeeded("kind-dev", {"spira-api-test", "spira-model-server-test"});

  repository_.switch_to("env/chaos");
  const auto promoted = push("env/chaos");
  wait_environment_ready("chaos", promoted);
  expect_order("chaos", audit);
  expect_hooks_succeeded("chaos", {"spira-api-test", "spira-model-server-test", "chaos-experiment"});

  learn_kinds();
  const auto before = uids();
  EXPECT_GT(before.size(), 180u);
  delete_everything_at_once();
  wait_until(
      "everything is there anew",
      [&] {
        const auto now = uids();
        return std::ranges::all_of(before, [&](const auto& object) {
          const auto found = now.find(object.first);
          return found != now.end() && found->second != object.second;
        });
      },
      std::chrono::seconds(300),
      [&] { return service_.status("kind-dev").dump(2) + service_.status("chaos").dump(2); });
  wait_environment_ready("kind-dev", commit);
  wait_environment_ready("chaos", promoted);
  std::cout << before.size() << " objects deleted at once and there anew\n";
}

/// What a diff says is created (+), changed (~) and pruned (-): `~Deployment mlflow`. Hashes of generated names are
/// left out.
std::vector<std::string> headlines(const std::string& text) {
  static const std::regex kLine(R"(([-+~]) \w+ (\w+)\S* spira/(\S+?)(-[2456789bcdfghkmt]{10})? \()");
  std::vector<std::string> found;
  for (std::sregex_iterator each(text.begin(), text.end(), kLine), end; each != end; ++each)
    found.push_back((*each)[1].str() + (*each)[2].str() + " " + (*each)[3].str());
  return found;
}

TEST_F(StackTest, another_password_is_shown_as_a_change_of_exactly_its_users) {
  const auto commit = push();
  service_.start();
  wait_environment_ready("kind-dev", commit);

  edit_file("sources/development-credentials/minio.env", "secretKey=spira-development-minio", "secretKey=" + canary_);
  auto told = diff("kind-dev");
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(headlines(told.text),
              UnorderedElementsAre("+Secret minio-credentials", "~Secret spira-minio-tenant-secret",
                                   "~Secret spira-env-configuration", "~Tenant spira", "~Deployment mlflow",
                                   "~Deployment spira-api-server", "~Deployment spira-inf-server",
                                   "-Secret minio-credentials"));
  EXPECT_THAT(told.text, HasSubstr("spec.template.spec.volumes"));
  EXPECT_THAT(told.text, HasSubstr("spec.pools"));
  EXPECT_THAT(told.text, Not(HasSubstr(canary_)));

  edit_file("sources/development-credentials/minio.env", "secretKey=" + canary_, "secretKey=spira-development-minio");
  edit_file("sources/development-credentials/postgres.env", "password=spira-development-postgres",
            "password=" + canary_);
  told = diff("kind-dev");
  EXPECT_THAT(headlines(told.text),
              UnorderedElementsAre("+Secret mlflow-database", "~Deployment mlflow", "-Secret mlflow-database",
                                   "~Secret mlflow.spira-pg-cluster.credentials.postgresql.acid.zalan.do"));
  EXPECT_THAT(told.text, Not(HasSubstr(canary_)));
}

}  // namespace
}  // namespace reconciler::test
