#include "controller/undeclared_fields.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler::controller {
namespace {

Error refusal(const std::vector<std::pair<std::string, std::string>>& causes) {
  Error error{ErrorKind::kRejected, "the API server rejects it", {}};
  for (const auto& [field, message] : causes) error.causes.push_back({"", field, message});
  return error;
}

TEST(UndeclaredFields, are_left_out_wherever_they_are) {
  UndeclaredFields fields;
  EXPECT_TRUE(fields.learn(refusal({{"status.new", "field not declared in schema"},
                                    {"status.hooks[0].set", "field not declared in schema"},
                                    {"status.hooks[1].set", "field not declared in schema"}})));
  EXPECT_EQ(fields.text(), "status.hooks.set, status.new");
  Json object{{"spec", {{"new", 1}}},
              {"status", {{"new", 1}, {"old", 2}, {"hooks", {{{"set", 1}, {"name", "a"}}, {{"name", "b"}}}}}}};
  fields.leave_out_of(object);
  EXPECT_EQ(object,
            (Json{{"spec", {{"new", 1}}}, {"status", {{"old", 2}, {"hooks", {{{"name", "a"}}, {{"name", "b"}}}}}}}));
}

TEST(UndeclaredFields, another_refusal_teaches_nothing) {
  UndeclaredFields fields;
  EXPECT_FALSE(fields.learn(refusal({})));
  EXPECT_FALSE(fields.learn(refusal({{"status.new", "field not declared in schema"}, {"status.old", "is too long"}})));
  EXPECT_EQ(fields.count(), 0U);
}

TEST(UndeclaredFields, a_refusal_for_what_is_left_out_already_teaches_nothing) {
  UndeclaredFields fields;
  EXPECT_TRUE(fields.learn(refusal({{"status.new", "field not declared in schema"}})));
  EXPECT_FALSE(fields.learn(refusal({{"status.new", "field not declared in schema"}})));
  EXPECT_TRUE(fields.learn(
      refusal({{"status.new", "field not declared in schema"}, {"status.newer", "field not declared in schema"}})));
}

}  // namespace
}  // namespace reconciler::controller
