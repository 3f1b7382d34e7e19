#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "git/repository.h"
#include "support/git/scratch.h"

namespace reconciler::git {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScratchFolder;
using testing::Server;
using testing::Upstream;

/// A port of loopback on which connections are made and never answered.
class SilentPort {
 public:
  SilentPort() : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    bind(descriptor_, reinterpret_cast<sockaddr*>(&address), length);
    listen(descriptor_, 8);
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
  }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  ~SilentPort() { close(); }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  int port() const { return port_; }

 private:
  int descriptor_;
  int port_ = 0;
};

class HttpRemoteTest : public ::testing::Test {
 protected:
  std::string url(int port, const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port) + "/upstream.git";
  }
  Result<std::string> head(RemoteOptions options) {
    auto mirror = open_mirror(scratch_ / "data", std::move(options));
    if (!mirror) return tl::unexpected(mirror.error());
    const std::vector<std::string> branches = {"main"};
    auto refs = (*mirror)->update(branches, stop_.get_token());
    if (!refs) return tl::unexpected(refs.error());
    return refs->heads.at("main");
  }
  std::vector<std::string> server(std::vector<std::string> more = {}) const {
    std::vector<std::string> all = {testing::support("git_server.py"), "--root", scratch_.path().string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  /// A certificate for 127.0.0.1 signed by itself: its own CA file.
  void make_certificate(const std::string& name) {
    testing::run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                  "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1", "-out",
                  scratch_ / (name + ".pem"), "-keyout", scratch_ / (name + ".key")});
  }

  ScratchFolder scratch_;
  Upstream upstream_{scratch_};
  std::stop_source stop_;
};

TEST_F(HttpRemoteTest, a_push_is_followed) {
  const Server git(server());
  upstream_.commit("file", "one");
  RemoteOptions options;
  options.url = url(git.port());
  const auto mirror = open_mirror(scratch_ / "data", options).value();
  const std::vector<std::string> branches = {"main"};
  ASSERT_TRUE(mirror->update(branches, std::stop_token()));
  const auto id = upstream_.commit("file", "two");
  const auto refs = mirror->update(branches, std::stop_token());
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_EQ(refs->heads.at("main"), id);
  EXPECT_EQ(mirror->tree(id).value()->read("file", "", 100)->content, "two");
  EXPECT_FALSE(mirror->update(branches, std::stop_token())->fetched);
  EXPECT_EQ(mirror->traffic().fetches, 2U);
}

TEST_F(HttpRemoteTest, a_long_history_that_diverged_is_negotiated) {
  const Server git(server());
  const auto base = upstream_.commit("file", "base");
  for (int i = 0; i < 45; ++i)
    testing::git(upstream_.work(), {"commit", "-q", "--allow-empty", "-m", std::to_string(i)});
  upstream_.push();
  RemoteOptions options;
  options.url = url(git.port());
  const auto mirror = open_mirror(scratch_ / "data", options).value();
  const std::vector<std::string> branches = {"main"};
  ASSERT_TRUE(mirror->update(branches, std::stop_token()));
  testing::git(upstream_.work(), {"reset", "-q", "--hard", base});
  const auto id = upstream_.commit("file", "other");
  const auto refs = mirror->update(branches, std::stop_token());
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_EQ(refs->heads.at("main"), id);
}

TEST_F(HttpRemoteTest, an_empty_repository_is_no_error) {
  const Server git(server());
  RemoteOptions options;
  options.url = url(git.port());
  const auto mirror = open_mirror(scratch_ / "data", options).value();
  const std::vector<std::string> branches = {"main"};
  const auto refs = mirror->update(branches, std::stop_token());
  ASSERT_TRUE(refs) << refs.error().text();
  EXPECT_TRUE(refs->empty);
}

TEST_F(HttpRemoteTest, a_commit_that_is_no_head_is_fetched_where_only_heads_may_be_asked_for) {
  const Server git(server());
  const auto inner = upstream_.commit("file", "inner");
  upstream_.commit("file", "head");
  RemoteOptions options;
  options.url = url(git.port());
  const auto mirror = open_mirror(scratch_ / "data", options).value();
  const auto commit = mirror->fetch(inner, std::stop_token());
  ASSERT_TRUE(commit) << commit.error().text();
  EXPECT_EQ(mirror->tree(inner).value()->read("file", "", 100)->content, "inner");
  EXPECT_EQ(mirror->fetch(std::string(40, 'c'), std::stop_token()).error().kind, ErrorKind::kNotFound);
}

TEST_F(HttpRemoteTest, a_commit_is_fetched_by_itself_where_the_server_allows_it) {
  const Server git(server());
  testing::git(upstream_.bare(), {"config", "uploadpack.allowReachableSHA1InWant", "true"});
  const auto inner = upstream_.commit("file", "inner");
  upstream_.commit("file", "head");
  RemoteOptions options;
  options.url = url(git.port());
  const auto mirror = open_mirror(scratch_ / "data", options).value();
  ASSERT_TRUE(mirror->fetch(inner, std::stop_token()));
  EXPECT_EQ(mirror->commit("main").error().kind, ErrorKind::kNotFound);
  const auto lacking = mirror->fetch(std::string(40, 'c'), std::stop_token());
  EXPECT_EQ(lacking.error().kind, ErrorKind::kNotFound) << lacking.error().text();
}

TEST_F(HttpRemoteTest, credentials_come_from_files_and_are_read_at_each_use) {
  testing::write_file(scratch_ / "served", "first-canary");
  testing::write_file(scratch_ / "user", "ann\n");
  testing::write_file(scratch_ / "password", "first-canary\n");
  const Server git(server({"--user", "ann", "--password-file", scratch_ / "served"}));
  const auto id = upstream_.commit("file", "content");
  RemoteOptions options;
  options.url = url(git.port());
  options.username_file = scratch_ / "user";
  options.password_file = scratch_ / "password";
  EXPECT_EQ(head(options).value(), id);
  testing::write_file(scratch_ / "served", "second-canary");
  const auto refused = head(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kForbidden);
  EXPECT_THAT(refused.error().text(), HasSubstr("does not accept the credentials"));
  EXPECT_THAT(refused.error().text(), Not(HasSubstr("canary")));
  testing::write_file(scratch_ / "password", "second-canary");
  EXPECT_EQ(head(options).value(), id);
}

TEST_F(HttpRemoteTest, a_token_goes_as_the_password) {
  testing::write_file(scratch_ / "token", "token-canary\n");
  const Server git(server({"--user", "x-access-token", "--password-file", scratch_ / "token"}));
  const auto id = upstream_.commit("file", "content");
  RemoteOptions options;
  options.url = url(git.port());
  const auto without = head(options);
  EXPECT_EQ(without.error().kind, ErrorKind::kForbidden);
  EXPECT_THAT(without.error().text(), HasSubstr("none are configured"));
  options.token_file = scratch_ / "token";
  EXPECT_EQ(head(options).value(), id);
}

TEST_F(HttpRemoteTest, credentials_in_the_url_work_and_are_not_shown) {
  testing::write_file(scratch_ / "served", "url-canary");
  const Server git(server({"--user", "ann", "--password-file", scratch_ / "served"}));
  const auto id = upstream_.commit("file", "content");
  RemoteOptions options;
  options.url = "http://ann:url-canary@127.0.0.1:" + std::to_string(git.port()) + "/upstream.git";
  EXPECT_EQ(head(options).value(), id);
  EXPECT_EQ(open_mirror(scratch_ / "data", options).value()->name(), url(git.port()));
  testing::write_file(scratch_ / "served", "changed");
  const auto refused = head(options);
  EXPECT_EQ(refused.error().kind, ErrorKind::kForbidden);
  EXPECT_THAT(refused.error().text(), Not(HasSubstr("canary")));
}

TEST_F(HttpRemoteTest, a_credential_file_that_cannot_be_read_is_named) {
  const Server git(server());
  RemoteOptions options;
  options.url = url(git.port());
  options.token_file = scratch_ / "absent";
  EXPECT_EQ(head(options).error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(head(options).error().message, HasSubstr("absent"));
  testing::write_file(scratch_ / "empty", "\n");
  options.token_file = scratch_ / "empty";
  EXPECT_EQ(head(options).error().kind, ErrorKind::kInvalid);
}

TEST_F(HttpRemoteTest, answers_that_are_errors_say_what_a_caller_can_do) {
  const std::vector<std::pair<std::string, ErrorKind>> answers = {
      {"401", ErrorKind::kForbidden},   {"403", ErrorKind::kForbidden},   {"404", ErrorKind::kNotFound},
      {"429", ErrorKind::kUnavailable}, {"500", ErrorKind::kUnavailable}, {"503", ErrorKind::kUnavailable}};
  for (const auto& [answer, kind] : answers) {
    const Server git(server({"--answer", answer}));
    RemoteOptions options;
    options.url = url(git.port());
    const auto refused = head(options);
    ASSERT_FALSE(refused) << answer;
    EXPECT_EQ(refused.error().kind, kind) << answer;
    EXPECT_THAT(refused.error().message, HasSubstr(answer));
  }
}

TEST_F(HttpRemoteTest, a_repository_that_the_server_lacks_is_not_found) {
  const Server git(server());
  RemoteOptions options;
  options.url = "http://127.0.0.1:" + std::to_string(git.port()) + "/other.git";
  EXPECT_EQ(head(options).error().kind, ErrorKind::kNotFound);
}

TEST_F(HttpRemoteTest, a_web_server_that_is_no_git_server_is_invalid) {
  const Server git(server({"--plain"}));
  RemoteOptions options;
  options.url = url(git.port());
  const auto refused = head(options);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().message, HasSubstr("not as a Git server"));
}

TEST_F(HttpRemoteTest, a_redirect_to_another_place_is_refused_by_name) {
  const Server target(server());
  upstream_.commit("file", "content");
  const Server git(server({"--redirect", "http://127.0.0.1:" + std::to_string(target.port())}));
  RemoteOptions options;
  options.url = url(git.port());
  const auto refused = head(options);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().message, HasSubstr(url(target.port())));
}

TEST_F(HttpRemoteTest, a_circle_of_redirects_ends) {
  SilentPort reserved;
  const int port = reserved.port();
  reserved.close();
  const Server git(server({"--port", std::to_string(port), "--redirect", "http://127.0.0.1:" + std::to_string(port)}));
  RemoteOptions options;
  options.url = url(port);
  EXPECT_THAT(head(options).error().message, HasSubstr("circle"));
}

TEST_F(HttpRemoteTest, a_redirect_to_https_on_the_same_host_is_followed) {
  make_certificate("server");
  const Server secure(server({"--cert", scratch_ / "server.pem", "--key", scratch_ / "server.key"}));
  const auto id = upstream_.commit("file", "content");
  const Server git(server({"--redirect", "https://127.0.0.1:" + std::to_string(secure.port())}));
  RemoteOptions options;
  options.url = url(git.port());
  options.ca_file = scratch_ / "server.pem";
  const auto followed = head(options);
  ASSERT_TRUE(followed) << followed.error().text();
  EXPECT_EQ(*followed, id);
}

TEST_F(HttpRemoteTest, tls_trusts_the_given_ca_and_nothing_else) {
  make_certificate("server");
  make_certificate("stranger");
  const Server git(server({"--cert", scratch_ / "server.pem", "--key", scratch_ / "server.key"}));
  const auto id = upstream_.commit("file", "content");
  RemoteOptions options;
  options.url = url(git.port(), "https");
  EXPECT_EQ(head(options).error().kind, ErrorKind::kForbidden);
  options.ca_file = scratch_ / "stranger.pem";
  EXPECT_EQ(head(options).error().kind, ErrorKind::kForbidden);
  options.ca_file = scratch_ / "absent.pem";
  EXPECT_EQ(head(options).error().kind, ErrorKind::kInvalid);
  options.ca_file = scratch_ / "server.pem";
  EXPECT_EQ(head(options).value(), id);
}

TEST_F(HttpRemoteTest, a_remote_that_is_down_is_unavailable_until_it_is_back) {
  SilentPort port;
  port.close();
  const auto id = upstream_.commit("file", "content");
  RemoteOptions options;
  options.url = url(port.port());
  const auto mirror = open_mirror(scratch_ / "data", options).value();
  const std::vector<std::string> branches = {"main"};
  EXPECT_EQ(mirror->update(branches, std::stop_token()).error().kind, ErrorKind::kUnavailable);
  const Server git(server({"--port", std::to_string(port.port())}));
  EXPECT_EQ(mirror->update(branches, std::stop_token())->heads.at("main"), id);
}

TEST_F(HttpRemoteTest, a_remote_that_never_answers_is_given_up) {
  const SilentPort port;
  for (const auto* scheme : {"http", "https", "ssh"}) {
    testing::write_file(scratch_ / "known_hosts", "host ssh-ed25519 AAAA");
    testing::write_file(scratch_ / "key", "no key");
    RemoteOptions options;
    options.url = url(port.port(), scheme);
    options.known_hosts_file = scratch_ / "known_hosts";
    options.ssh_key_file = scratch_ / "key";
    options.patience = 100ms;
    const auto given_up = head(options);
    EXPECT_EQ(given_up.error().kind, ErrorKind::kUnavailable) << scheme << ": " << given_up.error().text();
  }
}

TEST_F(HttpRemoteTest, a_call_that_takes_too_long_in_all_is_given_up) {
  const SilentPort port;
  RemoteOptions options;
  options.url = url(port.port());
  options.patience = 1h;
  options.timeout = 100ms;
  EXPECT_THAT(head(options).error().message, HasSubstr("not finished after 0.1 s"));
}

TEST_F(HttpRemoteTest, waiting_for_a_remote_ends_when_stopped) {
  const SilentPort port;
  for (const auto* scheme : {"http", "ssh"}) {
    testing::write_file(scratch_ / "known_hosts", "host ssh-ed25519 AAAA");
    testing::write_file(scratch_ / "key", "no key");
    RemoteOptions options;
    options.url = url(port.port(), scheme);
    options.known_hosts_file = scratch_ / "known_hosts";
    options.ssh_key_file = scratch_ / "key";
    options.patience = 1h;
    options.timeout = 1h;
    stop_ = std::stop_source();
    const std::jthread stopper([this] { stop_.request_stop(); });
    EXPECT_EQ(head(options).error().kind, ErrorKind::kCancelled) << scheme;
  }
}

}  // namespace
}  // namespace reconciler::git
