#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "yaml/json.h"
#include "yaml/parse.h"

namespace reconciler::kustomize {

/// Trees from text and back, for tests.
class Trees {
 public:
  yaml::Arena arena;

  yaml::Node& read(std::string_view text) {
    auto node = yaml::parse_document(text, "test.yaml", arena);
    EXPECT_TRUE(node && *node != nullptr) << text;
    return **node;
  }

  static std::string json(const yaml::Node& node) {
    auto text = yaml::to_json(node);
    return text ? *text : text.error().text();
  }
  std::string json(std::string_view text) { return json(read(text)); }
};

}  // namespace reconciler::kustomize
