#include <atomic>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "git/repository.h"
#include "support/git/scratch.h"

namespace reconciler::git {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::ScratchFolder;
using testing::Upstream;

class MirrorTest : public ::testing::Test {
 protected:
  std::unique_ptr<Mirror> open(const std::string& url) {
    RemoteOptions options;
    options.url = url;
    options.on_damage = [this](const std::string& what) { damage_.push_back(what); };
    auto mirror = open_mirror(scratch_ / "data", options);
    EXPECT_TRUE(mirror) << (mirror ? "" : mirror.error().text());
    return mirror ? std::move(*mirror) : nullptr;
  }
  std::unique_ptr<Mirror> open() { return open(upstream_.bare().string()); }

  static Result<Refs> update(Mirror& mirror, std::vector<std::string> branches = {"main"}) {
    return mirror.update(branches, std::stop_token());
  }
  static std::string content(const Mirror& mirror, const std::string& commit, const std::string& file) {
    return mirror.tree(commit).value()->read(file, "", 1 << 20).value().content;
  }
  fs::path mirror_folder() const {
    for (const auto& entry : fs::directory_iterator(scratch_ / "data")) {
      if (entry.is_directory()) return entry.path();
    }
    return {};
  }
  std::vector<fs::path> packs() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(mirror_folder() / "objects" / "pack")) {
      if (entry.path().extension() == ".pack") found.push_back(entry.path());
    }
    return found;
  }

  ScratchFolder scratch_;
  Upstream upstream_{scratch_};
  std::vector<std::string> damage_;  ///< What was told of it.
};

TEST_F(MirrorTest, the_first_update_brings_the_wanted_branches) {
  const auto id = upstream_.commit("file", "content");
  const auto mirror = open();
  EXPECT_FALSE(mirror->head("main").value());
  const auto refs = update(*mirror, {"main", "absent"});
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_EQ(refs->heads, (std::map<std::string, std::string>{{"main", id}}));
  EXPECT_TRUE(refs->fetched);
  EXPECT_FALSE(refs->empty);
  EXPECT_EQ(mirror->head("main").value()->id, id);
  EXPECT_FALSE(mirror->head("absent").value());
  EXPECT_EQ(content(*mirror, id, "file"), "content");
}

TEST_F(MirrorTest, an_unchanged_remote_is_listed_and_not_fetched_from) {
  upstream_.commit("file", "content");
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror));
  const auto refs = update(*mirror);
  ASSERT_TRUE(refs);
  EXPECT_FALSE(refs->fetched);
  EXPECT_EQ(mirror->traffic().listings, 2U);
  EXPECT_EQ(mirror->traffic().fetches, 1U);
}

TEST_F(MirrorTest, two_branches_at_one_commit_cost_one_fetch) {
  upstream_.commit("file", "content");
  testing::git(upstream_.work(), {"push", "-q", "origin", "HEAD:refs/heads/env/chaos"});
  const auto mirror = open();
  const auto refs = update(*mirror, {"main", "env/chaos", "main"});
  ASSERT_TRUE(refs);
  EXPECT_EQ(refs->heads.at("main"), refs->heads.at("env/chaos"));
  EXPECT_EQ(mirror->traffic().fetches, 1U);
}

TEST_F(MirrorTest, a_new_commit_brings_only_what_is_new) {
  std::string noise;
  for (unsigned i = 0, state = 1; i < 200000; ++i)
    noise += static_cast<char>((state = state * 1103515245U + 12345U) >> 16U);
  upstream_.commit("large", noise);
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror));
  const auto before = mirror->traffic().bytes;
  const auto id = upstream_.commit("small", "content");
  ASSERT_TRUE(update(*mirror)->fetched);
  EXPECT_EQ(content(*mirror, id, "small"), "content");
  EXPECT_EQ(content(*mirror, id, "large"), noise);
  EXPECT_GT(before, 190000U);
  EXPECT_LT(mirror->traffic().bytes - before, 10000U);
}

TEST_F(MirrorTest, a_force_push_is_followed_and_the_old_tree_stays_readable) {
  const auto base = upstream_.commit("file", "base");
  const auto gone = upstream_.commit("file", "gone");
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror));
  const auto old_tree = mirror->tree(gone).value();
  testing::git(upstream_.work(), {"reset", "-q", "--hard", base});
  const auto other = upstream_.commit("file", "other");
  ASSERT_TRUE(update(*mirror));
  EXPECT_EQ(mirror->head("main").value()->id, other);
  EXPECT_EQ(old_tree->read("file", "", 100)->content, "gone");
}

TEST_F(MirrorTest, a_branch_that_the_remote_lost_is_lost) {
  const auto id = upstream_.commit("file", "content");
  testing::git(upstream_.work(), {"push", "-q", "origin", "HEAD:refs/heads/side"});
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror, {"main", "side"}));
  testing::git(upstream_.work(), {"push", "-q", "origin", ":side"});
  const auto refs = update(*mirror, {"main", "side"});
  EXPECT_EQ(refs->heads, (std::map<std::string, std::string>{{"main", id}}));
  EXPECT_FALSE(mirror->head("side").value());
}

TEST_F(MirrorTest, a_branch_may_become_a_folder_of_branches) {
  upstream_.commit("file", "content");
  testing::git(upstream_.work(), {"push", "-q", "origin", "HEAD:refs/heads/env"});
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror, {"env"}));
  testing::git(upstream_.work(), {"push", "-q", "origin", ":env"});
  testing::git(upstream_.work(), {"push", "-q", "origin", "HEAD:refs/heads/env/chaos"});
  ASSERT_TRUE(update(*mirror, {"env/chaos"}));
  EXPECT_TRUE(mirror->head("env/chaos").value());
}

TEST_F(MirrorTest, an_empty_remote_is_no_error_and_says_so) {
  const auto mirror = open();
  const auto refs = update(*mirror);
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_TRUE(refs->empty);
  EXPECT_TRUE(refs->heads.empty());
  const auto id = upstream_.commit("file", "content");
  EXPECT_EQ(update(*mirror)->heads.at("main"), id);
}

TEST_F(MirrorTest, a_remote_that_is_not_there_is_not_found_and_the_mirror_serves_on) {
  const auto id = upstream_.commit("file", "content");
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror));
  fs::rename(upstream_.bare(), scratch_ / "away.git");
  const auto refs = update(*mirror);
  ASSERT_FALSE(refs);
  EXPECT_EQ(refs.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(refs.error().message, HasSubstr(upstream_.bare().string()));
  EXPECT_EQ(content(*mirror, mirror->head("main").value()->id, "file"), "content");
  fs::rename(scratch_ / "away.git", upstream_.bare());
  EXPECT_EQ(update(*mirror)->heads.at("main"), id);
}

TEST_F(MirrorTest, a_name_that_no_branch_can_have_is_refused) {
  const auto mirror = open();
  for (const auto* name : {"", "a..b", "with space", "-x", "a\x01"}) {
    EXPECT_EQ(update(*mirror, {name}).error().kind, ErrorKind::kInvalid) << name;
  }
  EXPECT_EQ(mirror->traffic().listings, 0U);
}

TEST_F(MirrorTest, the_mirror_survives_its_process) {
  const auto id = upstream_.commit("file", "content");
  ASSERT_TRUE(update(*open()));
  const auto mirror = open();
  EXPECT_EQ(mirror->head("main").value()->id, id);
  ASSERT_TRUE(update(*mirror));
  EXPECT_EQ(mirror->traffic().fetches, 0U);
}

TEST_F(MirrorTest, a_second_user_of_the_folder_is_told) {
  const auto first = open();
  RemoteOptions options;
  options.url = upstream_.bare().string();
  const auto second = open_mirror(scratch_ / "data", options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(getpid())));
}

TEST_F(MirrorTest, one_folder_serves_several_remotes) {
  Upstream other(scratch_, "other");
  const auto one = upstream_.commit("file", "one");
  const auto two = other.commit("file", "two");
  const auto first = open();
  const auto second = open(other.bare().string());
  EXPECT_EQ(update(*first)->heads.at("main"), one);
  EXPECT_EQ(update(*second)->heads.at("main"), two);
}

TEST_F(MirrorTest, a_mirror_that_cannot_be_opened_is_made_anew) {
  const auto id = upstream_.commit("file", "content");
  ASSERT_TRUE(update(*open()));
  testing::write_file(mirror_folder() / "HEAD", "nonsense");
  const auto mirror = open();
  EXPECT_EQ(update(*mirror)->heads.at("main"), id);
}

TEST_F(MirrorTest, a_mirror_that_lost_its_packs_is_made_anew) {
  const auto id = upstream_.commit("file", "content");
  ASSERT_TRUE(update(*open()));
  for (const auto& pack : packs()) fs::remove(pack);
  EXPECT_EQ(update(*open())->heads.at("main"), id);
}

struct Damage {
  std::string name;
  std::function<void(const fs::path& mirror)> inflict;
};

void PrintTo(const Damage& damage, std::ostream* out) { *out << damage.name; }

void remove_within(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry);
}

const std::vector<Damage> kDamages = {
    {"empty_head", [](const fs::path& mirror) { testing::write_file(mirror / "HEAD", ""); }},
    {"empty_branch", [](const fs::path& mirror) { testing::write_file(mirror / "refs" / "heads" / "main", ""); }},
    {"garbage_config", [](const fs::path& mirror) { testing::write_file(mirror / "config", "\x01[[garbage\n"); }},
    {"no_objects", [](const fs::path& mirror) { remove_within(mirror / "objects"); }},
    {"no_folder_of_objects", [](const fs::path& mirror) { fs::remove_all(mirror / "objects"); }},
    {"no_mirror", [](const fs::path& mirror) { fs::remove_all(mirror); }},
    {"no_data_folder", [](const fs::path& mirror) { fs::remove_all(mirror.parent_path()); }},
};

class DamagedMirrorTest : public MirrorTest, public ::testing::WithParamInterface<Damage> {};
INSTANTIATE_TEST_SUITE_P(, DamagedMirrorTest, ::testing::ValuesIn(kDamages),
                         [](const auto& info) { return info.param.name; });

TEST_P(DamagedMirrorTest, it_is_cloned_again_when_it_is_opened) {
  const auto id = upstream_.commit("file", "content");
  ASSERT_TRUE(update(*open()));
  GetParam().inflict(mirror_folder());
  const auto mirror = open();
  const auto refs = update(*mirror);
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_TRUE(refs->fetched);
  EXPECT_EQ(mirror->head("main").value()->id, id);
  EXPECT_EQ(content(*mirror, id, "file"), "content");
}

TEST_P(DamagedMirrorTest, it_is_cloned_again_by_the_next_update_and_that_is_told_once) {
  const auto id = upstream_.commit("file", "content");
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror));
  const auto before = mirror->tree(id).value();
  GetParam().inflict(mirror_folder());
  const auto refs = update(*mirror);
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_EQ(mirror->head("main").value()->id, id);
  EXPECT_EQ(content(*mirror, id, "file"), "content");
  EXPECT_EQ(before->read("file", "", 100)->content, "content");
  ASSERT_TRUE(update(*mirror));
  EXPECT_EQ(mirror->traffic().fetches, 2U);
  EXPECT_THAT(damage_, ::testing::ElementsAre(HasSubstr(upstream_.bare().string())));
}

TEST_P(DamagedMirrorTest, readers_fail_cleanly_until_the_remote_is_back) {
  const auto id = upstream_.commit("file", "content");
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror));
  const auto before = mirror->tree(id).value();
  GetParam().inflict(mirror_folder());
  fs::rename(upstream_.bare(), scratch_ / "away.git");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(update(*mirror).error().kind, ErrorKind::kNotFound);
    EXPECT_FALSE(before->read("file", "", 100));
    EXPECT_FALSE(mirror->tree(id));
    EXPECT_FALSE(mirror->head("main").value());
  }
  fs::rename(scratch_ / "away.git", upstream_.bare());
  EXPECT_EQ(update(*mirror)->heads.at("main"), id);
  EXPECT_EQ(before->read("file", "", 100)->content, "content");
  EXPECT_EQ(damage_.size(), 1U);
}

TEST_P(DamagedMirrorTest, the_folder_stays_locked) {
  upstream_.commit("file", "content");
  const auto mirror = open();
  GetParam().inflict(mirror_folder());
  const auto updated = update(*mirror);
  ASSERT_TRUE(updated) << updated.error().text();
  RemoteOptions options;
  options.url = upstream_.bare().string();
  const auto second = open_mirror(scratch_ / "data", options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
}

TEST_F(MirrorTest, one_that_lost_its_folder_of_packs_before_the_first_fetch_is_made_anew) {
  upstream_.commit("file", "content");
  const auto mirror = open();
  remove_within(mirror_folder() / "objects");
  ASSERT_TRUE(update(*mirror));
  EXPECT_EQ(damage_.size(), 1U);
  EXPECT_FALSE(fs::is_empty(mirror_folder() / "objects" / "pack"));
}

TEST_F(MirrorTest, a_tree_of_a_commit_that_the_remote_lost_is_no_damage_of_the_new_files) {
  const auto base = upstream_.commit("file", "base");
  const auto gone = upstream_.commit("file", "gone");
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror));
  const auto old_tree = mirror->tree(gone).value();
  testing::git(upstream_.work(), {"reset", "-q", "--hard", base});
  upstream_.commit("file", "other");
  // What a push transfers to the remote stays there, so that it has to be thrown away.
  testing::git(upstream_.bare(), {"gc", "-q", "--prune=now"});
  fs::remove_all(mirror_folder());
  ASSERT_TRUE(update(*mirror));
  EXPECT_FALSE(old_tree->read("file", "", 100));
  ASSERT_TRUE(update(*mirror));
  EXPECT_EQ(damage_.size(), 1U);
}

TEST_F(MirrorTest, a_remote_that_cannot_be_reached_is_no_damage) {
  const auto id = upstream_.commit("file", "content");
  ASSERT_TRUE(update(*open()));
  fs::rename(upstream_.bare(), scratch_ / "away.git");
  const auto mirror = open();
  EXPECT_FALSE(update(*mirror));
  EXPECT_EQ(content(*mirror, id, "file"), "content");
  EXPECT_TRUE(damage_.empty());
}

TEST_F(MirrorTest, damage_that_a_reader_meets_is_repaired_by_the_next_update) {
  const auto id = upstream_.commit("file", std::string(100000, 'x') + "end");
  ASSERT_TRUE(update(*open()));
  const auto mirror = open();
  const auto pack = packs().at(0);
  auto bytes = testing::read_file(pack);
  for (std::size_t i = 12; i + 20 < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ 0x55);
  fs::permissions(pack, fs::perms::owner_all);
  testing::write_file(pack, bytes);
  EXPECT_FALSE(mirror->head("main"));
  const auto refs = update(*mirror);
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_EQ(content(*mirror, id, "file").size(), 100003U);
}

TEST_F(MirrorTest, half_written_files_of_a_killed_process_are_removed) {
  upstream_.commit("file", "content");
  ASSERT_TRUE(update(*open()));
  const auto left = mirror_folder() / "objects" / "pack" / "pack_git2_abcdef";
  testing::write_file(left, "half");
  open();
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(MirrorTest, the_lock_of_a_killed_process_does_not_hold_a_branch) {
  upstream_.commit("file", "content");
  ASSERT_TRUE(update(*open()));
  testing::write_file(mirror_folder() / "refs" / "heads" / "main.lock", "");
  upstream_.commit("file", "newer");
  EXPECT_TRUE(update(*open()));
}

TEST_F(MirrorTest, many_packs_become_few_and_all_is_still_there) {
  std::string stream;
  for (int i = 0; i < 60; ++i) {
    const std::string number = std::to_string(i);
    stream += "commit refs/heads/main\ncommitter T <t@example.org> " + std::to_string(1700000000 + i) +
              " +0000\ndata 1\nm\n" + "M 644 inline file\ndata " + std::to_string(number.size()) + "\n" + number + "\n";
  }
  testing::write_file(scratch_ / "stream", stream);
  testing::run(
      {"sh", "-c", "git -C '" + upstream_.bare().string() + "' fast-import --quiet <'" + (scratch_ / "stream") + "'"});
  std::istringstream history(testing::git(upstream_.bare(), {"rev-list", "--reverse", "main"}));
  const std::vector<std::string> ids(std::istream_iterator<std::string>(history), {});
  const auto mirror = open();
  std::shared_ptr<const FileTree> first;
  for (const auto& id : ids) {
    testing::write_file(upstream_.bare() / "refs" / "heads" / "main", id + "\n");
    ASSERT_TRUE(update(*mirror)->fetched) << id;
    if (!first) first = mirror->tree(id).value();
  }
  EXPECT_LT(packs().size(), 20U);
  for (const auto& id : ids) EXPECT_TRUE(mirror->tree(id).value()->read("file", "", 100)) << id;
  EXPECT_TRUE(first->read("file", "", 100));
  const auto last = upstream_.commit("file", "last");
  EXPECT_EQ(update(*mirror)->heads.at("main"), last);
}

TEST_F(MirrorTest, readers_go_on_during_updates) {
  upstream_.commit("file", "0");
  const auto mirror = open();
  ASSERT_TRUE(update(*mirror));
  std::atomic<bool> done = false;
  std::atomic<int> read = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto head = mirror->head("main");
        ASSERT_TRUE(head && *head);
        const auto file = mirror->tree((*head)->id).value()->read("file", "", 100);
        ASSERT_TRUE(file) << file.error().text();
        EXPECT_EQ((*head)->subject, "change file");
        ++read;
      }
    });
  }
  for (int i = 1; i < 5; ++i) {
    upstream_.commit("file", std::to_string(i));
    EXPECT_TRUE(update(*mirror));
  }
  done = true;
  readers.clear();
  EXPECT_GT(read.load(), 0);
}

TEST_F(MirrorTest, a_revision_is_fetched_by_branch_tag_ref_default_and_id) {
  const auto tagged = upstream_.commit("file", "tagged");
  testing::git(upstream_.work(), {"tag", "-a", "-m", "tag", "v1"});
  testing::git(upstream_.work(), {"push", "-q", "origin", "v1"});
  const auto inner = upstream_.commit("file", "inner");
  const auto head = upstream_.commit("file", "head");
  const auto mirror = open();
  const auto fetched = [&](const std::string& revision) {
    const auto commit = mirror->fetch(revision, std::stop_token());
    return commit ? commit->id : commit.error().text();
  };
  EXPECT_EQ(fetched("v1"), tagged);
  EXPECT_EQ(fetched("refs/tags/v1"), tagged);
  EXPECT_EQ(fetched("main"), head);
  EXPECT_EQ(fetched(""), head);
  EXPECT_EQ(fetched("HEAD"), head);
  EXPECT_EQ(fetched(inner), inner);
  EXPECT_EQ(content(*mirror, tagged, "file"), "tagged");
  EXPECT_EQ(mirror->fetch("nothing", std::stop_token()).error().kind, ErrorKind::kNotFound);
}

TEST_F(MirrorTest, a_commit_that_is_no_head_is_fetched_by_its_id) {
  const auto inner = upstream_.commit("file", "inner");
  upstream_.commit("file", "head");
  const auto mirror = open();
  EXPECT_EQ(mirror->fetch(inner, std::stop_token())->id, inner);
  EXPECT_EQ(content(*mirror, inner, "file"), "inner");
}

TEST_F(MirrorTest, a_commit_that_the_remote_lacks_is_not_found) {
  upstream_.commit("file", "content");
  const auto commit = open()->fetch(std::string(40, 'c'), std::stop_token());
  ASSERT_FALSE(commit);
  EXPECT_EQ(commit.error().kind, ErrorKind::kNotFound) << commit.error().text();
}

TEST_F(MirrorTest, a_known_commit_is_had_without_asking_the_remote) {
  const auto id = upstream_.commit("file", "content");
  const auto mirror = open();
  ASSERT_TRUE(mirror->fetch(id, std::stop_token()));
  const auto before = mirror->traffic().listings;
  fs::rename(upstream_.bare(), scratch_ / "away.git");
  EXPECT_EQ(mirror->fetch(id, std::stop_token())->id, id);
  EXPECT_EQ(mirror->traffic().listings, before);
}

TEST_F(MirrorTest, instead_of_in_the_users_configuration_is_honoured) {
  const auto id = upstream_.commit("file", "content");
  const fs::path elsewhere = fs::path(std::getenv("HOME")) / "elsewhere";
  fs::create_directories(elsewhere);
  fs::create_directory_symlink(upstream_.bare(), elsewhere / "repo.git");
  const auto mirror = open("https://mirrored.example/repo.git");
  const auto refs = update(*mirror);
  fs::remove(elsewhere / "repo.git");
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_EQ(refs->heads.at("main"), id);
}

TEST_F(MirrorTest, a_pack_over_the_cap_is_refused) {
  std::string noise;
  for (unsigned i = 0, state = 1; i < 300000; ++i)
    noise += static_cast<char>((state = state * 1103515245U + 12345U) >> 16U);
  upstream_.commit("large", noise);
  RemoteOptions options;
  options.url = upstream_.bare().string();
  options.max_fetch_bytes = 100000;
  const auto mirror = open_mirror(scratch_ / "data", options).value();
  EXPECT_EQ(update(*mirror).error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(mirror->head("main").value());
}

TEST_F(MirrorTest, a_stopped_update_is_cancelled) {
  upstream_.commit("file", "content");
  std::stop_source stop;
  stop.request_stop();
  const std::vector<std::string> branches = {"main"};
  EXPECT_EQ(open()->update(branches, stop.get_token()).error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace reconciler::git
