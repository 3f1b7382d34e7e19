#include "base/digest.h"

#include <gtest/gtest.h>

namespace reconciler {
namespace {

// FIPS 180-4, the examples of SHA-256.
TEST(Sha256, has_the_values_of_the_standard) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, is_raw_or_in_hexadecimal_digits) {
  EXPECT_EQ(sha256("abc").size(), 32U);
  EXPECT_EQ(hex(sha256("abc")), sha256_hex("abc"));
}

// RFC 2202 and RFC 4231, test cases 2 and 6 (a key longer than a block).
TEST(Hmac, has_the_values_of_the_standards) {
  const std::string long_key(131, '\xaa');
  const auto* message = "Test Using Larger Than Block-Size Key - Hash Key First";
  EXPECT_EQ(hex(hmac("sha1", "Jefe", "what do ya want for nothing?")), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex(hmac("sha256", "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac("sha256", long_key, message)), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex(hmac("sha512", long_key, message)),
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
            "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

TEST(Hmac, an_empty_key_is_a_key) {
  EXPECT_EQ(hex(hmac("sha256", {}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hmac, an_unknown_algorithm_gives_nothing) {
  EXPECT_EQ(hmac("md5", "key", "message"), "");
  EXPECT_EQ(hmac("SHA256", "key", "message"), "");
  EXPECT_EQ(hmac("", "key", "message"), "");
}

TEST(Hex, is_lower_case_and_keeps_zeros) { EXPECT_EQ(hex(std::string("\x00\x0f\xff\x80", 4)), "000fff80"); }

// RFC 4648, section 10.
TEST(Base64, has_the_values_of_the_standard) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, stays_in_one_line) {
  const auto text = base64(std::string(1000, 'x'));
  EXPECT_EQ(text.size(), 1336U);
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Base64Url, has_the_other_alphabet_and_no_padding) {
  EXPECT_EQ(base64("\xfb\xff\xbf"), "+/+/");
  EXPECT_EQ(base64_url("\xfb\xff\xbf"), "-_-_");
  EXPECT_EQ(base64_url("f"), "Zg");
  EXPECT_EQ(base64_url(""), "");
}

TEST(EqualInConstantTime, tells_equal_from_different) {
  EXPECT_TRUE(equal_in_constant_time("secret", "secret"));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_FALSE(equal_in_constant_time("secret", "Secret"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_in_constant_time("secret", "secret1"));
  EXPECT_FALSE(equal_in_constant_time("", "x"));
}

TEST(EqualInConstantTime, a_zero_byte_ends_nothing) {
  EXPECT_FALSE(equal_in_constant_time(std::string("a\0b", 3), std::string("a\0c", 3)));
}

}  // namespace
}  // namespace reconciler
