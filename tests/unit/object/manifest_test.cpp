#include "object/manifest.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace reconciler {
namespace {

TEST(Manifest, parse_gives_the_body) {
  const Manifest manifest{
      {{"", "ConfigMap"}, "spira", "settings"}, "v1", R"({"data":{"a":"1"},"kind":"ConfigMap"})", ""};
  EXPECT_EQ(manifest.parse(), (Json{{"kind", "ConfigMap"}, {"data", {{"a", "1"}}}}));
}

TEST(Manifest, a_body_goes_and_comes_without_a_change) {
  const Manifest manifest{{}, "", R"({"big":9007199254740993,"float":1.5,"text":"ü\n"})", ""};
  EXPECT_EQ(manifest.parse().dump(), manifest.body);
}

}  // namespace
}  // namespace reconciler
