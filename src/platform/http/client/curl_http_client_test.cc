// What the client does with servers that behave; those that do not are in hostile_server_test.cc.
#include "platform/http/client/curl_http_client.h"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/client/testing/client_fixture.h"
#include "platform/http/client/testing/https_server.h"

namespace sotto::http {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CurlClients : public ClientFixture {};

/// A body of one letter that is read in order and again.
class LetterView final : public ByteView {
 public:
  explicit LetterView(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read(const CallContext& /*context*/, std::uint64_t offset,
                           std::span<std::byte> into) override {
    const auto count = std::min<std::uint64_t>(into.size(), size_ - offset);
    std::memset(into.data(), 'x', count);
    return static_cast<std::size_t>(count);
  }

 private:
  std::uint64_t size_;
};

TEST_F(CurlClients, FetchAnAnswer) {
  std::string head;
  const auto server = serve([&](ScriptedPeer& peer) {
    head = peer.read_head();
    peer.send(ok_answer("hello", "X-A: 1\r\nx-b:\t2 \r\n"));
  });
  const auto answer = fetch(url("/a?b=c"));
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->head.status, 200);
  EXPECT_EQ(answer->head.field("x-a"), "1");
  EXPECT_EQ(answer->head.field("X-B"), "2");
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->url, url("/a?b=c"));
  EXPECT_EQ(answer->attempts, 1);
  EXPECT_THAT(head, StartsWith("GET /a?b=c HTTP/1.1\r\nHost: " + server_->address() + "\r\n"));
  EXPECT_THAT(head, HasSubstr("User-Agent: sotto\r\n"));
  EXPECT_THAT(head, HasSubstr("Accept-Encoding: deflate, gzip"));
}

TEST_F(CurlClients, SendEachMethodWithItsBody) {
  std::string seen;
  const auto server = serve([&](ScriptedPeer& peer) {
    for (std::string head; !(head = peer.read_head()).empty();) {
      seen = head.substr(0, head.find(' ')) + " ";
      const auto length = head.find("Content-Length: ");
      if (length != std::string::npos)
        seen += peer.read_body(std::stoul(head.substr(length + 16))) + "." +
                std::to_string(std::stoul(head.substr(length + 16)));
      peer.send(seen.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                                         : ok_answer("hello"));
    }
  });
  struct Case {
    Method method;
    const char* body;
    const char* expected;
  };
  for (const auto& [method, body, expected] : {
           Case{Method::kGet, "", "GET "},
           Case{Method::kHead, "", "HEAD "},
           Case{Method::kPost, "", "POST .0"},
           Case{Method::kPost, "abc", "POST abc.3"},
           Case{Method::kPut, "abc", "PUT abc.3"},
           Case{Method::kPatch, "abc", "PATCH abc.3"},
           Case{Method::kDelete, "", "DELETE "},
           Case{Method::kDelete, "abc", "DELETE abc.3"},
           Case{Method::kOptions, "", "OPTIONS "},
       }) {
    const auto answer = fetch({.method = method, .url = url(), .body = body});
    ASSERT_TRUE(answer) << expected << answer.error().describe();
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(answer->body, method == Method::kHead ? "" : "hello");
  }
  EXPECT_EQ(server_->connections(), 1) << "the connection is used again";
}

TEST_F(CurlClients, SendAFileOfAnySizeWithoutHoldingIt) {
  constexpr std::size_t kSize = 3'000'000;
  std::size_t taken = 0;
  std::string head;
  const auto server = serve([&](ScriptedPeer& peer) {
    head = peer.read_head();
    const std::string body = peer.read_body(kSize);
    taken = static_cast<std::size_t>(std::count(body.begin(), body.end(), 'x'));
    peer.send(ok_answer(""));
  });
  LetterView view(kSize);
  ASSERT_TRUE(fetch({.method = Method::kPut, .url = url(), .upload = &view}));
  EXPECT_EQ(taken, kSize);
  EXPECT_THAT(head, HasSubstr("Content-Length: 3000000\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Expect")));
}

TEST_F(CurlClients, HandTheBodyOverAsItComes) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    peer.send("6\r\n world\r\n0\r\n\r\n");
  });
  std::vector<std::string> seen;
  const auto answer = fetch({.url = url(),
                             .on_head = [&](const FetchHead& head) -> Result<> {
                               seen.push_back(std::to_string(head.status));
                               return {};
                             },
                             .on_body = [&](std::string_view data) -> Result<> {
                               if (seen.size() == 1) seen.emplace_back();
                               seen[1] += data;
                               return {};
                             }});
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_THAT(seen, ElementsAre("404", "hello world"));
  EXPECT_EQ(answer->body, "");
}

TEST_F(CurlClients, EndWithTheErrorOfWhoTakesTheAnswer) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(ok_answer("hello"));
  });
  const auto refuse = [](const auto&) -> Result<> {
    return Error(ErrorCode::kInsufficientStorage, "base.cancelled", "The disk is full.");
  };
  auto answer = fetch({.url = url(), .on_body = refuse});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "The disk is full.");
  answer = fetch({.url = url(), .on_head = refuse});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "The disk is full.");
  const auto fall = [](std::string_view) -> Result<> { throw std::bad_alloc(); };
  EXPECT_THROW((void)fetch({.url = url(), .on_body = fall}), std::bad_alloc);
}

TEST_F(CurlClients, RefuseRequestsThatCannotBeSent) {
  const auto server = serve([](ScriptedPeer&) {});
  LetterView view(1);
  EXPECT_EQ(reason({.url = "nonsense"}), "client.bad_url");
  EXPECT_EQ(reason({.url = url(), .fields = {{"A", "1\r\nB: 2"}}}), "client.bad_request");
  EXPECT_EQ(reason({.url = url(), .fields = {{"A b", "1"}}}), "client.bad_request");
  EXPECT_EQ(reason({.url = url(), .fields = {{"", "1"}}}), "client.bad_request");
  EXPECT_EQ(reason({.url = url(), .fields = {{"host", "other"}}}), "client.bad_request");
  EXPECT_EQ(reason({.url = url(), .fields = {{"Content-Length", "5"}}}), "client.bad_request");
  EXPECT_EQ(reason({.url = url(), .fields = {{"Transfer-Encoding", "chunked"}}}),
            "client.bad_request");
  EXPECT_EQ(reason({.url = url(), .fields = {{"A", std::string(8192, 'a')}}}),
            "client.bad_request");
  EXPECT_EQ(reason({.url = url(),
                    .fields = std::vector<std::pair<std::string, std::string>>(101, {"A", "b"})}),
            "client.bad_request");
  EXPECT_EQ(reason({.method = Method::kHead, .url = url(), .body = "a"}), "client.bad_request");
  EXPECT_EQ(reason({.method = Method::kPut, .url = url(), .body = "a", .upload = &view}),
            "client.bad_request");
  EXPECT_EQ(server_->connections(), 0);
}

TEST_F(CurlClients, SendFieldsWithoutAValueToo) {
  std::string head;
  const auto server = serve([&](ScriptedPeer& peer) {
    head = peer.read_head();
    peer.send(ok_answer(""));
  });
  ASSERT_TRUE(
      fetch({.url = url(), .fields = {{"X-Empty", ""}, {"X-Blank", " "}, {"X-Full", "a b"}}}));
  EXPECT_THAT(head, HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Blank:\r\n"));
  EXPECT_THAT(head, HasSubstr("X-Full: a b\r\n"));
}

TEST_F(CurlClients, FollowRedirectsByTheirRules) {
  struct Case {
    const char* name;
    Method method;
    const char* status;
    const char* expected;
  };
  std::string seen;
  std::string status;
  const auto server = serve([&](ScriptedPeer& peer) {
    for (std::string head; !(head = peer.read_head()).empty();) {
      std::string body;
      if (head.find("Content-Length: 3") != std::string::npos) body = peer.read_body(3);
      seen = head.substr(0, head.find(" HTTP")) + " " + body;
      if (head.find("Content-Type") != std::string::npos) seen += " typed";
      peer.send(head.find(" /start ") != std::string::npos
                    ? bare_answer(status, "Location: ../end?x\r\n")
                    : bare_answer("200 OK"));
    }
  });
  for (const auto& [name, method, code, expected] : {
           Case{"301 of POST", Method::kPost, "301 Moved", "GET /end?x "},
           Case{"302 of POST", Method::kPost, "302 Found", "GET /end?x "},
           Case{"302 of PUT", Method::kPut, "302 Found", "PUT /end?x abc typed"},
           Case{"303 of PUT", Method::kPut, "303 See Other", "GET /end?x "},
           Case{"303 of HEAD", Method::kHead, "303 See Other", "HEAD /end?x  typed"},
           Case{"307 of POST", Method::kPost, "307 Temporary", "POST /end?x abc typed"},
           Case{"308 of POST", Method::kPost, "308 Permanent", "POST /end?x abc typed"},
       }) {
    status = code;
    const auto answer = fetch({.method = method,
                               .url = url("/start"),
                               .fields = {{"Content-Type", "text/plain"}},
                               .body = method == Method::kHead ? "" : "abc"});
    ASSERT_TRUE(answer) << name << answer.error().describe();
    EXPECT_EQ(seen, expected) << name;
    EXPECT_EQ(answer->url, url("/end?x")) << name;
  }
}

TEST_F(CurlClients, GiveRedirectsBackWhereNoneAreFollowed) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(bare_answer("302 Found", "Location: /other\r\n"));
  });
  const auto answer = fetch({.url = url(), .limits = {.redirects_max = 0}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->head.status, 302);
}

TEST_F(CurlClients, RepeatWhatIsIdempotentUntilTheServerIsBack) {
  std::atomic<int> asked{0};
  const auto server = serve([&](ScriptedPeer& peer) {
    while (!peer.read_head().empty())
      peer.send(asked.fetch_add(1) % 3 < 2 ? bare_answer("503 Busy", "Retry-After: 0\r\n")
                                           : ok_answer("back"));
  });
  std::string body;
  const auto answer = fetch({.url = url(), .on_body = [&](std::string_view data) -> Result<> {
                               body += data;
                               return {};
                             }});
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->attempts, 3);
  EXPECT_EQ(body, "back");
  // A POST only with a key that lets the server know it again.
  EXPECT_EQ(fetch({.method = Method::kPost, .url = url()})->head.status, 503);
  EXPECT_EQ(asked, 4);
  asked = 0;
  const auto keyed = fetch(
      {.method = Method::kPost, .url = url(), .fields = {{"Idempotency-Key", "k"}}, .body = ""});
  EXPECT_EQ(keyed->body, "back");
}

TEST_F(CurlClients, GiveTheAnswerWhereRepeatingItWouldTakeTooLong) {
  std::atomic<int> asked{0};
  const auto server = serve([&](ScriptedPeer& peer) {
    while (!peer.read_head().empty()) {
      ++asked;
      peer.send("HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: 4\r\n\r\nwait");
    }
  });
  FetchRequest request{.url = url()};
  request.retry.retry_after_max = std::chrono::seconds(29);
  EXPECT_EQ(fetch(request)->body, "wait") << "above the cap";
  request.retry.retry_after_max = std::chrono::seconds(30);
  request.limits.total_timeout = std::chrono::seconds(20);
  EXPECT_EQ(fetch(request)->body, "wait") << "behind the deadline";
  EXPECT_EQ(asked, 2);
}

TEST_F(CurlClients, RepeatAfterAConnectionThatFailed) {
  // A port that nobody listens on: taken, then freed.
  std::string gone;
  {
    const ScriptedServer closed([](ScriptedPeer&) {});
    gone = closed.address();
  }
  resolver_.answer("name.example", {"127.0.0.1"});
  open({gone, "name.example:" + gone.substr(gone.find(':') + 1)});
  const std::string address = "http://name.example" + gone.substr(gone.find(':'));
  EXPECT_EQ(reason({.url = address}), "client.connect_failed");
  EXPECT_EQ(resolver_.asked().size(), 3U);
  EXPECT_EQ(reason({.method = Method::kPost, .url = address}), "client.connect_failed");
  EXPECT_EQ(resolver_.asked().size(), 4U);
}

TEST_F(CurlClients, KeepABoundedNumberOfConnections) {
  const auto script = [](ScriptedPeer& peer) {
    while (!peer.read_head().empty()) peer.send(ok_answer("x"));
  };
  ScriptedServer first(script);
  ScriptedServer second(script);
  open({first.address(), second.address()}, {.idle_connections_max = 1});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(fetch("http://" + first.address()));
  EXPECT_EQ(first.connections(), 1);
  ASSERT_TRUE(fetch("http://" + second.address()));
  ASSERT_TRUE(fetch("http://" + first.address()));
  EXPECT_EQ(first.connections(), 2) << "the other connection took its place";
}

TEST_F(CurlClients, RefuseMoreCallsThanTheyMayMake) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(ok_answer("x"));
  });
  open({server_->address()}, {.calls_max = 1});
  std::string inner;
  const auto outer = fetch({.url = url(), .on_body = [&](std::string_view) -> Result<> {
                              inner = reason({.url = url()});
                              return {};
                            }});
  EXPECT_TRUE(outer);
  EXPECT_EQ(inner, "client.too_many_calls");
  EXPECT_TRUE(fetch(url()));
}

TEST_F(CurlClients, ServeManyThreadsAtOnce) {
  const auto server = serve([](ScriptedPeer& peer) {
    while (!peer.read_head().empty()) peer.send(ok_answer("x"));
  });
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < 5; ++j) good += fetch(url()) ? 1 : 0;
      });
  }
  EXPECT_EQ(good, 40);
}

TEST_F(CurlClients, AskThroughAProxyAndDirectlyWhatIsConfigured) {
  std::string seen;
  ScriptedServer proxy([&](ScriptedPeer& peer) {
    seen = peer.read_head();
    peer.send(ok_answer("by proxy"));
  });
  ScriptedServer own([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(ok_answer("direct"));
  });
  open({own.address()}, {.proxy = "http://" + proxy.address()});
  EXPECT_EQ(fetch("http://example.org/x")->body, "by proxy");
  EXPECT_THAT(seen, StartsWith("GET http://example.org/x HTTP/1.1\r\n"));
  EXPECT_EQ(fetch("http://" + own.address())->body, "direct");
  EXPECT_EQ(reason({.url = "http://10.0.0.1/"}), "client.address_refused");
  EXPECT_EQ(reason({.url = "http://nas.local/"}), "client.address_refused");
  EXPECT_TRUE(resolver_.asked().empty()) << "the proxy resolves names";
  EXPECT_EQ(proxy.connections(), 1);
}

TEST_F(CurlClients, TunnelTlsThroughAProxyAndSendItNoFields) {
  std::string seen;
  ScriptedServer proxy([&](ScriptedPeer& peer) {
    seen = peer.read_head();
    peer.send(bare_answer("403 Forbidden"));
  });
  open({}, {.proxy = "http://" + proxy.address()});
  EXPECT_EQ(reason({.url = "https://example.org/x",
                    .fields = {{"Authorization", "Bearer secret"}},
                    .retry = {.attempts_max = 1}}),
            "client.connect_failed");
  EXPECT_THAT(seen, StartsWith("CONNECT example.org:443 HTTP/1.1\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("secret")));
}

TEST_F(CurlClients, TakeTimesThatNeverEnd) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(ok_answer("hello"));
  });
  EXPECT_EQ(fetch({.url = url(),
                   .limits = {.connect_timeout = milliseconds::max(),
                              .idle_timeout = milliseconds::max(),
                              .total_timeout = milliseconds::max()}})
                ->body,
            "hello");
}

TEST_F(CurlClients, RefuseOptionsThatCannotWork) {
  const auto refused = [&](CurlHttpClientOptions options) {
    const auto made = CurlHttpClient::create(std::move(options), OutboundGuard::create({}).value(),
                                             {resolver_, clock_, random_});
    return made ? "" : made.error().reason();
  };
  EXPECT_EQ(refused({}), "");
  EXPECT_EQ(refused({.user_agent = ""}), "client.bad_options");
  EXPECT_EQ(refused({.user_agent = "a\r\nb"}), "client.bad_options");
  EXPECT_EQ(refused({.ca_file = "/does/not/exist"}), "client.bad_options");
  EXPECT_EQ(refused({.proxy = "proxy:3128"}), "client.bad_options");
  EXPECT_EQ(refused({.proxy = "https://proxy:3128"}), "client.bad_options");
  EXPECT_EQ(refused({.proxy = "http://proxy:3128/path"}), "client.bad_options");
  EXPECT_EQ(refused({.calls_max = 0}), "client.bad_options");
}

TEST_F(CurlClients, SpeakTlsToServersThatTheyTrust) {
  const HttpsServer server;
  server.serve("a", "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
  const std::string address = "127.0.0.1:" + server.port();
  open({address}, {.ca_file = server.certificate()});
  const auto answer = fetch("https://" + address + "/a");
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->body, "secret");
  open({address});
  EXPECT_EQ(reason({.url = "https://" + address + "/a", .retry = {.attempts_max = 1}}),
            "client.tls_failed");
}

TEST_F(CurlClients, RefuseACertificateOfAnotherName) {
  const HttpsServer server({.certified = "DNS:other.example"});
  server.serve("a", "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
  resolver_.answer("this.example", {"127.0.0.1"});
  resolver_.answer("other.example", {"127.0.0.1"});
  const std::string port = ":" + server.port();
  open({"this.example" + port, "other.example" + port}, {.ca_file = server.certificate()});
  EXPECT_EQ(fetch("https://other.example" + port + "/a")->body, "secret");
  EXPECT_EQ(reason({.url = "https://this.example" + port + "/a"}), "client.tls_failed");
}

TEST_F(CurlClients, RefuseTlsOlderThanTwelve) {
  // Level 0, since OpenSSL itself refuses the old version above it.
  const HttpsServer server({.arguments = {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}});
  server.serve("a", "HTTP/1.0 200 OK\r\n\r\nold");
  const std::string address = "127.0.0.1:" + server.port();
  open({address}, {.ca_file = server.certificate()});
  EXPECT_EQ(reason({.url = "https://" + address + "/a"}), "client.tls_failed");
}

TEST_F(CurlClients, RefuseARedirectFromHttpsToHttp) {
  const HttpsServer server;
  server.serve("a", "HTTP/1.0 302 Found\r\nLocation: http://example.org/\r\n\r\n");
  const std::string address = "127.0.0.1:" + server.port();
  open({address}, {.ca_file = server.certificate()});
  EXPECT_EQ(reason({.url = "https://" + address + "/a"}), "client.redirect_refused");
}

}  // namespace
}  // namespace sotto::http
