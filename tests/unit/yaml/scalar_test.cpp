#include "yaml/scalar.h"

#include <utility>

#include <gtest/gtest.h>

namespace reconciler::yaml {
namespace {

std::string json_of(std::string_view text) {
  Arena arena;
  std::string scratch;
  const auto value = value_of(*make_scalar(arena, text, resolve_plain(text)), scratch);
  return value ? std::string(value->text) : "error";
}

TEST(Scalar, plain_text_is_read_as_go_yaml_3_reads_it) {
  const std::pair<const char*, Tag> cases[] = {{"text", Tag::kStr},
                                               {"yes", Tag::kStr},
                                               {"on", Tag::kStr},
                                               {"true", Tag::kBool},
                                               {"FALSE", Tag::kBool},
                                               {"", Tag::kNull},
                                               {"~", Tag::kNull},
                                               {"null", Tag::kNull},
                                               {"nULL", Tag::kStr},
                                               {"1", Tag::kInt},
                                               {"-0x1F", Tag::kInt},
                                               {"0o17", Tag::kInt},
                                               {"0777", Tag::kInt},
                                               {"0b101", Tag::kInt},
                                               {"1_000", Tag::kInt},
                                               {"08", Tag::kFloat},
                                               {"1.", Tag::kFloat},
                                               {".5", Tag::kFloat},
                                               {".5.", Tag::kStr},
                                               {"1e3", Tag::kFloat},
                                               {"1e400", Tag::kStr},
                                               {".inf", Tag::kFloat},
                                               {".NaN", Tag::kFloat},
                                               {"-", Tag::kStr},
                                               {"+", Tag::kStr},
                                               {".", Tag::kStr},
                                               {"1:30", Tag::kStr},
                                               {"2001-02-03", Tag::kTimestamp},
                                               {"2001-02-30", Tag::kStr},
                                               {"2001-2-3 4:5:6.7", Tag::kTimestamp},
                                               {"<<", Tag::kMerge},
                                               {"18446744073709551615", Tag::kInt},
                                               {"18446744073709551616", Tag::kFloat},
                                               {"-9223372036854775809", Tag::kFloat}};
  for (const auto& [text, tag] : cases) EXPECT_EQ(resolve_plain(text), tag) << text;
}

TEST(Scalar, the_second_dialect_knows_the_words_of_yaml_1_1) {
  for (const char* word : {"y", "Yes", "on", "OFF", "n"})
    EXPECT_EQ(resolve_plain(word, Dialect::kVersion2), Tag::kBool) << word;
  EXPECT_EQ(resolve_plain("yEs", Dialect::kVersion2), Tag::kStr);
  EXPECT_EQ(resolve_plain("0o17", Dialect::kVersion2), Tag::kInt);
}

TEST(Scalar, numbers_take_the_form_of_go_s_json) {
  const std::pair<const char*, const char*> cases[] = {{"0777", "511"},
                                                       {"0x1F", "31"},
                                                       {"1_000", "1000"},
                                                       {"+5", "5"},
                                                       {"-0", "0"},
                                                       {"-0.0", "0"},
                                                       {"-0e5", "0"},
                                                       {"1.0", "1"},
                                                       {"1e20", "100000000000000000000"},
                                                       {"1e21", "1e+21"},
                                                       {"1e-7", "1e-7"},
                                                       {"0.000001", "0.000001"},
                                                       {"12345678901234567891", "12345678901234567891"},
                                                       {"1234567.5", "1234567.5"},
                                                       {"-.5", "-0.5"},
                                                       {"08", "8"}};
  for (const auto& [text, json] : cases) EXPECT_EQ(json_of(text), json) << text;
}

TEST(Scalar, dates_become_rfc_3339_texts) {
  EXPECT_EQ(json_of("2001-02-03"), "2001-02-03T00:00:00Z");
  EXPECT_EQ(json_of("2001-2-3t4:5:6.70+01:30"), "2001-02-03T04:05:06.7+01:30");
  EXPECT_EQ(json_of("2001-02-03T04:05:06+00:00"), "2001-02-03T04:05:06Z");
}

TEST(Scalar, what_json_cannot_hold_is_an_error) {
  EXPECT_EQ(json_of(".inf"), "error");
  EXPECT_EQ(json_of(".nan"), "error");
}

TEST(Scalar, an_explicit_tag_must_fit) {
  Arena arena;
  std::string scratch;
  EXPECT_FALSE(value_of(*make_scalar(arena, "abc", Tag::kInt), scratch));
  EXPECT_FALSE(value_of(*make_scalar(arena, "no base 64!", Tag::kBinary), scratch));
  EXPECT_EQ(value_of(*make_scalar(arena, "aGVsbG8=", Tag::kBinary), scratch)->text, "hello");
  EXPECT_EQ(value_of(*make_scalar(arena, "3", Tag::kFloat), scratch)->text, "3");
  EXPECT_EQ(value_of(*make_scalar(arena, "3", Tag::kOther), scratch)->kind, ValueKind::kString);
}

TEST(Scalar, an_untyped_scalar_is_read_by_its_text_unless_it_is_quoted) {
  Arena arena;
  std::string scratch;
  EXPECT_EQ(value_of(*make_untyped(arena, "12"), scratch)->kind, ValueKind::kNumber);
  EXPECT_EQ(value_of(*make_scalar(arena, "12", Tag::kNone, Style::kDoubleQuoted), scratch)->kind, ValueKind::kString);
}

TEST(Scalar, written_numbers_take_go_s_shortest_form) {
  std::string scratch;
  const std::pair<const char*, const char*> cases[] = {{"100000000000000000000", "1e+20"},
                                                       {"1234567.5", "1.2345675e+06"},
                                                       {"0.5", "0.5"},
                                                       {"1e-7", "1e-07"},
                                                       {"-0", "0"},
                                                       {"42", "42"},
                                                       {"18446744073709551615", "18446744073709551615"}};
  for (const auto& [json, yaml] : cases) EXPECT_EQ(yaml_number(json, scratch), yaml) << json;
}

TEST(Scalar, strings_that_yaml_1_1_would_misread_need_quotes) {
  for (const char* text : {"", "yes", "n", "12", "1:30", "1:30:00.5", "0x1", "2001-02-03", "~", "1e3"})
    EXPECT_TRUE(needs_quotes(text)) << text;
  for (const char* text : {"text", "1:75", "12a", "yep", "a:b", "1.2.3", "<<"})
    EXPECT_FALSE(needs_quotes(text)) << text;
}

}  // namespace
}  // namespace reconciler::yaml
