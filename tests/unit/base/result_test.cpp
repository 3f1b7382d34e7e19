#include "base/result.h"

#include <set>

#include <gtest/gtest.h>

namespace reconciler {
namespace {

Result<int> half_of(int number) {
  if (number % 2 != 0) return fail(ErrorKind::kInvalid, "odd");
  return number / 2;
}

Result<int> quarter_of(int number) {
  TRY(const int half, half_of(number));
  TRY(const int quarter, half_of(half));
  return quarter;
}

Status check_quarter(int number) {
  TRY_VOID(quarter_of(number).map([](int) {}));
  return {};
}

TEST(Result, try_gives_the_value_or_leaves_with_the_error) {
  EXPECT_EQ(quarter_of(12).value(), 3);
  EXPECT_EQ(quarter_of(6).error().message, "odd");
}

TEST(Result, try_void_leaves_with_the_error) {
  EXPECT_TRUE(check_quarter(8));
  EXPECT_EQ(check_quarter(7).error().kind, ErrorKind::kInvalid);
}

TEST(Result, every_kind_of_error_has_its_own_word) {
  std::set<std::string> words;
  for (const auto kind : {ErrorKind::kInvalid, ErrorKind::kNotFound, ErrorKind::kForbidden, ErrorKind::kConflict,
                          ErrorKind::kRejected, ErrorKind::kUnavailable, ErrorKind::kCancelled, ErrorKind::kInternal}) {
    words.insert(to_string(kind));
  }
  EXPECT_EQ(words.size(), 8U);
  EXPECT_STREQ(to_string(ErrorKind::kNotFound), "not-found");
}

TEST(Cause, parts_that_are_empty_are_left_out) {
  EXPECT_EQ((Cause{"a.yaml:3:1", "spec.replicas", "must be a number"}).text(),
            "a.yaml:3:1: spec.replicas: must be a number");
  EXPECT_EQ((Cause{"a.yaml:3:1", "", "must be a map"}).text(), "a.yaml:3:1: must be a map");
  EXPECT_EQ((Cause{"", "", "alone"}).text(), "alone");
  EXPECT_EQ((Cause{"", "spec", ""}).text(), "spec");
  EXPECT_EQ(Cause{}.text(), "");
}

TEST(Error, text_has_a_line_for_each_cause) {
  const Error error{ErrorKind::kRejected, "two refused", {{"a", "", "first"}, {"b", "spec", "second"}}};
  EXPECT_EQ(error.text(), "two refused\n  a: first\n  b: spec: second");
}

TEST(Error, line_is_one_line) {
  const Error error{ErrorKind::kRejected, "two refused", {{"a", "", "first"}, {"b", "spec", "second"}}};
  EXPECT_EQ(error.line(), "two refused: a: first; b: spec: second");
  EXPECT_EQ((Error{ErrorKind::kInternal, "alone", {}}).line(), "alone");
}

TEST(Error, names_what_it_is_about_once) {
  const Error error{ErrorKind::kRejected, "refused", {{"", "data", "is bad"}}, "ConfigMap a"};
  EXPECT_EQ(error.head(), "ConfigMap a: refused");
  EXPECT_EQ(error.line(), "ConfigMap a: refused: data: is bad");
  EXPECT_EQ(error.text(), "ConfigMap a: refused\n  data: is bad");
  EXPECT_EQ(Error(error).within("environment x").head(), "environment x: ConfigMap a: refused");
}

TEST(Error, context_goes_before_the_message_and_keeps_kind_and_causes) {
  const auto error = Error{ErrorKind::kConflict, "taken", {{"a", "", "b"}}}.within("environments/a.yaml");
  EXPECT_EQ(error.kind, ErrorKind::kConflict);
  EXPECT_EQ(error.message, "environments/a.yaml: taken");
  ASSERT_EQ(error.causes.size(), 1U);
  EXPECT_EQ(error.causes[0].message, "b");
}

}  // namespace
}  // namespace reconciler
