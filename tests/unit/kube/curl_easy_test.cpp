#include "kube/curl_easy.h"

#include <gtest/gtest.h>

namespace reconciler::kube {
namespace {

TEST(CurlEasy, a_socks_proxy_resolves_names) {
  EXPECT_EQ(proxy_for_curl("socks5://bastion:1080"), "socks5h://bastion:1080");
  for (const auto* other : {"socks5h://bastion:1080", "http://proxy:3128", "https://proxy"}) {
    EXPECT_EQ(proxy_for_curl(other), other);
  }
}

}  // namespace
}  // namespace reconciler::kube
