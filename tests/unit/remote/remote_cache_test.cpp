#include "remote/remote_cache.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/git/scratch.h"

namespace reconciler::remote {
namespace {

using git::testing::ScratchFolder;
using git::testing::Server;
using git::testing::Upstream;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kMany = 1 << 20;

class RemoteCacheTest : public testing::Test {
 protected:
  void SetUp() override { options_.folder = scratch_ / "cache"; }

  std::unique_ptr<kustomize::RemoteBases> cache() const { return remote_cache(options_); }
  std::unique_ptr<Server> server(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {git::testing::support("git_server.py"), "--root", scratch_.path().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return std::make_unique<Server>(std::move(arguments));
  }
  static std::string url(int port, const std::string& path) {
    return "http://127.0.0.1:" + std::to_string(port) + "/" + path;
  }
  kustomize::RepoSpec spec(int port, const std::string& ref) const {
    kustomize::RepoSpec spec;
    spec.repository = url(port, upstream_.bare().filename().string());
    spec.ref = ref;
    return spec;
  }
  static std::string content(const kustomize::RemoteTree& remote) {
    return remote.tree->read("file", "", kMany).value().content;
  }

  ScratchFolder scratch_;
  Upstream upstream_{scratch_};
  RemoteOptions options_;
};

TEST_F(RemoteCacheTest, a_branch_is_followed_and_a_commit_stays) {
  const auto first = upstream_.commit("file", "one");
  const auto web = server();
  const auto remotes = cache();
  EXPECT_EQ(content(remotes->repository(spec(web->port(), "main")).value()), "one");
  upstream_.commit("file", "two");
  EXPECT_EQ(content(remotes->repository(spec(web->port(), "main")).value()), "two");
  EXPECT_EQ(content(remotes->repository(spec(web->port(), "")).value()), "two");
  EXPECT_EQ(content(remotes->repository(spec(web->port(), first)).value()), "one");
}

TEST_F(RemoteCacheTest, a_full_commit_id_never_asks_again) {
  const auto first = upstream_.commit("file", "one");
  auto web = server();
  const int port = web->port();
  ASSERT_TRUE(cache()->repository(spec(port, first)));
  web.reset();
  const auto again = cache()->repository(spec(port, first));
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_THAT(again->note, IsEmpty());
}

TEST_F(RemoteCacheTest, while_the_remote_is_down_the_last_commit_of_a_ref_serves_and_it_is_said) {
  const auto first = upstream_.commit("file", "one");
  auto web = server();
  const int port = web->port();
  ASSERT_TRUE(cache()->repository(spec(port, "main")));
  web.reset();
  const auto old = cache()->repository(spec(port, "main"));
  ASSERT_TRUE(old) << old.error().text();
  EXPECT_EQ(content(*old), "one");
  EXPECT_THAT(old->note, HasSubstr("commit " + first + " of an earlier time serves"));
  EXPECT_EQ(cache()->repository(spec(port, "other")).error().kind, ErrorKind::kUnavailable);
}

TEST_F(RemoteCacheTest, a_ref_that_is_gone_is_an_error_also_when_it_was_known) {
  upstream_.commit("file", "one");
  git::testing::git(upstream_.work(), {"push", "-q", upstream_.bare().string(), "HEAD:refs/heads/passing"});
  const auto web = server();
  ASSERT_TRUE(cache()->repository(spec(web->port(), "passing")));
  git::testing::git(upstream_.bare(), {"branch", "-D", "passing"});
  EXPECT_EQ(cache()->repository(spec(web->port(), "passing")).error().kind, ErrorKind::kNotFound);
}

/// An upstream with another as its submodule.
class SubmoduleTest : public RemoteCacheTest {
 protected:
  /// Adds `vendor/inner`, which `.gitmodules` has under `url`.
  void add(const std::string& url) {
    git::testing::write_file(upstream_.work() / ".gitmodules",
                             "[submodule \"inner\"]\n\tpath = vendor/inner\n\turl = " + url + "\n");
    git::testing::git(upstream_.work(), {"add", ".gitmodules"});
    git::testing::git(upstream_.work(),
                      {"update-index", "--add", "--cacheinfo", "160000," + commit_ + ",vendor/inner"});
    git::testing::git(upstream_.work(), {"commit", "-q", "-m", "with a submodule"});
    upstream_.push();
  }
  std::string beside() const { return "../" + inner_.bare().filename().string(); }

  Upstream inner_{scratch_, "inner"};
  const std::string commit_ = inner_.commit("deep/file", "inside");
};

TEST_F(SubmoduleTest, its_files_are_part_of_the_tree) {
  inner_.commit("deep/file", "later");
  std::filesystem::create_symlink("vendor/inner/deep", upstream_.work() / "link");
  git::testing::git(upstream_.work(), {"add", "link"});
  add(beside());
  const auto web = server();
  const auto remotes = cache();
  const auto remote = remotes->repository(spec(web->port(), "main"));
  ASSERT_TRUE(remote) << remote.error().text();
  for (const auto* path : {"vendor/inner/deep/file", "link/file"}) {
    const auto file = remote->tree->read(path, "", kMany);
    ASSERT_TRUE(file) << file.error().text();
    EXPECT_EQ(file->content, "inside");
    EXPECT_EQ(file->path, "vendor/inner/deep/file");
  }
  EXPECT_EQ(remote->tree->list("vendor/inner").value(), std::vector<std::string>{"deep"});
  EXPECT_EQ(remote->tree->kind("vendor/inner").value(), EntryKind::kFolder);
}

TEST_F(SubmoduleTest, of_a_submodule_counts_from_there) {
  Upstream outer(scratch_, "outer");
  add(beside());
  const auto middle = git::testing::git(upstream_.work(), {"rev-parse", "HEAD"});
  outer.commit(".gitmodules", "[submodule \"m\"]\npath = m\nurl = ../" + upstream_.bare().filename().string() + "\n");
  git::testing::git(outer.work(), {"update-index", "--add", "--cacheinfo", "160000," + middle + ",m"});
  git::testing::git(outer.work(), {"commit", "-q", "-m", "one in one"});
  outer.push();
  const auto web = server();
  auto wanted = spec(web->port(), "main");
  wanted.repository = url(web->port(), outer.bare().filename().string());
  const auto remotes = cache();
  const auto remote = remotes->repository(wanted);
  ASSERT_TRUE(remote) << remote.error().text();
  EXPECT_EQ(remote->tree->read("m/vendor/inner/deep/file", "", kMany).value().content, "inside");
}

TEST_F(SubmoduleTest, nobody_asks_for_stays_away) {
  upstream_.commit("file", "one");
  add("http://127.0.0.1:1/nowhere.git");
  const auto web = server();
  const auto remotes = cache();
  auto wanted = spec(web->port(), "main");
  EXPECT_EQ(content(remotes->repository(wanted).value()), "one");
  const auto file = remotes->repository(wanted)->tree->read("vendor/inner/deep/file", "", kMany);
  EXPECT_EQ(file.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(file.error().message, HasSubstr("submodule 'vendor/inner'"));
  wanted.submodules = false;
  EXPECT_EQ(remotes->repository(wanted)->tree->kind("vendor/inner").error().kind, ErrorKind::kInvalid);
}

TEST_F(SubmoduleTest, is_bound_by_the_allowed_hosts_and_kept_from_this_machine) {
  const auto web = server();
  options_.hosts = {{"127.0.0.1"}};
  add("http://forbidden.example/x.git");
  EXPECT_EQ(cache()->repository(spec(web->port(), "main"))->tree->kind("vendor/inner").error().kind,
            ErrorKind::kForbidden);
  add("file://" + inner_.bare().string());
  EXPECT_EQ(cache()->repository(spec(web->port(), "main"))->tree->kind("vendor/inner").error().kind,
            ErrorKind::kForbidden);
}

TEST_F(SubmoduleTest, a_list_of_them_that_is_a_link_into_one_is_not_followed) {
  // Git itself takes no such link, so the tree is made by hand.
  const auto& work = upstream_.work();
  git::testing::write_file(work / "target", "vendor/deep/file");
  const auto target = git::testing::git(work, {"hash-object", "-w", "target"});
  git::testing::write_file(work / "entries",
                           "120000 blob " + target + "\t.gitmodules\n160000 commit " + commit_ + "\tvendor\n");
  const auto tree = git::testing::run(
      {"bash", "-c", "git -C '" + work.string() + "' mktree --missing <'" + (work / "entries").string() + "'"});
  const auto commit = git::testing::git(work, {"commit-tree", "-m", "a trap", tree});
  git::testing::git(work, {"push", "-q", upstream_.bare().string(), commit + ":refs/heads/trap"});
  const auto web = server();
  const auto remotes = cache();
  const auto remote = remotes->repository(spec(web->port(), "trap"));
  ASSERT_TRUE(remote) << remote.error().text();
  EXPECT_THAT(remote->tree->kind("vendor").error().message, HasSubstr(".gitmodules does not have"));
}

TEST_F(RemoteCacheTest, only_allowed_hosts_are_asked) {
  const auto web = server({"--plain"});
  options_.hosts = {"git.example.com"};
  const auto remotes = cache();
  EXPECT_EQ(remotes->repository(spec(web->port(), "main")).error().kind, ErrorKind::kForbidden);
  const auto file = remotes->file(url(web->port(), "a.yaml"), kMany);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().text(), HasSubstr("remote bases from '127.0.0.1' are not allowed"));
}

TEST_F(RemoteCacheTest, a_redirect_to_a_host_that_is_not_allowed_is_refused) {
  const auto web = server({"--redirect", "http://localhost:1"});
  options_.hosts = {"127.0.0.1"};
  const auto file = cache()->file(url(web->port(), "a.yaml"), kMany);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().text(), HasSubstr("remote bases from 'localhost' are not allowed"));
}

TEST_F(RemoteCacheTest, repositories_of_this_machine_are_a_matter_of_permission) {
  upstream_.commit("file", "one");
  kustomize::RepoSpec local;
  local.repository = "file://" + upstream_.bare().string();
  EXPECT_EQ(cache()->repository(local).error().kind, ErrorKind::kForbidden);
  options_.allows_local = true;
  EXPECT_EQ(content(cache()->repository(local).value()), "one");
}

TEST_F(RemoteCacheTest, a_file_of_a_web_server_is_brought_and_serves_while_it_is_down) {
  git::testing::write_file(scratch_ / "a.yaml", "kind: X\n");
  auto web = server({"--plain"});
  const int port = web->port();
  EXPECT_EQ(cache()->file(url(port, "a.yaml"), kMany)->content, "kind: X\n");
  EXPECT_EQ(cache()->file(url(port, "a.yaml"), 3).error().kind, ErrorKind::kInvalid);
  web.reset();
  const auto old = cache()->file(url(port, "a.yaml"), kMany);
  ASSERT_TRUE(old) << old.error().text();
  EXPECT_EQ(old->content, "kind: X\n");
  EXPECT_THAT(old->note, HasSubstr("its content of an earlier time serves"));
  EXPECT_EQ(cache()->file(url(port, "b.yaml"), kMany).error().kind, ErrorKind::kUnavailable);
}

TEST_F(RemoteCacheTest, what_a_web_server_refuses_is_told_by_its_code) {
  const std::pair<const char*, ErrorKind> kCodes[] = {{"404", ErrorKind::kNotFound},
                                                      {"403", ErrorKind::kForbidden},
                                                      {"400", ErrorKind::kInvalid},
                                                      {"503", ErrorKind::kUnavailable}};
  for (const auto& [code, kind] : kCodes) {
    const auto web = server({"--answer", code});
    const auto file = cache()->file(url(web->port(), "a.yaml"), kMany);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, kind) << code;
    EXPECT_THAT(file.error().text(), HasSubstr(code));
  }
}

TEST_F(RemoteCacheTest, credentials_go_to_their_own_host_only) {
  upstream_.commit("file", "one");
  git::testing::write_file(scratch_ / "password", "word");
  const auto web = server({"--user", "me", "--password-file", scratch_ / "password"});
  git::testing::write_file(scratch_ / "user", "me");
  options_.credentials.username_file = scratch_ / "user";
  options_.credentials.password_file = scratch_ / "password";
  options_.credentials.url = url(web->port(), "another.git");
  EXPECT_TRUE(cache()->repository(spec(web->port(), "main")));
  options_.folder = scratch_ / "other-cache";
  options_.credentials.url = "http://git.example.com/another.git";
  EXPECT_EQ(cache()->repository(spec(web->port(), "main")).error().kind, ErrorKind::kForbidden);
  options_.folder = scratch_ / "third-cache";
  options_.credentials.url = url(web->port() + 1, "another.git");
  EXPECT_EQ(cache()->repository(spec(web->port(), "main")).error().kind, ErrorKind::kForbidden);
}

TEST_F(RemoteCacheTest, other_credentials_for_a_known_repository_are_taken_up) {
  upstream_.commit("file", "one");
  const auto web = server();
  const auto remotes = cache();
  for (const auto* user : {"ci:one@", "ci:two@", "", "ci:one@"}) {
    auto wanted = spec(web->port(), "main");
    wanted.repository.insert(wanted.repository.find("//") + 2, user);
    EXPECT_TRUE(remotes->repository(wanted)) << user;
  }
}

TEST_F(RemoteCacheTest, nothing_is_waited_for_once_the_service_ends) {
  upstream_.commit("file", "one");
  const auto web = server();
  std::stop_source stop;
  options_.stop = stop.get_token();
  const auto remotes = cache();
  stop.request_stop();
  EXPECT_EQ(remotes->repository(spec(web->port(), "main")).error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(remotes->file(url(web->port(), "file"), kMany).error().kind, ErrorKind::kCancelled);
}

TEST_F(RemoteCacheTest, two_at_work_on_one_cache_wait_for_each_other) {
  upstream_.commit("file", "one");
  const auto web = server();
  auto first = cache();
  ASSERT_TRUE(first->repository(spec(web->port(), "main")));
  auto impatient = spec(web->port(), "main");
  impatient.timeout = std::chrono::milliseconds(100);
  EXPECT_EQ(cache()->repository(impatient).error().kind, ErrorKind::kConflict);
  first.reset();
  EXPECT_TRUE(cache()->repository(impatient));
}

}  // namespace
}  // namespace reconciler::remote
