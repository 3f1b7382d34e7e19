#include "base/base64.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace reconciler {
namespace {

TEST(FromBase64, gives_back_what_was_encoded) {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "\xff\x00\x01"})
    EXPECT_EQ(from_base64(base64(text)), text);
}

TEST(FromBase64, takes_lines) { EXPECT_EQ(from_base64("YWJj\nZGVm\n"), "abcdef"); }

TEST(FromBase64, refuses_what_is_none) {
  for (const auto* text : {"a", "abc", "ab!=", "====="}) EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace reconciler
