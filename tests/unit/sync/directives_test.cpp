#include "sync/directives.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/objects.h"
#include "sync/immutable.h"

namespace reconciler::sync {
namespace {

struct Read {
  Directives directives;
  std::vector<Cause> causes;
};

Read read(const std::string& name, const std::string& value) {
  auto body = test::config_map("", "a");
  body["metadata"]["annotations"]["gitops.spira.dev/" + name] = value;
  Read read;
  read.directives = read_directives(test::manifest_of(body), "ConfigMap a", read.causes);
  return read;
}

TEST(Directives, an_object_without_annotations_has_none) {
  std::vector<Cause> causes;
  const auto directives = read_directives(test::manifest_of(test::config_map("", "a")), "", causes);
  EXPECT_EQ(directives.mode, ApplyMode::kAlways);
  EXPECT_FALSE(directives.replace);
  EXPECT_TRUE(directives.ignore.empty());
}

TEST(Directives, are_read) {
  EXPECT_EQ(read("apply", "IfNotPresent").directives.mode, ApplyMode::kIfNotPresent);
  EXPECT_EQ(read("apply", "Ignore").directives.mode, ApplyMode::kIgnore);
  EXPECT_TRUE(read("replace", "enabled").directives.replace);
  EXPECT_EQ(read("ignore", "/spec/replicas, /data/a~1b").directives.ignore,
            (std::vector<std::string>{"/spec/replicas", "/data/a~1b"}));
}

TEST(Directives, both_words_of_prune_are_taken) {
  EXPECT_TRUE(read("prune", "disabled").causes.empty());
  EXPECT_TRUE(read("prune", "confirmed").causes.empty());
}

TEST(Directives, another_value_is_an_error_that_names_object_and_annotation) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"apply", "ifnotpresent"},
                                                                                    {"replace", "true"},
                                                                                    {"prune", "disable"},
                                                                                    {"prune", "Disabled"},
                                                                                    {"prune", "false"},
                                                                                    {"ignore", "spec.replicas"},
                                                                                    {"ignore", "/metadata/name"},
                                                                                    {"ignore", "/a~2"}}) {
    const auto causes = read(name, value).causes;
    ASSERT_EQ(causes.size(), 1U) << name << "=" << value;
    EXPECT_EQ(causes[0].where, "ConfigMap a");
    EXPECT_EQ(causes[0].field, "metadata.annotations[gitops.spira.dev/" + name + "]");
  }
}

Error rejected(const std::vector<std::string>& messages) {
  Error error{ErrorKind::kRejected, "rejected", {}};
  for (const auto& message : messages) error.causes.push_back({"", "spec", message});
  return error;
}

TEST(Immutable, only_what_the_server_calls_so) {
  EXPECT_TRUE(is_immutable(rejected({"Invalid value: \"x\": field is immutable"})));
  EXPECT_TRUE(is_immutable(rejected({"Invalid value: Value is immutable"})));
  EXPECT_TRUE(is_immutable(rejected({"Forbidden: may not be changed in an update."})));
  EXPECT_FALSE(is_immutable(rejected({"Invalid value: 99999: must be between 1 and 65535"})));
  EXPECT_FALSE(is_immutable(rejected({})));
  EXPECT_FALSE(is_immutable({ErrorKind::kConflict, "field is immutable", {{"", "", "field is immutable"}}}));
}

TEST(Immutable, an_object_that_is_wrong_besides_is_not) {
  EXPECT_FALSE(is_immutable(rejected({"field is immutable", "Required value"})));
}

}  // namespace
}  // namespace reconciler::sync
