#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "git/repository.h"
#include "support/git/scratch.h"

namespace reconciler::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ScratchFolder;
using testing::Upstream;

constexpr std::size_t kPlenty = 1 << 20;

class CommitTreeTest : public ::testing::Test {
 protected:
  std::filesystem::path work() const { return upstream_.work(); }
  void file(const std::string& path, const std::string& content) { testing::write_file(work() / path, content); }
  void link(const std::string& path, const std::string& target) {
    std::filesystem::create_directories((work() / path).parent_path());
    std::filesystem::create_symlink(target, work() / path);
  }
  std::shared_ptr<const FileTree> tree() {
    const auto id = upstream_.commit_all();
    const auto repository = open_local(work().string());
    return repository.value()->tree(id).value();
  }

  ScratchFolder scratch_;
  Upstream upstream_{scratch_};
};

TEST_F(CommitTreeTest, files_are_read_and_folders_listed_by_bytes) {
  file("a/b.yaml", "b");
  file("a/b", "plain");
  file("a/b0/x", "x");
  file("a/B", "upper");
  const auto files = tree();
  EXPECT_EQ(files->read("a/b.yaml", "", kPlenty)->content, "b");
  EXPECT_THAT(files->list("a").value(), ElementsAre("B", "b", "b.yaml", "b0"));
  EXPECT_THAT(files->list("").value(), ElementsAre("a"));
  EXPECT_EQ(files->kind("a").value(), EntryKind::kFolder);
  EXPECT_EQ(files->kind("").value(), EntryKind::kFolder);
  EXPECT_EQ(files->kind("a/b").value(), EntryKind::kFile);
}

TEST_F(CommitTreeTest, what_is_not_there_is_absent) {
  file("a/b", "b");
  const auto files = tree();
  EXPECT_EQ(files->kind("nothing").value(), std::nullopt);
  EXPECT_EQ(files->kind("a/b/c").value(), std::nullopt);
  EXPECT_EQ(files->read("nothing", "", kPlenty).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(files->list("nothing").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(files->resolve("nothing").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(files->content_id("nothing"), std::nullopt);
}

TEST_F(CommitTreeTest, a_file_is_no_folder_and_a_folder_no_file) {
  file("a/b", "b");
  const auto files = tree();
  EXPECT_EQ(files->read("a", "", kPlenty).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(files->list("a/b").error().kind, ErrorKind::kInvalid);
}

TEST_F(CommitTreeTest, links_inside_are_followed_to_where_the_content_is) {
  file("real/deep/file", "content");
  link("to-file", "real/deep/file");
  link("to-folder", "real/deep");
  link("real/up", "../to-folder");
  link("real/chain", "up/../deep/./file");
  const auto files = tree();
  EXPECT_EQ(files->read("to-file", "", kPlenty)->path, "real/deep/file");
  EXPECT_EQ(files->read("to-folder/file", "", kPlenty)->content, "content");
  EXPECT_EQ(files->resolve("real/up").value(), "real/deep");
  EXPECT_EQ(files->resolve("real/chain").value(), "real/deep/file");
  EXPECT_EQ(files->kind("to-folder").value(), EntryKind::kFolder);
  EXPECT_THAT(files->list("to-folder").value(), ElementsAre("file"));
}

TEST_F(CommitTreeTest, dots_in_a_link_count_from_the_folder_that_really_holds_it) {
  file("real/sibling", "the sibling");
  link("real/deep/link", "../sibling");
  link("shallow", "real/deep");
  EXPECT_EQ(tree()->read("shallow/link", "", kPlenty)->content, "the sibling");
}

TEST_F(CommitTreeTest, a_link_out_of_the_repository_is_refused) {
  file("a/file", "content");
  link("a/up", "../../outside");
  link("absolute", "/etc/passwd");
  link("a/far", "../../../../../../../../etc");
  link("a/back-in", "../../upstream-work/a/file");
  const auto files = tree();
  for (const auto* path : {"a/up", "absolute", "a/far", "a/far/passwd", "a/back-in"}) {
    const auto read = files->read(path, "", kPlenty);
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().kind, ErrorKind::kInvalid) << path;
    EXPECT_THAT(read.error().message, HasSubstr("leads out of the repository"));
    EXPECT_EQ(files->kind(path).error().kind, ErrorKind::kInvalid) << path;
    EXPECT_EQ(files->resolve(path).error().kind, ErrorKind::kInvalid) << path;
    EXPECT_EQ(files->list(path).error().kind, ErrorKind::kInvalid) << path;
    EXPECT_EQ(files->content_id(path), std::nullopt) << path;
  }
}

TEST_F(CommitTreeTest, links_in_a_circle_are_refused) {
  link("one", "two");
  link("two", "one");
  link("self", "self/x");
  link("growing", "growing/growing");
  const auto files = tree();
  for (const auto* path : {"one", "self", "growing"})
    EXPECT_EQ(files->kind(path).error().kind, ErrorKind::kInvalid) << path;
}

TEST_F(CommitTreeTest, a_link_to_nothing_is_nothing) {
  link("dangling", "nowhere");
  EXPECT_EQ(tree()->kind("dangling").value(), std::nullopt);
}

TEST_F(CommitTreeTest, a_path_that_is_not_normal_is_refused) {
  file("a/b", "b");
  const auto files = tree();
  for (const auto& path :
       std::vector<std::string>{"/a", "a/", "a//b", "./a", "a/../a", "..", "a/./b", std::string("a\0b", 3)}) {
    EXPECT_EQ(files->kind(path).error().kind, ErrorKind::kInvalid) << path;
  }
}

TEST_F(CommitTreeTest, a_file_outside_the_allowed_folder_is_refused_by_where_it_really_is) {
  file("base/file", "content");
  file("overlay/own", "own");
  link("overlay/link", "../base/file");
  const auto files = tree();
  EXPECT_EQ(files->read("overlay/own", "overlay", kPlenty)->content, "own");
  EXPECT_EQ(files->read("overlay/link", "overlay", kPlenty).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(files->read("overlay/link", "base", kPlenty)->content, "content");
}

TEST_F(CommitTreeTest, a_file_over_the_limit_is_refused_without_its_content) {
  file("big", "canary" + std::string(5000, 'x'));
  const auto files = tree();
  EXPECT_EQ(files->read("big", "", 5006)->content.size(), 5006U);
  const auto read = files->read("big", "", 5005);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(read.error().message, HasSubstr("5006"));
  EXPECT_THAT(read.error().message, ::testing::Not(HasSubstr("canary")));
}

TEST_F(CommitTreeTest, a_submodule_says_that_it_is_one) {
  const auto inner = testing::Upstream(scratch_, "inner").commit("file", "content");
  file("a", "a");
  testing::git(work(), {"update-index", "--add", "--cacheinfo", "160000," + inner + ",vendor"});
  testing::git(work(), {"add", "a"});
  testing::git(work(), {"commit", "-q", "-m", "with a submodule"});
  const auto files = open_local(work().string()).value()->tree(testing::git(work(), {"rev-parse", "HEAD"})).value();
  EXPECT_THAT(files->list("").value(), ElementsAre("a", "vendor"));
  EXPECT_THAT(files->kind("vendor").error().message, HasSubstr("submodule"));
  EXPECT_THAT(files->read("vendor/file", "", kPlenty).error().message, HasSubstr("submodule"));
  EXPECT_EQ(files->list("vendor").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(files->content_id("vendor"), std::nullopt);
}

TEST_F(CommitTreeTest, a_folder_keeps_its_content_id_while_others_change) {
  file("same/file", "content");
  file("other/file", "one");
  const auto before = tree();
  file("other/file", "two");
  const auto after = tree();
  EXPECT_EQ(before->content_id("same"), after->content_id("same"));
  EXPECT_NE(before->content_id("other"), after->content_id("other"));
  EXPECT_NE(before->content_id(""), after->content_id(""));
  EXPECT_EQ(before->content_id("same")->size(), 40U);
  EXPECT_EQ(before->content_id("same/file"), std::nullopt);
}

}  // namespace
}  // namespace reconciler::git
