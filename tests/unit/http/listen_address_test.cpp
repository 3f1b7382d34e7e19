#include "http/listen_address.h"

#include <gtest/gtest.h>

namespace reconciler::http {
namespace {

TEST(ListenAddress, is_a_host_and_a_port) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080"), (ListenAddress{"127.0.0.1", 8080}));
  EXPECT_EQ(parse_listen_address("localhost:0"), (ListenAddress{"localhost", 0}));
  EXPECT_EQ(parse_listen_address("[::1]:65535"), (ListenAddress{"::1", 65535}));
}

TEST(ListenAddress, without_a_host_is_every_address) {
  EXPECT_EQ(parse_listen_address(":8080"), (ListenAddress{"0.0.0.0", 8080}));
}

TEST(ListenAddress, of_another_form_is_invalid) {
  for (const char* text : {"", "8080", "localhost", "localhost:", "localhost:http", "localhost:65536", "localhost:-1",
                           "localhost:80 ", "::1:8080", "[::1:8080", "::1]:8080", "[]:8080"}) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().kind, ErrorKind::kInvalid) << text;
  }
}

}  // namespace
}  // namespace reconciler::http
