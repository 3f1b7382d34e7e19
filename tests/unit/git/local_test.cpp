#include <gtest/gtest.h>

#include "git/repository.h"
#include "support/git/scratch.h"

namespace reconciler::git {
namespace {

using testing::ScratchFolder;
using testing::Upstream;

TEST(LocalRepository, opens_a_work_tree_a_folder_in_it_and_a_bare_repository) {
  const ScratchFolder scratch;
  Upstream upstream(scratch);
  const auto id = upstream.commit("deep/file", "content");
  for (const auto& path : {upstream.work(), upstream.work() / "deep", upstream.bare()}) {
    const auto repository = open_local(path.string());
    ASSERT_TRUE(repository) << path;
    EXPECT_EQ((*repository)->commit("main")->id, id);
  }
}

TEST(LocalRepository, opens_a_linked_work_tree_with_a_head_of_its_own) {
  const ScratchFolder scratch;
  Upstream upstream(scratch);
  const auto first = upstream.commit("file", "one");
  upstream.commit("file", "two");
  testing::git(upstream.work(), {"worktree", "add", "-q", "--detach", scratch / "linked", first});
  const auto repository = open_local(scratch / "linked");
  ASSERT_TRUE(repository) << repository.error().text();
  EXPECT_EQ((*repository)->commit("HEAD")->id, first);
  EXPECT_EQ((*repository)->tree(first).value()->read("file", "", 100)->content, "one");
}

TEST(LocalRepository, where_there_is_none_it_is_not_found) {
  const ScratchFolder scratch;
  EXPECT_EQ(open_local(scratch.path().string()).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(open_local(scratch / "nowhere").error().kind, ErrorKind::kNotFound);
}

TEST(LocalRepository, a_commit_is_described) {
  const ScratchFolder scratch;
  Upstream upstream(scratch);
  upstream.commit("file", "content");
  const auto commit = open_local(upstream.work().string()).value()->commit("HEAD");
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->subject, "change file");
  EXPECT_EQ(commit->author, "Test Person <test@example.org>");
  const auto epoch = std::stoll(testing::git(upstream.work(), {"show", "-s", "--format=%ct", "HEAD"}));
  EXPECT_EQ(std::chrono::system_clock::to_time_t(commit->time), epoch);
}

TEST(LocalRepository, revisions_of_every_form_name_their_commit) {
  const ScratchFolder scratch;
  Upstream upstream(scratch);
  const auto first = upstream.commit("file", "one");
  testing::git(upstream.work(), {"tag", "-a", "-m", "a tag", "v1"});
  const auto second = upstream.commit("file", "two");
  const auto repository = open_local(upstream.work().string()).value();
  EXPECT_EQ(repository->commit("v1")->id, first);
  EXPECT_EQ(repository->commit("main~1")->id, first);
  EXPECT_EQ(repository->commit(second.substr(0, 10))->id, second);
  EXPECT_EQ(repository->commit("nothing").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(repository->commit("HEAD:file").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(repository->commit("").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(repository->tree("1234").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(repository->tree(std::string(40, 'a')).error().kind, ErrorKind::kNotFound);
  EXPECT_FALSE(repository->head("nothing").value());
  EXPECT_FALSE(repository->head("bad..name").value());
}

TEST(LocalRepository, ancestors_and_merge_bases_are_found) {
  const ScratchFolder scratch;
  Upstream upstream(scratch);
  const auto base = upstream.commit("file", "base");
  const auto ours = upstream.commit("file", "ours");
  testing::git(upstream.work(), {"checkout", "-q", "-b", "side", base});
  const auto theirs = upstream.commit("file", "theirs");
  testing::git(upstream.work(), {"checkout", "-q", "--orphan", "alone"});
  const auto alone = upstream.commit("file", "alone");
  const auto repository = open_local(upstream.work().string()).value();
  EXPECT_TRUE(repository->is_ancestor(base, ours).value());
  EXPECT_TRUE(repository->is_ancestor(ours, ours).value());
  EXPECT_FALSE(repository->is_ancestor(ours, base).value());
  EXPECT_FALSE(repository->is_ancestor(ours, theirs).value());
  EXPECT_EQ(repository->merge_base(ours, theirs).value(), base);
  EXPECT_EQ(repository->merge_base(ours, alone).value(), std::nullopt);
  EXPECT_EQ(repository->is_ancestor(std::string(40, 'b'), ours).error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace reconciler::git
