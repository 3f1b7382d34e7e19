#include "kube/config.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/digest.h"
#include "kube/credentials.h"
#include "scripted_transport.h"

namespace reconciler::kube {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr const char* kCanary = "canary-7f3a";

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    auto path = (fs::temp_directory_path() / "kube-config-XXXXXX").string();
    folder_ = mkdtemp(path.data());
  }
  ~ConfigTest() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  /// A kubeconfig of one context, cluster and user, all named `name`.
  static std::string one(const std::string& name, const std::string& user, const std::string& cluster_more = "",
                         const std::string& context_more = "") {
    return "apiVersion: v1\nkind: Config\ncurrent-context: " + name + "\nclusters: [{name: " + name +
           ", cluster: {server: \"https://" + name + ":6443\"" + cluster_more + "}}]\nusers: [{name: " + name +
           ", user: {" + user + "}}]\ncontexts: [{name: " + name + ", context: {cluster: " + name + ", user: " + name +
           context_more + "}}]\n";
  }

  Result<ClusterConfig> load(const std::string& text, const std::string& context = "") {
    return load_config(write("config", text), context, sources_);
  }

  std::string error(const std::string& text, const std::string& context = "") {
    const auto config = load(text, context);
    return config ? "" : config.error().text();
  }

  fs::path folder_;
  ConfigSources sources_;
};

TEST_F(ConfigTest, a_context_gives_server_namespace_and_credentials) {
  const auto config = load(one("a", "token: " + std::string(kCanary), ", certificate-authority-data: " + base64("PEM"),
                               ", namespace: spira"));
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->context, "a");
  EXPECT_EQ(config->server, "https://a:6443");
  EXPECT_EQ(config->namespace_, "spira");
  EXPECT_EQ(config->token, kCanary);
  EXPECT_EQ(config->certificate_authority.data, "PEM");
  EXPECT_TRUE(config->warnings.empty());
}

TEST_F(ConfigTest, a_context_without_namespace_means_default) {
  EXPECT_EQ(load(one("a", "token: x"))->namespace_, "default");
}

TEST_F(ConfigTest, a_named_context_comes_before_the_current_one) {
  const auto first = write("first", one("a", "token: x"));
  const auto second = write("second", one("b", "token: y"));
  sources_.kubeconfig = first + ":" + second;
  EXPECT_EQ(load_config("", "", sources_)->server, "https://a:6443");
  EXPECT_EQ(load_config("", "b", sources_)->server, "https://b:6443");
}

TEST_F(ConfigTest, of_entries_of_one_name_the_first_file_s_counts_whole) {
  const auto first = write("first", "users: [{name: b, user: {username: u}}]\n");
  const auto second = write("second", one("b", "token: y"));
  sources_.kubeconfig = first + ":" + folder_.string() + "/missing:" + second;
  const auto config = load_config("", "", sources_);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->username, "u");
  EXPECT_EQ(config->token, "");
}

TEST_F(ConfigTest, a_given_file_is_the_only_one) {
  sources_.kubeconfig = write("other", one("b", "token: y"));
  EXPECT_EQ(load(one("a", "token: x"))->context, "a");
  const auto missing = load_config(folder_.string() + "/missing", "", sources_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
}

TEST_F(ConfigTest, the_home_folder_counts_only_without_the_variable) {
  write(".kube/config", one("home", "token: x"));
  sources_.home = folder_.string();
  EXPECT_EQ(load_config("", "", sources_)->context, "home");
  sources_.kubeconfig = write("other", one("b", "token: y"));
  EXPECT_EQ(load_config("", "", sources_)->context, "b");
}

TEST_F(ConfigTest, paths_are_relative_to_the_file_that_names_them) {
  write("sub/ca.crt", "PEM");
  write("sub/token", "t");
  const auto file = write("sub/config", one("a", "tokenFile: token", ", certificate-authority: ca.crt"));
  const auto config = load_config(file, "", sources_);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->certificate_authority.file, (folder_ / "sub/ca.crt").string());
  EXPECT_EQ(config->token_file, (folder_ / "sub/token").string());
}

TEST_F(ConfigTest, data_comes_before_the_file) {
  write("cert", "x");
  const auto config = load(one("a", "client-certificate: cert, client-certificate-data: " + base64("CERT") +
                                        ", client-key-data: " + base64("KEY")));
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->client_certificate.data, "CERT");
  EXPECT_EQ(config->client_certificate.file, "");
  EXPECT_EQ(config->client_key.data, "KEY");
}

TEST_F(ConfigTest, an_unverified_server_is_warned_of) {
  const auto config = load(one("a", "token: x", ", insecure-skip-tls-verify: true"));
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->insecure_skip_tls_verify);
  ASSERT_EQ(config->warnings.size(), 1U);
}

TEST_F(ConfigTest, plugins_and_impersonation_are_refused_with_their_place) {
  EXPECT_NE(error(one("a", "exec: {command: aws}")).find("config:5:"), std::string::npos);
  EXPECT_NE(error(one("a", "auth-provider: {name: gcp}")).find("plugins are not run"), std::string::npos);
  EXPECT_NE(error(one("a", "as: root")).find("impersonation"), std::string::npos);
}

TEST_F(ConfigTest, a_plugin_of_another_user_does_no_harm) {
  auto text = one("a", "token: x");
  text.replace(text.find("users: ["), 8, "users: [{name: other, user: {exec: {}}}, ");
  EXPECT_TRUE(load(text)) << error(text);
}

TEST_F(ConfigTest, names_that_lead_nowhere_are_named) {
  EXPECT_NE(error(one("a", "token: x"), "b").find("no context \"b\""), std::string::npos);
  auto text = one("a", "token: x");
  text.replace(text.find("{cluster: a"), 11, "{cluster: z");
  EXPECT_NE(error(text).find("no cluster \"z\""), std::string::npos);
}

TEST_F(ConfigTest, no_error_holds_a_credential) {
  const std::string canary = kCanary;
  for (const auto& user : {"token: [" + canary + "]", "client-key-data: '" + canary + "%'",
                           "password: {a: " + canary + "}", "token: \"" + canary}) {
    const auto text = error(one("a", user));
    EXPECT_NE(text, "") << user;
    EXPECT_EQ(text.find(canary), std::string::npos) << text;
  }
}

TEST_F(ConfigTest, a_pod_takes_its_own_account) {
  write("token", "t\n");
  write("namespace", "spira-system");
  write("ca.crt", "PEM");
  sources_.service_account_folder = folder_.string();
  sources_.service_host = "fd00::1";
  sources_.service_port = "443";
  const auto config = load_config("", "", sources_);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->server, "https://[fd00::1]:443");
  EXPECT_EQ(config->namespace_, "spira-system");
  EXPECT_EQ(config->token_file, folder_.string() + "/token");
  EXPECT_EQ(config->certificate_authority.file, folder_.string() + "/ca.crt");
}

TEST_F(ConfigTest, without_any_configuration_it_says_where_it_looked) {
  const auto config = load_config("", "", sources_);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(config.error().message.find("$KUBECONFIG"), std::string::npos);
}

TEST_F(ConfigTest, a_token_file_is_read_again_after_ten_seconds) {
  ManualClock clock;
  ClusterConfig config;
  config.token_file = write("token", "one\n");
  Credentials credentials(config, clock);
  EXPECT_EQ(credentials.header(), "Authorization: Bearer one");
  write("token", "two\n");
  EXPECT_EQ(credentials.header(), "Authorization: Bearer one");
  clock.advance(seconds(10));
  EXPECT_EQ(credentials.header(), "Authorization: Bearer two");
}

TEST_F(ConfigTest, a_refused_token_is_read_again_at_once) {
  ManualClock clock;
  ClusterConfig config;
  config.token_file = write("token", "one");
  Credentials credentials(config, clock);
  const auto sent = credentials.header();
  EXPECT_FALSE(credentials.changed_since(sent));
  write("token", "two");
  EXPECT_TRUE(credentials.changed_since(sent));
  EXPECT_EQ(credentials.header(), "Authorization: Bearer two");
}

TEST_F(ConfigTest, a_token_file_that_vanishes_leaves_the_last_token) {
  ManualClock clock;
  ClusterConfig config;
  config.token_file = write("token", "one");
  Credentials credentials(config, clock);
  fs::remove(config.token_file);
  clock.advance(seconds(10));
  EXPECT_EQ(credentials.header(), "Authorization: Bearer one");
}

}  // namespace
}  // namespace reconciler::kube
