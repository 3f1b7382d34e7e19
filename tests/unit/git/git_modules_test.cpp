#include "git/git_modules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reconciler::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(GitModules, urls_stand_by_path) {
  const auto urls = read_git_modules(
      "# ours\n[submodule \"Lib.one\"]\n\tpath = vendor/one\n\turl = ../one.git ; beside us\n\tbranch = main\n"
      "[submodule \"two\"]\n\turl = \"https://example.org/a b.git\"\n\tpath = two\n");
  ASSERT_TRUE(urls) << urls.error().text();
  EXPECT_THAT(*urls, ElementsAre(Pair("two", "https://example.org/a b.git"), Pair("vendor/one", "../one.git")));
}

TEST(GitModules, one_without_a_url_or_a_path_is_none) {
  EXPECT_THAT(read_git_modules("[submodule \"a\"]\npath = a\n[submodule \"b\"]\nurl = b\n").value(), IsEmpty());
  EXPECT_THAT(read_git_modules("").value(), IsEmpty());
}

TEST(GitModules, a_text_that_is_no_configuration_is_an_error) {
  EXPECT_EQ(read_git_modules("[submodule\npath").error().kind, ErrorKind::kInvalid);
}

TEST(GitModules, another_file_is_never_included) {
  for (const auto* text : {"[include]\npath = /etc/hostname\n", "[Include] path=x\n",
                           "[includeIf \"gitdir:/\"]\npath = /etc/hostname\n"}) {
    EXPECT_THAT(read_git_modules(text).error().message, HasSubstr("includes another file")) << text;
  }
}

TEST(GitModules, relative_urls_count_from_the_repository) {
  const auto seen = [](const std::string& base, const std::string& url) { return submodule_url(base, url).value(); };
  EXPECT_EQ(seen("https://host/org/repo.git", "../other.git"), "https://host/org/other.git");
  EXPECT_EQ(seen("https://host/org/repo.git/", "../../all/other"), "https://host/all/other");
  EXPECT_EQ(seen("https://host/org/repo.git", "./inside"), "https://host/org/repo.git/inside");
  EXPECT_EQ(seen("git@host:org/repo.git", "../other.git"), "git@host:org/other.git");
  EXPECT_EQ(seen("git@host:repo.git", "../other.git"), "git@host:other.git");
  EXPECT_EQ(seen("https://host/org/repo.git", "https://elsewhere/x"), "https://elsewhere/x");
  EXPECT_EQ(seen("https://host/org/repo.git", "git@elsewhere:x"), "git@elsewhere:x");
}

TEST(GitModules, a_relative_url_cannot_choose_the_host) {
  for (const auto* url : {"../../../elsewhere/x", "../../../../x"}) {
    EXPECT_EQ(submodule_url("https://host/org/repo.git", url).error().kind, ErrorKind::kInvalid) << url;
  }
}

}  // namespace
}  // namespace reconciler::git
