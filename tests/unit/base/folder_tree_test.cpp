#include "base/folder_tree.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace reconciler {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMost = 1000;

class FolderTree : public testing::Test {
 protected:
  FolderTree() {
    std::string name = (fs::temp_directory_path() / "folder_tree_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    fs::create_directories(root() / "a/b");
    write(root() / "a/file", "in a");
    write(root() / "top", "top");
    write(folder_ / "outside", "outside");
    tree_ = open_folder(root().string()).value();
  }
  ~FolderTree() override { fs::remove_all(folder_); }

  fs::path root() const { return folder_ / "root"; }
  static void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void link(const std::string& at, const std::string& target) { fs::create_symlink(target, root() / at); }
  ErrorKind read_error(const TreePath& path, const TreePath& within = "") const {
    const auto file = tree_->read(path, within, kMost);
    return file ? ErrorKind::kInternal : file.error().kind;
  }

  fs::path folder_;
  std::unique_ptr<FileTree> tree_;
};

TEST_F(FolderTree, a_file_is_read_with_its_path) {
  const auto file = tree_->read("a/file", "", kMost);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->content, "in a");
  EXPECT_EQ(file->path, "a/file");
}

TEST_F(FolderTree, what_is_absent_has_no_kind_and_cannot_be_read) {
  EXPECT_EQ(tree_->kind("nothing").value(), std::nullopt);
  EXPECT_EQ(tree_->kind("top/below").value(), std::nullopt);
  EXPECT_EQ(read_error("nothing"), ErrorKind::kNotFound);
}

TEST_F(FolderTree, the_root_is_a_folder) {
  EXPECT_EQ(tree_->kind("").value(), EntryKind::kFolder);
  EXPECT_EQ(tree_->list("").value(), (std::vector<std::string>{"a", "top"}));
}

TEST_F(FolderTree, links_are_followed_inside) {
  link("to_folder", "a");
  link("a/b/up", "../../top");
  EXPECT_EQ(tree_->read("to_folder/file", "", kMost)->path, "a/file");
  EXPECT_EQ(tree_->read("to_folder/b/up", "", kMost)->content, "top");
  EXPECT_EQ(tree_->resolve("to_folder/b").value(), "a/b");
}

TEST_F(FolderTree, an_absolute_link_that_stays_inside_is_followed) {
  link("absolute", (fs::canonical(root()) / "a/file").string());
  EXPECT_EQ(tree_->read("absolute", "", kMost)->path, "a/file");
}

TEST_F(FolderTree, a_link_out_is_an_error) {
  link("relative", "../outside");
  link("absolute", (folder_ / "outside").string());
  link("a/out", "../..");
  EXPECT_EQ(read_error("relative"), ErrorKind::kInvalid);
  EXPECT_EQ(read_error("absolute"), ErrorKind::kInvalid);
  EXPECT_EQ(read_error("a/out/outside"), ErrorKind::kInvalid);
}

TEST_F(FolderTree, a_sibling_with_the_root_s_name_as_prefix_is_outside) {
  write(folder_ / "root-other/file", "other");
  link("other", (folder_ / "root-other/file").string());
  EXPECT_EQ(read_error("other"), ErrorKind::kInvalid);
}

TEST_F(FolderTree, a_circle_of_links_is_an_error) {
  link("one", "two");
  link("two", "one");
  EXPECT_EQ(read_error("one"), ErrorKind::kInvalid);
}

TEST_F(FolderTree, parent_steps_end_at_the_root) {
  EXPECT_EQ(tree_->read("a/../top", "", kMost)->path, "top");
  EXPECT_EQ(read_error("../outside"), ErrorKind::kInvalid);
}

TEST_F(FolderTree, a_file_must_lie_within_the_given_folder_after_all_links) {
  link("a/link", "../top");
  EXPECT_TRUE(tree_->read("a/file", "a", kMost));
  EXPECT_EQ(read_error("top", "a"), ErrorKind::kInvalid);
  EXPECT_EQ(read_error("a/link", "a"), ErrorKind::kInvalid);
}

TEST_F(FolderTree, folders_and_special_files_are_no_files) {
  ASSERT_EQ(::mkfifo((root() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_error("a"), ErrorKind::kInvalid);
  EXPECT_EQ(read_error("pipe"), ErrorKind::kInvalid);
}

TEST_F(FolderTree, a_file_may_be_as_large_as_asked_and_no_larger) {
  write(root() / "large", std::string(kMost, 'x'));
  EXPECT_EQ(tree_->read("large", "", kMost)->content.size(), kMost);
  EXPECT_FALSE(tree_->read("large", "", kMost - 1));
}

TEST_F(FolderTree, a_root_that_does_not_exist_is_not_found) {
  const auto tree = open_folder((folder_ / "nowhere").string());
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace reconciler
