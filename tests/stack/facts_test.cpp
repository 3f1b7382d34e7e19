#include "facts.h"

#include <algorithm>
#include <iostream>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rendered_stack.h"

namespace reconciler::test {
namespace {

std::string in_namespace(const Objects& objects, const std::string& object, const std::string& namespace_) {
  if (objects.contains(object)) return object;
  const auto blank = object.find(' ');
  return object.substr(0, blank + 1) + namespace_ + "/" + object.substr(blank + 1);
}

/// What is wrong with a fact in a rendered overlay; "" when it holds.
std::string fault_of(const Fact& fact, const Objects& objects, const std::string& namespace_) {
  const auto found = objects.find(in_namespace(objects, fact.object, namespace_));
  const auto where = std::string(fact.system) + ": " + fact.object + " " + fact.pointer;
  if (found == objects.end()) return where + ": there is no such object";
  const auto value = value_at(found->second, fact.pointer);
  if (value.is_null()) return where + ": there is no such field";
  if (std::string(fact.value) == "*" || value == nlohmann::json::parse(fact.value)) return "";
  return where + " is " + value.dump() + " and not " + fact.value;
}

struct Overlay {
  const char* name;
  const char* namespace_;
  std::span<const Fact> facts;
};

const Overlay kOverlays[] = {{"kind-dev", "spira", kStackFacts},
                             {"kind-dev", "spira", kPlatformFacts},
                             {"chaos", "spira-chaos", kStackFacts},
                             {"chaos", "spira-chaos", kChaosFacts}};

TEST(StackFacts, hold_in_every_environment) {
  for (const auto& overlay : kOverlays) {
    const auto objects = render_stack(overlay.name);
    for (const auto& fact : overlay.facts) EXPECT_EQ(fault_of(fact, objects, overlay.namespace_), "") << overlay.name;
  }
}

TEST(StackFacts, each_fails_when_its_object_is_renamed_or_its_value_is_another) {
  std::size_t tried = 0;
  for (const auto& overlay : kOverlays) {
    Objects objects = render_stack(overlay.name);
    for (const auto& fact : overlay.facts) {
      const auto key = in_namespace(objects, fact.object, overlay.namespace_);
      auto object = objects.extract(key);
      ASSERT_TRUE(object) << key;
      EXPECT_NE(fault_of(fact, objects, overlay.namespace_), "");

      const auto before = object.mapped();
      object.mapped()[nlohmann::json::json_pointer(fact.pointer)] = nullptr;
      objects.insert(std::move(object));
      EXPECT_NE(fault_of(fact, objects, overlay.namespace_), "");
      objects.at(key) = before;
      ++tried;
    }
  }
  std::cout << tried << " facts, each renamed and each changed\n";
}

TEST(Stack, kills_nothing_outside_the_environment_that_is_broken_on_purpose) {
  for (const auto& [key, object] : render_stack("kind-dev")) EXPECT_FALSE(key.starts_with("Schedule ")) << key;
  std::size_t schedules = 0;
  for (const auto& [key, object] : render_stack("chaos")) {
    if (!key.starts_with("Schedule ")) continue;
    ++schedules;
    EXPECT_EQ(value_at(object, "/spec/schedule"), "*/1 * * * *") << key;
    EXPECT_EQ(value_at(object, "/spec/concurrencyPolicy"), "Forbid") << key;
    EXPECT_EQ(value_at(object, "/spec/podChaos/action"), "pod-kill") << key;
    EXPECT_EQ(value_at(object, "/spec/podChaos/mode"), "one") << key;
    EXPECT_EQ(value_at(object, "/spec/podChaos/selector/namespaces"), nlohmann::json({"spira-chaos"})) << key;
  }
  EXPECT_EQ(schedules, 7u);
}

/// Its place in the thesis is told, so that nobody tries it again unawares.
TEST(Stack, has_mysql_as_a_component_that_is_switched_off) {
  const auto is_mysql = [](const auto& entry) { return entry.first.starts_with("InnoDBCluster "); };
  for (const char* overlay : {"kind-dev", "chaos"}) EXPECT_TRUE(std::ranges::none_of(render_stack(overlay), is_mysql));
  auto files = stack_files();
  auto& overlay = files.at("overlays/kind-dev/kustomization.yaml");
  const std::string components = "components:\n";
  overlay.insert(overlay.find(components) + components.size(), "  - ../../sources/mysql\n");
  const auto cluster = render_stack("kind-dev", files).at("InnoDBCluster spira/mlflow-mysql-store");
  EXPECT_EQ(value_at(cluster, "/spec/instances"), 3);
  EXPECT_THAT(files.at("sources/mysql/kustomization.yaml"), testing::HasSubstr("did not come back"));
}

TEST(Kind, is_the_cluster_of_the_thesis_with_its_limits_of_the_host) {
  const auto cluster = stack_files().at("deploy/kind/cluster.yaml");
  EXPECT_THAT(cluster, testing::HasSubstr("\nname: spira\n"));
  const auto count = [&](const std::string& role) {
    std::size_t found = 0;
    for (auto at = cluster.find("role: " + role); at != std::string::npos; at = cluster.find("role: " + role, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("control-plane"), 1u);
  EXPECT_EQ(count("worker"), 3u);
  const auto limits = stack_files().at("deploy/kind/90-spira-inotify.conf");
  EXPECT_THAT(limits, testing::HasSubstr("fs.inotify.max_user_instances = 8192"));
  EXPECT_THAT(limits, testing::HasSubstr("fs.inotify.max_user_watches = 524288"));
}

/// Where the objects of each step of the start are, in the order of the steps.
TEST(Stack, comes_in_order) {
  struct Step {
    const char* wave;
    const char* object;
  };
  const Step steps[] = {{"-20", "Namespace spira"},
                        {"-10", "CustomResourceDefinition tenants.minio.min.io"},
                        {"-10", "Deployment spira/mongodb-kubernetes-operator"},
                        {"", "ConfigMap spira/mongo-client-env"},
                        {"10", "Tenant spira/spira"},
                        {"10", "MongoDBCommunity spira/example-mongodb"},
                        {"10", "postgresql spira/spira-pg-cluster"},
                        {"10", "StatefulSet spira/my-nats"},
                        {"20", "Deployment spira/mlflow"},
                        {"30", "Deployment spira/spira-api-server"},
                        {"40", "Job spira/model-registration"},
                        {"50", "Deployment spira/spira-inf-server"}};
  const auto objects = render_stack("kind-dev");
  for (const auto& [wave, object] : steps) {
    const auto found = objects.find(object);
    ASSERT_NE(found, objects.end()) << object;
    EXPECT_EQ(value_at(found->second, "/metadata/annotations/gitops.spira.dev~1wave"),
              *wave == '\0' ? nlohmann::json() : nlohmann::json(wave))
        << object;
  }
}

}  // namespace
}  // namespace reconciler::test
