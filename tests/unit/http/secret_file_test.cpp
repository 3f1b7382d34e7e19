#include "http/secret_file.h"

#include <gtest/gtest.h>

#include "temporary_file.h"

namespace reconciler::http {
namespace {

TEST(SecretFile, holds_the_text_without_the_white_space_at_its_end) {
  const TemporaryFile file("correct horse \r\n\n");
  const auto secret = SecretFile::open(file.path());
  ASSERT_TRUE(secret) << secret.error().text();
  EXPECT_EQ((*secret)->value(), "correct horse");
}

TEST(SecretFile, matches_the_whole_secret_only) {
  const TemporaryFile file("s3cret\n");
  const auto secret = SecretFile::open(file.path());
  ASSERT_TRUE(secret);
  EXPECT_TRUE((*secret)->matches("s3cret"));
  for (const char* wrong : {"", "s3cre", "s3crets", "S3cret", "s3cret\n"})
    EXPECT_FALSE((*secret)->matches(wrong)) << wrong;
}

TEST(SecretFile, is_read_again_when_it_changes) {
  TemporaryFile file("old");
  const auto secret = SecretFile::open(file.path());
  ASSERT_TRUE(secret);
  ASSERT_TRUE((*secret)->matches("old"));
  file.write("new");
  EXPECT_TRUE((*secret)->matches("new"));
  EXPECT_FALSE((*secret)->matches("old"));
}

TEST(SecretFile, that_is_gone_or_empty_lets_nobody_in) {
  TemporaryFile file("old");
  const auto secret = SecretFile::open(file.path());
  ASSERT_TRUE(secret);
  file.write("");
  EXPECT_FALSE((*secret)->matches("old"));
  EXPECT_FALSE((*secret)->matches(""));
  file.write("old");
  EXPECT_TRUE((*secret)->matches("old"));
  std::filesystem::remove(file.path());
  EXPECT_FALSE((*secret)->matches("old"));
}

TEST(SecretFile, must_be_readable_and_hold_something_at_the_start) {
  const TemporaryFile empty("\n"), large(std::string(5000, 'x'));
  for (const auto& path : {std::string("/nowhere/token"), empty.path(), large.path(), std::string("/")}) {
    const auto secret = SecretFile::open(path);
    ASSERT_FALSE(secret) << path;
    EXPECT_EQ(secret.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(secret.error().message.find(path), std::string::npos);
  }
}

}  // namespace
}  // namespace reconciler::http
