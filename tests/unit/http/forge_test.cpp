#include "http/forge.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace reconciler::http {
namespace {

constexpr const char* kSecret = "It's a Secret to Everybody";
constexpr const char* kBody = "Hello, World!";
// From GitHub's documentation on validating deliveries, for this secret and body.
constexpr const char* kSha256 = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

Request request(Headers headers) { return Request{"POST", {}, std::move(headers), kBody}; }

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

struct Case {
  const char* name;
  Forge forge;
  Headers headers;
  bool authentic;
};

class Authenticity : public testing::TestWithParam<Case> {};

TEST_P(Authenticity, follows_the_forge) {
  EXPECT_EQ(is_authentic(GetParam().forge, request(GetParam().headers), kSecret), GetParam().authentic);
}

const std::string kRight = std::string("sha256=") + kSha256;
const std::string kWrong = "sha256=" + std::string(64, '0');
const std::string kSha1 = "sha1=" + hex(hmac("sha1", kSecret, kBody));
const std::string kSha512 = "sha512=" + hex(hmac("sha512", kSecret, kBody));

INSTANTIATE_TEST_SUITE_P(
    Forges, Authenticity,
    testing::Values(Case{"github", Forge::kGitHub, {{"X-Hub-Signature-256", kRight}}, true},
                    Case{"github_with_another_case_of_header_and_digits",
                         Forge::kGitHub,
                         {{"x-hub-signature-256", "sha256=" + upper(kSha256)}},
                         true},
                    Case{"github_wrong", Forge::kGitHub, {{"X-Hub-Signature-256", kWrong}}, false},
                    Case{"github_none", Forge::kGitHub, {}, false},
                    Case{"github_sha1_only", Forge::kGitHub, {{"X-Hub-Signature", kSha1}}, false},
                    Case{"github_sha1_in_the_new_header", Forge::kGitHub, {{"X-Hub-Signature-256", kSha1}}, false},
                    Case{"github_bare_digits", Forge::kGitHub, {{"X-Hub-Signature-256", kSha256}}, false},
                    Case{"github_short", Forge::kGitHub, {{"X-Hub-Signature-256", "sha256="}}, false},
                    Case{"github_with_the_secret_itself", Forge::kGitHub, {{"X-Gitlab-Token", kSecret}}, false},
                    Case{"gitlab", Forge::kGitLab, {{"X-Gitlab-Token", kSecret}}, true},
                    Case{"gitlab_wrong", Forge::kGitLab, {{"X-Gitlab-Token", "guess"}}, false},
                    Case{"gitlab_empty", Forge::kGitLab, {{"X-Gitlab-Token", ""}}, false},
                    Case{"gitlab_none", Forge::kGitLab, {}, false},
                    Case{"gitea", Forge::kGitea, {{"X-Gitea-Signature", kSha256}}, true},
                    Case{"gitea_by_githubs_header", Forge::kGitea, {{"X-Hub-Signature-256", kRight}}, true},
                    Case{"gitea_wrong", Forge::kGitea, {{"X-Gitea-Signature", std::string(64, '0')}}, false},
                    Case{"gitea_wrong_beside_githubs_header",
                         Forge::kGitea,
                         {{"X-Gitea-Signature", "00"}, {"X-Hub-Signature-256", kRight}},
                         false},
                    Case{"gitea_none", Forge::kGitea, {}, false},
                    Case{"bitbucket", Forge::kBitbucket, {{"X-Hub-Signature", kRight}}, true},
                    Case{"bitbucket_sha1", Forge::kBitbucket, {{"X-Hub-Signature", kSha1}}, false},
                    Case{"bitbucket_none", Forge::kBitbucket, {}, false},
                    Case{"generic_sha256", Forge::kGeneric, {{"X-Signature", kRight}}, true},
                    Case{"generic_sha512", Forge::kGeneric, {{"X-Signature", kSha512}}, true},
                    Case{"generic_256", Forge::kGeneric, {{"X-Signature-256", kRight}}, true},
                    Case{"generic_sha1", Forge::kGeneric, {{"X-Signature", kSha1}}, false},
                    Case{"generic_wrong", Forge::kGeneric, {{"X-Signature", kWrong}}, false},
                    Case{"generic_none", Forge::kGeneric, {}, false}),
    [](const auto& info) { return info.param.name; });

TEST(Authenticity, is_of_the_body_to_the_byte) {
  auto changed = request({{"X-Hub-Signature-256", kRight}});
  changed.body += "\n";
  EXPECT_FALSE(is_authentic(Forge::kGitHub, changed, kSecret));
}

TEST(Forge, has_a_name_in_the_path) {
  EXPECT_EQ(forge_named("gitea"), Forge::kGitea);
  EXPECT_EQ(forge_named("generic"), Forge::kGeneric);
  EXPECT_EQ(forge_named("GitHub"), std::nullopt);
  EXPECT_EQ(forge_named(""), std::nullopt);
}

}  // namespace
}  // namespace reconciler::http
