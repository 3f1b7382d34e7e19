#include "kustomize/repo_spec.h"

#include <gtest/gtest.h>

namespace reconciler::kustomize {
namespace {

struct Form {
  const char* text;
  const char* repository;
  const char* path;
  const char* ref;
};

class RepoSpecForms : public testing::TestWithParam<Form> {};

TEST_P(RepoSpecForms, are_read_as_the_reference_reads_them) {
  const Form& form = GetParam();
  const auto spec = parse_repo_spec(form.text);
  ASSERT_TRUE(spec) << form.text;
  EXPECT_EQ(spec->repository, form.repository);
  EXPECT_EQ(spec->path, form.path);
  EXPECT_EQ(spec->ref, form.ref);
}

INSTANTIATE_TEST_SUITE_P(
    All, RepoSpecForms,
    testing::Values(
        Form{"github.com/org/repo", "https://github.com/org/repo", "", ""},
        Form{"github.com/org/repo/a/b?ref=v1", "https://github.com/org/repo", "a/b", "v1"},
        Form{"GitHub.com/org/repo//a", "https://github.com/org/repo", "a", ""},
        Form{"github.com:org/repo", "https://github.com/org/repo", "", ""},
        Form{"http://github.com/org/repo", "https://github.com/org/repo", "", ""},
        Form{"https://me@github.com/org/repo", "me@github.com:org/repo", "", ""},
        Form{"git@github.com:org/repo.git/a?ref=v1", "git@github.com:org/repo.git", "a", "v1"},
        Form{"ssh://git@github.com/org/repo", "git@github.com:org/repo", "", ""},
        Form{"git::https://git.example.com/org/repo//a", "https://git.example.com/org/repo", "a", ""},
        Form{"https://git.example.com/org/repo/a/b", "https://git.example.com/org/repo", "a/b", ""},
        Form{"https://git.example.com:8443/x/org/repo.git/a", "https://git.example.com:8443/x/org/repo.git", "a", ""},
        Form{"https://dev.azure.com/org/project/_git/repo/a/b?version=main",
             "https://dev.azure.com/org/project/_git/repo", "a/b", "main"},
        Form{"ssh://git@git.example.com:7999/org/repo//a", "ssh://git@git.example.com:7999/org/repo", "a", ""},
        Form{"user@git.example.com:org/repo//a", "user@git.example.com:org/repo", "a", ""},
        Form{"file:///srv/repo.git//a?ref=v1", "file:///srv/repo.git", "a", "v1"},
        Form{"file:///srv/some/repo", "file:///srv/some/repo", "", ""},
        Form{"https://git.example.com/org/repo//?ref=a&version=b", "https://git.example.com/org/repo", "", "a"},
        Form{"https://git.example.com/org/repo//a/../b", "https://git.example.com/org/repo", "b", ""}));

TEST(RepoSpec, other_texts_are_paths) {
  for (const char* text : {"", "base", "../base", "/srv/base", "./github.com/org/repo", "git.example.com/org/repo",
                           "github.com/org", "https://git.example.com/org", "ftp://host/org/repo",
                           "https://git.example.com/org/repo//../x", "git@github.com:org/repo//a/../../x"}) {
    EXPECT_FALSE(parse_repo_spec(text)) << text;
  }
}

TEST(RepoSpec, queries_other_than_the_ref_have_defaults) {
  using std::chrono::milliseconds;
  const auto timeout = [](const std::string& query) { return parse_repo_spec("github.com/a/b?" + query)->timeout; };
  EXPECT_EQ(timeout(""), milliseconds(27'000));
  EXPECT_EQ(timeout("timeout=61"), milliseconds(61'000));
  EXPECT_EQ(timeout("timeout=2m"), milliseconds(120'000));
  EXPECT_EQ(timeout("timeout=1.5s"), milliseconds(1'500));
  EXPECT_EQ(timeout("timeout=soon"), milliseconds(27'000));
  EXPECT_EQ(timeout("timeout=-1"), milliseconds(27'000));
  EXPECT_TRUE(parse_repo_spec("github.com/a/b")->submodules);
  EXPECT_FALSE(parse_repo_spec("github.com/a/b?submodules=false")->submodules);
}

TEST(RepoSpec, a_marker_or_a_ref_tells_a_repository_from_a_file) {
  EXPECT_TRUE(parse_repo_spec("https://host/org/repo//a")->is_marked);
  EXPECT_TRUE(parse_repo_spec("https://host/org/repo.git")->is_marked);
  EXPECT_TRUE(parse_repo_spec("https://host/org/repo?ref=v1")->is_marked);
  EXPECT_FALSE(parse_repo_spec("https://host/org/repo/file.yaml")->is_marked);
}

}  // namespace
}  // namespace reconciler::kustomize
