#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kEnvironment = "gitops.spira.dev/v1alpha1/Environment";
constexpr const char* kDefinition = "apiextensions.k8s.io/v1/CustomResourceDefinition";

/// A second environment with an object of a kind whose definition converts between its versions: it is stored in one,
/// and listed in the other.
class ConversionTest : public ServiceTest {
 protected:
  ConversionTest() {
    forget_later(kEnvironment, other_);
    forget_later(kDefinition, definition_);
    plane_.allow(group_, "gears");
    const auto version = [](const std::string& name, bool is_stored) {
      return "\n    - name: " + name + "\n      served: true\n      storage: " + (is_stored ? "true" : "false") +
             "\n      schema:\n        openAPIV3Schema:\n          type: object\n          properties:\n"
             "            size: {type: integer}";
    };
    plane_.apply("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: " +
                 definition_ + "\nspec:\n  group: " + group_ +
                 "\n  scope: Namespaced\n  names: {kind: Gear, plural: gears, singular: gear}\n  versions:" +
                 version("v1", true) + version("v2", false) + "\n");
    plane_.kubectl("wait --for=condition=Established crd/" + definition_ + " --timeout=60s");
    write_overlay({{"a.yaml", config_map("a", "1")}});
    repository_.write_folder(
        "overlays/" + other_,
        overlay(name_, {{"gear.yaml", "apiVersion: " + group_ + "/v1\nkind: Gear\nmetadata:\n  name: g\nsize: 1\n"}}));
    repository_.write("environments/" + other_ + ".yaml", environment_file(other_, "main", "overlays/" + other_));
  }

  void TearDown() override {
    mend_conversion();
    ServiceTest::TearDown();
  }

  void break_conversion() const {
    const json service{{"name", "gone"}, {"namespace", name_}};
    convert_by({{"strategy", "Webhook"},
                {"webhook", {{"conversionReviewVersions", {"v1"}}, {"clientConfig", {{"service", service}}}}}});
  }
  void mend_conversion() const { convert_by({{"strategy", "None"}, {"webhook", nullptr}}); }

  const std::string other_ = name_ + "-other";
  const std::string group_ = name_ + ".example.org";
  const std::string definition_ = "gears." + group_;

 private:
  void convert_by(const json& conversion) const {
    plane_.edit(kDefinition, "", definition_, {{"spec", {{"conversion", conversion}}}});
  }
};

TEST_F(ConversionTest, a_kind_that_cannot_be_listed_keeps_back_no_other_environment) {
  const auto first = push();
  service_.start();
  wait_synced(first);
  wait_reason(other_, "Synced", "Synced");
  break_conversion();
  const auto told = condition(wait_reason(other_, "Synced", "ClusterUnavailable"), "Synced");
  EXPECT_THAT(told["message"].get<std::string>(), HasSubstr("Gear." + group_));
  plane_.edit("v1/ConfigMap", name_, "a", {{"data", {{"key", "by hand"}}}});
  wait_value("a", "1");
  wait_synced(push_overlay({{"a.yaml", config_map("a", "2")}}));
  EXPECT_EQ(value_of("a"), "2");
  EXPECT_EQ(condition(service_.status(other_), "Synced")["reason"], "ClusterUnavailable");
  mend_conversion();
  wait_reason(other_, "Synced", "Synced");
}

}  // namespace
}  // namespace reconciler::test
