#include "http/server.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "fake_api.h"
#include "http/client.h"
#include "raw_client.h"
#include "temporary_file.h"

namespace reconciler::http {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kToken = "open-sesame";
constexpr const char* kSecret = "shared-with-the-forge";
constexpr std::size_t kMebibyte = 1024 * 1024;

class ServerTest : public testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(const Limits& limits) {
    server_ = nullptr;
    auto server = serve({{"127.0.0.1", 0}, token_.path(), secret_.path(), limits}, api_);
    ASSERT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
  }

  std::unique_ptr<RawClient> connect() const { return std::make_unique<RawClient>(server_->port()); }

  /// The answer to a request after which the connection ends.
  std::string ask(const std::string& request) const {
    const auto client = connect();
    client->send(request);
    return client->read_all();
  }

  static std::string post(const std::string& path, const std::string& headers, const std::string& body) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
  }

  static std::string signature(const std::string& body) {
    return "X-Hub-Signature-256: sha256=" + hex(hmac("sha256", kSecret, body)) + "\r\n";
  }

  /// A push that is filled up to a size.
  static std::string push_of(std::size_t size) {
    const std::string head = R"({"ref": "refs/heads/main", "fill": ")", tail = "\"}";
    return head + std::string(size - head.size() - tail.size(), 'x') + tail;
  }

  TemporaryFile token_{kToken};
  TemporaryFile secret_{kSecret};
  FakeApi api_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, answers_over_the_network) {
  const auto answer = ask("GET /api/v1/environments HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, AllOf(HasSubstr("Content-Type: application/json\r\n"), HasSubstr("\"kind-dev\"")));
}

TEST_F(ServerTest, guards_every_answer_with_headers) {
  for (const char* request : {"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                              "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "nonsense\r\n\r\n"}) {
    EXPECT_THAT(ask(request),
                AllOf(HasSubstr("X-Content-Type-Options: nosniff\r\n"), HasSubstr("Cache-Control: no-store\r\n"),
                      HasSubstr("Content-Security-Policy: default-src 'none'")));
  }
}

TEST_F(ServerTest, answers_head_without_a_body) {
  const auto answer = ask("HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 3\r\n")));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(ServerTest, answers_one_request_after_the_other_on_a_connection) {
  const auto client = connect();
  client->send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client->read_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(client->read_answer(), StartsWith("HTTP/1.1 200 OK\r\n"));
  client->send("HEAD /metrics HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client->read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, does_not_echo_a_trace) {
  const auto answer = ask("TRACE /livez HTTP/1.1\r\nHost: x\r\nX-Canary: canary\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n"), Not(HasSubstr("canary"))));
  EXPECT_THAT(ask("OPTIONS /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(ServerTest, takes_a_signed_push_of_a_whole_mebibyte) {
  const auto push = push_of(kMebibyte);
  EXPECT_THAT(ask(post("/webhooks/github", signature(push), push)),
              AllOf(StartsWith("HTTP/1.1 202 "), HasSubstr(R"({"environments":["kind-dev"]})")));
}

TEST_F(ServerTest, takes_a_signed_push_in_chunks) {
  const auto push = push_of(40);
  const auto chunks = "14\r\n" + push.substr(0, 20) + "\r\n14;note=x\r\n" + push.substr(20) + "\r\n0\r\n\r\n";
  EXPECT_THAT(ask("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n" +
                  signature(push) + "\r\n" + chunks),
              StartsWith("HTTP/1.1 202 "));
}

TEST_F(ServerTest, refuses_a_body_over_the_cap_and_lets_its_sender_see_the_answer) {
  const auto push = push_of(kMebibyte + 1);
  EXPECT_THAT(ask(post("/webhooks/github", signature(push), push)),
              AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("\"reason\":\"PayloadTooLarge\"")));
  EXPECT_THAT(api_.pushes(), IsEmpty());
}

TEST_F(ServerTest, refuses_an_announced_body_over_the_cap_before_it_comes) {
  const auto client = connect();
  client->send("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n");
  EXPECT_THAT(client->read_answer(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, refuses_chunks_over_the_cap_however_many_more_come) {
  const auto client = connect();
  client->send("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const auto chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (int i = 0; i < 17; ++i) ASSERT_TRUE(client->send(chunk));
  EXPECT_THAT(client->read_answer(), StartsWith("HTTP/1.1 413 "));
  while (client->send(chunk)) {  // Ends, because the server reads only so much of what it refused.
  }
}

TEST_F(ServerTest, invites_a_body_that_waits_to_be_asked) {
  const auto client = connect();
  client->send("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client->read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client->send("{}");
  EXPECT_THAT(client->read_answer(), StartsWith("HTTP/1.1 401 "));
}

TEST_F(ServerTest, refuses_what_is_not_http) {
  for (const char* request :
       {"nonsense\r\n\r\n", "GET\r\n\r\n", "GET /livez HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET http://[x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
    EXPECT_THAT(ask(request), AllOf(StartsWith("HTTP/1.1 4"), HasSubstr("\"error\""))) << request;
  }
  EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, refuses_what_leaves_open_where_a_request_ends_or_whom_it_is_for) {
  const std::string hidden = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const char* coding : {"gzip", "gzip, chunked", "identity", "chunked\r\nTransfer-Encoding: chunked"}) {
    const auto answer = ask("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + std::string(coding) +
                            "\r\n\r\n" + hidden);
    EXPECT_THAT(answer, AnyOf(StartsWith("HTTP/1.1 501 "), StartsWith("HTTP/1.1 400 "))) << coding;
    EXPECT_THAT(answer, Not(HasSubstr("200 OK"))) << coding;
  }
  for (const char* host : {"", "Host: x\r\nHost: y\r\n"})
    EXPECT_THAT(ask("GET /livez HTTP/1.1\r\n" + std::string(host) + "\r\n"), StartsWith("HTTP/1.1 400 ")) << host;
  EXPECT_THAT(ask("GET /livez HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, refuses_a_head_that_is_too_large) {
  EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nX-Fill: " + std::string(20000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerTest, hangs_up_on_a_head_that_does_not_come) {
  Limits limits;
  limits.head_time = std::chrono::milliseconds(50);
  start(limits);
  const auto client = connect();
  client->send("GET /livez HTTP/1.1\r\nX-");
  EXPECT_EQ(client->read_all(), "");
}

TEST_F(ServerTest, hangs_up_on_a_body_that_does_not_come) {
  Limits limits;
  limits.body_time = std::chrono::milliseconds(50);
  start(limits);
  const auto client = connect();
  client->send("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_EQ(client->read_all(), "");
}

TEST_F(ServerTest, gives_the_place_of_the_longest_idle_connection_to_a_new_one) {
  Limits limits;
  limits.connections = 2;
  start(limits);
  const auto first = connect();
  const auto second = connect();
  const auto third = connect();
  const std::string request = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
  third->send(request);
  EXPECT_THAT(third->read_answer(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(first->read_all(), "");
  second->send(request);
  EXPECT_THAT(second->read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, gives_the_place_of_a_body_that_does_not_come_to_a_new_connection) {
  Limits limits;
  limits.connections = 2;
  start(limits);
  const auto first = connect(), second = connect();
  for (const auto& client : {first.get(), second.get()}) {
    client->send("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    EXPECT_THAT(client->read_answer(), StartsWith("HTTP/1.1 100 "));
  }
  EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(first->read_all(), "");
  second->send("{\"ref\":1}");
  EXPECT_THAT(second->read_answer(), StartsWith("HTTP/1.1 401 "));
}

TEST_F(ServerTest, bounds_the_memory_of_all_bodies_together) {
  Limits limits;
  limits.bodies_bytes = 1000;
  start(limits);
  const auto slow = connect();
  slow->send("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 900\r\n\r\n");
  EXPECT_THAT(slow->read_answer(), StartsWith("HTTP/1.1 100 "));
  EXPECT_THAT(ask(post("/webhooks/github", "", std::string(200, 'x'))), StartsWith("HTTP/1.1 503 "));
  slow->send(std::string(900, 'x'));
  EXPECT_THAT(slow->read_answer(), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(ask(post("/webhooks/github", "", std::string(200, 'x'))), StartsWith("HTTP/1.1 401 "));
}

TEST_F(ServerTest, serves_many_at_once) {
  std::vector<std::thread> callers;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([this, &good] {
      const auto client = connect();
      for (int k = 0; k < 50; ++k) {
        client->send("GET /api/v1/environments HTTP/1.1\r\nHost: x\r\n\r\n");
        good += client->read_answer().starts_with("HTTP/1.1 200 ") ? 1 : 0;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(good, 400);
}

TEST_F(ServerTest, ends_with_connections_open) {
  const auto idle = connect(), begun = connect();
  begun->send("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
  EXPECT_THAT(begun->read_answer(), StartsWith("HTTP/1.1 100 "));
  const auto port = server_->port();
  server_ = nullptr;
  EXPECT_EQ(idle->read_all(), "");
  EXPECT_EQ(begun->read_all(), "");
  EXPECT_THROW(RawClient{port}, std::runtime_error);
}

TEST_F(ServerTest, ends_and_begins_again) {
  for (int i = 0; i < 3; ++i) {
    start({});
    EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(ServerTest, cannot_listen_where_somebody_does) {
  FakeApi other;
  const auto second = serve({{"127.0.0.1", server_->port()}, "", "", {}}, other);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
}

TEST(Server, does_not_start_outside_loopback_without_a_token) {
  FakeApi api;
  for (const char* host : {"0.0.0.0", "::"}) {
    const auto server = serve({{host, 0}, "", "", {}}, api);
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(server.error().message, HasSubstr("--token-file"));
  }
}

TEST(Server, asks_outside_loopback_for_the_token_even_to_read) {
  const TemporaryFile token(kToken);
  FakeApi api;
  const auto server = serve({{"0.0.0.0", 0}, token.path(), "", {}}, api);
  ASSERT_TRUE(server) << server.error().text();
  RawClient stranger((*server)->port());
  stranger.send("GET /api/v1/environments HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(stranger.read_answer(), StartsWith("HTTP/1.1 401 "));
  stranger.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(stranger.read_answer(), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, does_not_start_with_a_secret_that_cannot_be_read) {
  FakeApi api;
  const auto server = serve({{"127.0.0.1", 0}, "/nowhere/token", "", {}}, api);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, AllOf(HasSubstr("--token-file"), HasSubstr("/nowhere/token")));
  EXPECT_FALSE(serve({{"host.invalid", 0}, "", "", {}}, api));
}

class ClientTest : public ServerTest {
 protected:
  std::unique_ptr<Client> client(const std::string& token_file) const {
    auto client =
        Client::open({"http://127.0.0.1:" + std::to_string(server_->port()), token_file, std::chrono::seconds(30)});
    EXPECT_TRUE(client) << client.error().text();
    return client ? std::move(*client) : nullptr;
  }
};

TEST_F(ClientTest, reads_status) {
  const auto reader = client("");
  EXPECT_THAT(*reader->environments(), SizeIs(1));
  EXPECT_EQ(reader->environment("kind-dev")->at("sync"), "Synced");
  EXPECT_THAT(*reader->objects("kind-dev"), SizeIs(1));
  EXPECT_EQ(reader->environment("a/b ?").error().kind, ErrorKind::kNotFound);
}

TEST_F(ClientTest, syncs_with_the_token) {
  EXPECT_EQ(*client(token_.path())->sync("kind-dev"), "sync-1");
  EXPECT_THAT(api_.syncs(), ElementsAre("kind-dev"));
  EXPECT_EQ(client("")->sync("kind-dev").error().kind, ErrorKind::kForbidden);
}

TEST_F(ClientTest, says_who_does_not_answer) {
  const auto lonely = client("");
  server_ = nullptr;
  const auto environments = lonely->environments();
  ASSERT_FALSE(environments);
  EXPECT_EQ(environments.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(environments.error().message, HasSubstr("http://127.0.0.1:"));
}

TEST(Client, wants_a_url) {
  for (const char* server : {"", "127.0.0.1:8080", "ftp://127.0.0.1", "http://"}) {
    const auto client = Client::open({server, "", std::chrono::seconds(1)});
    ASSERT_FALSE(client) << server;
    EXPECT_EQ(client.error().kind, ErrorKind::kInvalid);
  }
}

/// The service as it is while somebody follows its events.
class EventStreamTest : public ServerTest {
 protected:
  void happen(const std::string& message) {
    controller::EnvironmentStatus status;
    status.name = "kind-dev";
    status.message = message;
    api_.events_.add(status, {}, {});
  }

  std::unique_ptr<RawClient> follow(const std::string& headers = "") const {
    auto client = connect();
    client->send("GET /api/v1/environments/kind-dev/events HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
    return client;
  }
};

TEST_F(EventStreamTest, tells_how_things_stand_and_then_what_happens) {
  happen("one");
  const auto client = follow();
  EXPECT_THAT(client->read_until("\r\n\r\n"),
              AllOf(HasSubstr("200 OK"), HasSubstr("Content-Type: text/event-stream"),
                    HasSubstr("Transfer-Encoding: chunked"), HasSubstr("Cache-Control: no-store")));
  EXPECT_THAT(client->read_until("\n\n"), HasSubstr("retry: 1000"));
  EXPECT_THAT(client->read_until("\n\n"), AllOf(HasSubstr("id: run-1\nevent: status\ndata: {"), HasSubstr("\"one\"")));
  happen("two");
  EXPECT_THAT(client->read_until("\n\n"), AllOf(HasSubstr("id: run-2\n"), HasSubstr("\"two\"")));
}

TEST_F(EventStreamTest, goes_on_after_the_last_event_that_the_caller_had) {
  for (const auto* message : {"one", "two", "three"}) happen(message);
  const auto client = follow("Last-Event-ID: run-2\r\n");
  client->read_until("retry: 1000");
  EXPECT_THAT(client->read_until("three"), HasSubstr("id: run-3\n"));
}

TEST_F(EventStreamTest, tells_how_things_stand_to_a_caller_who_missed_more_than_may_wait) {
  Limits limits;
  limits.stream_bytes = 64 * 1024;
  start(limits);
  happen("one");
  for (int i = 0; i < 7; ++i) happen(std::string(16 * 1024, 'x'));
  happen("last" + std::string(16 * 1024, 'x'));
  const auto client = follow("Last-Event-ID: run-1\r\n");
  EXPECT_THAT(client->read_until("last"), HasSubstr("id: run-9\n"));
  happen("more");
  EXPECT_THAT(client->read_until("more"), HasSubstr("id: run-10\n"));
}

TEST_F(EventStreamTest, ends_when_another_replica_takes_over) {
  happen("one");
  const auto client = follow();
  client->read_until("one");
  api_.is_others_ = true;
  api_.events_.hand_over("kind-dev");
  EXPECT_THAT(client->read_all(), Not(HasSubstr("gone")));
  EXPECT_THAT(follow()->read_answer(), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("another replica")));
}

TEST_F(EventStreamTest, gives_signs_of_life) {
  Limits limits;
  limits.heartbeat = std::chrono::milliseconds(1);
  start(limits);
  const auto client = follow();
  EXPECT_NE(client->read_until("\r\n:\n\n"), "");
  EXPECT_NE(client->read_until("\r\n:\n\n"), "");
}

TEST_F(EventStreamTest, drops_a_reader_who_is_too_slow) {
  Limits limits;
  limits.stream_bytes = 64 * 1024;
  start(limits);
  const auto client = follow();
  client->read_until("retry: 1000");
  // More than the sockets of both sides hold.
  for (int i = 0; i < 1000; ++i) happen(std::string(16 * 1024, 'x'));
  EXPECT_LT(client->read_all().size(), 1000U * 16 * 1024);
}

TEST_F(EventStreamTest, holds_no_thread_and_ends_with_the_server) {
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(follow());
  for (const auto& client : clients) client->read_until("retry: 1000");
  EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), HasSubstr("200 OK"));
  server_ = nullptr;
  for (const auto& client : clients) client->read_all();
  happen("nobody hears it");
}

TEST_F(EventStreamTest, is_for_so_many_and_no_more) {
  Limits limits;
  limits.streams = 1;
  start(limits);
  auto first = follow();
  first->read_until("retry: 1000");
  EXPECT_THAT(follow()->read_answer(), HasSubstr("503"));
  EXPECT_THAT(ask("HEAD /api/v1/environments/kind-dev/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("200 OK"), HasSubstr("text/event-stream")));
  EXPECT_THAT(ask("GET /api/v1/environments/none/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              HasSubstr("404"));
}

TEST_F(EventStreamTest, gives_its_place_up_last) {
  Limits limits;
  limits.connections = 2;
  start(limits);
  const auto client = follow();
  client->read_until("retry: 1000");
  const auto owing = connect();
  owing->send("POST /webhooks/github HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  EXPECT_THAT(owing->read_answer(), StartsWith("HTTP/1.1 100 "));
  EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(owing->read_all(), "");
  happen("told");
  EXPECT_THAT(client->read_until("told"), HasSubstr("id: run-1\n"));
}

}  // namespace
}  // namespace reconciler::http
