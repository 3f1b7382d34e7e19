#include "cli/options.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reconciler::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

using Names = std::map<std::string, std::string>;

class OptionsTest : public testing::Test {
 protected:
  OptionsTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "reconciler-options-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
  }
  ~OptionsTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& text) {
    const auto path = folder_ / "config.yaml";
    std::ofstream(path) << text;
    return path.string();
  }

  static Result<ServeOptions> resolve(const Names& flags, const Names& variables = {{"HOME", "/home/nobody"}}) {
    return resolve_serve_options(flags, [&](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
  }

  static std::vector<std::string> mistakes(const Result<ServeOptions>& options) {
    std::vector<std::string> mistakes;
    if (options) return mistakes;
    EXPECT_EQ(options.error().kind, ErrorKind::kInvalid);
    for (const auto& cause : options.error().causes) mistakes.push_back(cause.text());
    return mistakes;
  }

  std::filesystem::path folder_;
};

TEST_F(OptionsTest, have_defaults_for_all_but_the_repository) {
  const auto options = resolve({{"--repository", "/srv/gitops.git"}});
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->repository.url, "/srv/gitops.git");
  EXPECT_EQ(options->branch, "main");
  EXPECT_EQ(options->environments, "environments");
  EXPECT_EQ(options->listen, (http::ListenAddress{"127.0.0.1", 8080}));
  EXPECT_EQ(options->interval, std::chrono::seconds(30));
  EXPECT_EQ(options->data_dir, "/home/nobody/.local/state/reconciler");
  EXPECT_EQ(options->log_format, LogFormat::kText);
  EXPECT_EQ(options->token_file, "");
}

TEST_F(OptionsTest, without_a_repository_are_incomplete) {
  EXPECT_THAT(mistakes(resolve({})), ElementsAre(StartsWith("--repository: must be given")));
}

TEST_F(OptionsTest, come_from_flags_before_variables_before_the_file) {
  const auto config = file("branch: from-file\ninterval: 1m\nenvironments: from-file\n");
  const auto options = resolve({{"--repository", "/r"}, {"--config", config}, {"--branch", "from-flag"}},
                               {{"HOME", "/h"}, {"RECONCILER_BRANCH", "from-variable"}, {"RECONCILER_INTERVAL", "2m"}});
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->branch, "from-flag");
  EXPECT_EQ(options->interval, std::chrono::minutes(2));
  EXPECT_EQ(options->environments, "from-file");
}

TEST_F(OptionsTest, take_a_variable_that_is_set_to_nothing_as_not_set) {
  const auto options = resolve({{"--repository", "/r"}}, {{"HOME", "/h"}, {"RECONCILER_BRANCH", ""}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->branch, "main");
}

TEST_F(OptionsTest, find_the_file_by_its_variable) {
  const auto options = resolve({}, {{"HOME", "/h"}, {"RECONCILER_CONFIG", file("repository: /r\n")}});
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->repository.url, "/r");
}

TEST_F(OptionsTest, can_each_be_set_in_all_three_ways) {
  const Names values = {
      {"--listen", "[::1]:9"}, {"--interval", "5m"}, {"--verify-interval", "2h"}, {"--log-format", "json"}};
  std::string yaml;
  Names flags, variables{{"HOME", "/h"}};
  for (const auto& setting : serve_settings()) {
    if (!setting.set) continue;
    const auto value = values.contains(setting.flag) ? values.at(setting.flag) : "/value" + setting.flag.substr(1);
    flags[setting.flag] = variables[setting.variable] = value;
    yaml += setting.key + ": \"" + value + "\"\n";
  }
  for (const auto& options : {resolve(flags), resolve({}, variables), resolve({{"--config", file(yaml)}})}) {
    ASSERT_TRUE(options) << options.error().text();
    EXPECT_EQ(options->repository.url, "/value-repository");
    EXPECT_EQ(options->repository.token_file, "/value-git-token-file");
    EXPECT_EQ(options->repository.username_file, "/value-git-username-file");
    EXPECT_EQ(options->repository.password_file, "/value-git-password-file");
    EXPECT_EQ(options->repository.ca_file, "/value-git-ca-file");
    EXPECT_EQ(options->repository.ssh_key_file, "/value-git-ssh-key-file");
    EXPECT_EQ(options->repository.ssh_passphrase_file, "/value-git-ssh-passphrase-file");
    EXPECT_EQ(options->repository.known_hosts_file, "/value-git-known-hosts-file");
    EXPECT_EQ(options->branch, "/value-branch");
    EXPECT_EQ(options->environments, "/value-environments");
    EXPECT_EQ(options->kubeconfig, "/value-kubeconfig");
    EXPECT_EQ(options->context, "/value-context");
    EXPECT_EQ(options->listen, (http::ListenAddress{"::1", 9}));
    EXPECT_EQ(options->data_dir, "/value-data-dir");
    EXPECT_EQ(options->interval, std::chrono::minutes(5));
    EXPECT_EQ(options->verify_interval, std::chrono::hours(2));
    EXPECT_EQ(options->token_file, "/value-token-file");
    EXPECT_EQ(options->webhook_secret_file, "/value-webhook-secret-file");
    EXPECT_EQ(options->log_format, LogFormat::kJson);
  }
}

TEST_F(OptionsTest, have_the_names_that_others_rely_on) {
  std::set<std::string> flags, variables;
  for (const auto& setting : serve_settings()) {
    flags.insert(setting.flag);
    variables.insert(setting.variable);
  }
  for (const char* flag :
       {"--repository", "--branch", "--environments", "--kubeconfig", "--context", "--listen", "--data-dir",
        "--interval", "--verify-interval", "--token-file", "--webhook-secret-file", "--log-format", "--config"}) {
    EXPECT_TRUE(flags.contains(flag)) << flag;
  }
  EXPECT_TRUE(variables.contains("RECONCILER_WEBHOOK_SECRET_FILE"));
  EXPECT_EQ(flags.size(), variables.size());
}

TEST_F(OptionsTest, tell_all_mistakes_of_all_places_at_once) {
  const auto config = file("repository: /r\nlisten: nowhere\nbrnach: main\ndataDir: [a]\n");
  EXPECT_THAT(mistakes(resolve({{"--config", config}, {"--interval", "soon"}},
                               {{"HOME", "/h"}, {"RECONCILER_LOG_FORMAT", "xml"}})),
              testing::UnorderedElementsAre(AllOf(StartsWith(config + ":2:"), HasSubstr("listen: expected HOST:PORT")),
                                            AllOf(StartsWith(config + ":3:"), EndsWith("did you mean 'branch'?")),
                                            AllOf(StartsWith(config + ":4:"), HasSubstr("dataDir")),
                                            StartsWith("--interval: expected a duration"),
                                            StartsWith("RECONCILER_LOG_FORMAT: expected text or json")));
}

TEST_F(OptionsTest, never_repeat_a_value_in_an_error) {
  const auto options =
      resolve({{"--repository", "ftp://user:hunter2@host/x"}, {"--listen", "hunter2"}, {"--interval", "hunter2"}});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().text().find("hunter2"), std::string::npos) << options.error().text();
}

TEST_F(OptionsTest, refuse_a_file_that_is_not_a_map_of_settings) {
  for (const char* text : {"", "- a\n", "a: b: c\n", "branch: main\nbranch: other\n", "config: other.yaml\n"}) {
    const auto options = resolve({{"--repository", "/r"}, {"--config", file(text)}});
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(resolve({{"--repository", "/r"}, {"--config", "/nowhere/config.yaml"}}));
}

TEST_F(OptionsTest, refuse_intervals_that_would_only_hammer_the_remote) {
  for (const char* interval : {"0s", "999ms", "-5s", "30"}) {
    EXPECT_FALSE(resolve({{"--repository", "/r"}, {"--interval", interval}})) << interval;
  }
}

TEST_F(OptionsTest, keep_state_where_xdg_says) {
  const Names variables{{"XDG_STATE_HOME", "/state"}, {"HOME", "/h"}};
  EXPECT_EQ(resolve({{"--repository", "/r"}}, variables)->data_dir, "/state/reconciler");
  EXPECT_THAT(mistakes(resolve({{"--repository", "/r"}}, {})), ElementsAre(StartsWith("--data-dir: must be given")));
}

}  // namespace
}  // namespace reconciler::cli
