#include <chrono>
#include <set>
#include <thread>

#include "support/e2e/service_test.h"

namespace reconciler::test {
namespace {

constexpr int kObjects = 60;

/// The service is killed in the middle of a sync that makes sixty objects and prunes sixty others, once that many of
/// the new ones live and that few of the old ones are left.
struct Moment {
  const char* name;
  std::size_t made;
  std::size_t left;
};

void PrintTo(const Moment& moment, std::ostream* stream) { *stream << moment.name; }

class KillTest : public ServiceTest, public testing::WithParamInterface<Moment> {
 protected:
  KillTest() { write_environment("  namespace: " + name_ + "\n  prune: {maxFraction: 1}\n"); }

  static Files generation(const std::string& prefix) {
    Files files;
    for (int i = 0; i < kObjects; ++i) {
      const auto name = prefix + "-" + std::to_string(i);
      files[name + ".yaml"] = config_map(name, prefix);
    }
    return files;
  }

  std::set<std::string> live() const {
    std::set<std::string> names;
    for (const auto& [name, object] : plane_.list("v1/ConfigMap", name_)) {
      if (name != "kube-root-ca.crt") names.insert(name);
    }
    return names;
  }

  std::size_t count(const std::string& prefix) const {
    const auto names = live();
    return static_cast<std::size_t>(std::count_if(
        names.begin(), names.end(), [&](const std::string& name) { return name.starts_with(prefix + "-"); }));
  }

  static std::set<std::string> names_of(const Files& files) {
    std::set<std::string> names;
    for (const auto& [file, text] : files) names.insert(file.substr(0, file.rfind('.')));
    return names;
  }
};

TEST_P(KillTest, a_restart_ends_where_the_sync_would_have) {
  const auto before = generation("old");
  const auto after = generation("new");
  auto commit = push_overlay(before);
  service_.start();
  wait_until("objects are made", [&] { return count("old") >= GetParam().made; });
  service_.kill();
  service_.start();
  wait_synced(commit);
  EXPECT_EQ(live(), names_of(before));

  commit = push_overlay(after);
  wait_until("the moment has come", [&] { return count("new") >= GetParam().made && count("old") <= GetParam().left; });
  service_.kill();
  service_.start();
  wait_synced(commit);
  EXPECT_EQ(live(), names_of(after));
}

INSTANTIATE_TEST_SUITE_P(Moment, KillTest,
                         testing::Values(Moment{"at_once", 0, kObjects}, Moment{"at_the_first_object", 1, kObjects},
                                         Moment{"amid_the_applies", 25, kObjects},
                                         Moment{"at_the_last_apply", kObjects, kObjects},
                                         Moment{"at_the_first_prune", kObjects, kObjects - 1},
                                         Moment{"amid_the_prunes", kObjects, 30},
                                         Moment{"at_the_last_prune", kObjects, 0}),
                         [](const auto& info) { return info.param.name; });

class KillsTest : public ServiceTest {};

TEST_F(KillsTest, a_kill_after_every_moment_of_many_commits_ends_at_the_last) {
  service_.start();
  std::string commit;
  for (int i = 0; i < 8; ++i) {
    Files files;
    for (int n = 0; n < 20; ++n) {
      const auto name = "object-" + std::to_string((i + n) % 25);
      files[name + ".yaml"] = config_map(name, std::to_string(i));
    }
    commit = push_overlay(files);
    const auto mark = std::chrono::steady_clock::now() + std::chrono::milliseconds(40 * i);
    wait_until("some time has passed", [&] { return std::chrono::steady_clock::now() >= mark; });
    service_.kill();
    service_.start();
  }
  wait_synced(commit);
  EXPECT_EQ(versions().size(), 21U);
  EXPECT_EQ(value_of("object-7"), "7");
}

/// Everything calls everything while the service starts, and goes while it ends.
TEST_F(KillsTest, told_to_end_while_it_starts_it_ends_cleanly) {
  push_overlay({{"a.yaml", config_map("a", "1")}});
  for (auto wait = std::chrono::milliseconds(0); wait < std::chrono::milliseconds(60);
       wait += std::chrono::milliseconds(5)) {
    service_.start();
    std::this_thread::sleep_for(wait);
    service_.stop();
  }
}

}  // namespace
}  // namespace reconciler::test
