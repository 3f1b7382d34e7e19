#include "git/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reconciler::git {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Url parsed(const std::string& text) {
  const auto url = parse_url(text);
  EXPECT_TRUE(url) << text << ": " << (url ? "" : url.error().message);
  return url.value_or(Url{});
}

TEST(GitUrl, an_https_url_has_its_parts) {
  const Url url = parsed("https://user:p%40ss@git.example.org:8443/group/repo.git");
  EXPECT_EQ(url.scheme, Scheme::kHttps);
  EXPECT_EQ(url.user, "user");
  EXPECT_EQ(url.password, "p@ss");
  EXPECT_EQ(url.host, "git.example.org");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/group/repo.git");
}

TEST(GitUrl, credentials_are_not_shown) {
  EXPECT_EQ(parsed("https://user:secret@host/repo").shown(), "https://host/repo");
  EXPECT_EQ(parsed("https://token@host:81/repo").shown(), "https://host:81/repo");
  EXPECT_EQ(parsed("ssh://git:secret@host/repo").shown(), "ssh://git@host/repo");
}

TEST(GitUrl, an_scp_like_address_is_ssh_relative_to_the_home) {
  const Url url = parsed("git@host.example:group/repo.git");
  EXPECT_EQ(url.scheme, Scheme::kSsh);
  EXPECT_EQ(url.user, "git");
  EXPECT_EQ(url.host, "host.example");
  EXPECT_EQ(url.path, "group/repo.git");
  EXPECT_EQ(url.shown(), "git@host.example:group/repo.git");
}

TEST(GitUrl, an_ssh_url_has_port_and_absolute_path) {
  const Url url = parsed("ssh://git@[::1]:2222/srv/a%20b.git");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 2222);
  EXPECT_EQ(url.path, "/srv/a b.git");
  EXPECT_EQ(url.shown(), "ssh://git@[::1]:2222/srv/a b.git");
}

TEST(GitUrl, a_home_of_a_user_on_the_far_side_is_left_to_its_shell) {
  EXPECT_EQ(parsed("ssh://host/~ann/repo").path, "~ann/repo");
}

TEST(GitUrl, paths_and_file_urls_are_on_this_machine) {
  for (const auto* text : {"/srv/repo.git", "./repo", "../up/repo:with-colon", "repo"}) {
    EXPECT_EQ(parsed(text).scheme, Scheme::kFile) << text;
    EXPECT_EQ(parsed(text).path, text);
  }
  EXPECT_EQ(parsed("file:///srv/repo.git").path, "/srv/repo.git");
  EXPECT_EQ(parsed("file://localhost/srv/repo.git").path, "/srv/repo.git");
}

TEST(GitUrl, what_is_no_repository_is_refused_without_its_password) {
  for (const auto* text :
       {"", "ftp://u:hidden@host/x", "https://u:hidden@host", "https://u:hidden@/x", "https://u:hidden@host:0/x",
        "https://u:hidden@host:99999/x", "ssh://u:hidden@-oProxyCommand=x/y", "-host:path", "file://other/x",
        "git://host/x", "ssh://host/a%0ab", "https://ho\nst/x"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(url.error().message, Not(HasSubstr("hidden")));
  }
}

TEST(GitUrl, every_url_in_a_text_is_scrubbed) {
  EXPECT_EQ(scrubbed("from https://u:p@a/x to http://t@b:8/y?z=1"), "from https://a/x to http://b:8/y?z=1");
  EXPECT_EQ(scrubbed("https://u:p@ss@host/x"), "https://host/x");
  EXPECT_EQ(scrubbed("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(scrubbed("git@host:path"), "git@host:path");
}

}  // namespace
}  // namespace reconciler::git
