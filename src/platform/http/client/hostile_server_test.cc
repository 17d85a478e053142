// The client against servers, name servers and redirects that mean harm or are broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/client/curl_http_client.h"
#include "platform/http/client/testing/client_fixture.h"
#include "platform/runtime/child_process.h"
#include "platform/runtime/file.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

class HostileServers : public ClientFixture {
 protected:
  /// The reason why a server that answers just this is not believed.
  std::string reason_of(const std::string& answer, FetchRequest request = {}) {
    const auto server = serve([answer](ScriptedPeer& peer) {
      peer.read_head();
      peer.send(answer);
    });
    request.url = url();
    return reason(std::move(request));
  }

  /// What a redirect to this place leads to.
  std::string redirected(const std::string& location) {
    return reason_of(bare_answer("302 Found", "Location: " + location + "\r\n"));
  }

  /// Cancels a call once `reached` says that it is in the phase to test; how it ended.
  std::string cancelled_at(const std::string& address, const std::function<void()>& reached) {
    std::stop_source source;
    context_ = context_.with_stop(source.get_token());
    std::atomic<steady_clock::time_point> stopped{};
    std::jthread canceller([&] {
      reached();
      stopped = steady_clock::now();
      source.request_stop();
    });
    const std::string ended = reason({.url = address});
    // Two seconds instead of the promised tenth, for machines that do other work too.
    EXPECT_LT(steady_clock::now() - stopped.load(), std::chrono::seconds(2));
    return ended;
  }
};

TEST_F(HostileServers, CannotRedirectToAddressesThatAreNotPublic) {
  for (const char* location :
       {"http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fd00:ec2::254]/",
        "//127.0.0.1/"})
    EXPECT_EQ(redirected(location), "client.address_refused") << location;
}

TEST_F(HostileServers, CannotRedirectToDisguisedAddresses) {
  for (const char* location :
       {"http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/",
        "http://127.1/", "http://127.0.0.1./", "http://[fe80::1%25lo]/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "http://user@127.0.0.1/", "http://a@b@127.0.0.1/"})
    EXPECT_EQ(redirected(location), "client.bad_url") << location;
}

TEST_F(HostileServers, CannotRedirectToOtherPorts) {
  EXPECT_EQ(redirected("http://example.org:22/"), "client.url_refused");
}

TEST_F(HostileServers, CannotRedirectToNamesThatArePrivate) {
  resolver_.answer("inside.example", {"10.0.0.1"});
  EXPECT_EQ(redirected("http://inside.example/"), "client.address_refused");
}

TEST_F(HostileServers, CannotRedirectToConfiguredPrivateHosts) {
  ScriptedServer own([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(ok_answer("secret"));
  });
  ScriptedServer other([&](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(bare_answer("302 Found", "Location: http://" + own.address() + "/\r\n"));
  });
  open({own.address(), other.address()});
  EXPECT_EQ(reason({.url = "http://" + other.address()}), "client.redirect_refused");
  EXPECT_EQ(own.connections(), 0);
}

TEST_F(HostileServers, CannotRebindANameBetweenCheckAndConnection) {
  // The first answer is checked and connected to; a second one would be private.
  const auto server = serve([](ScriptedPeer& peer) {
    while (!peer.read_head().empty()) peer.send(ok_answer("hello"));
  });
  const std::string port = std::to_string(server_->port());
  open({"name.example:" + port});
  resolver_.answer("name.example", {"127.0.0.1"});
  resolver_.answer("name.example", {"169.254.169.254"});
  EXPECT_EQ(fetch("http://name.example:" + port)->body, "hello");
  EXPECT_EQ(resolver_.asked().size(), 1U);
  EXPECT_EQ(reason({.url = "http://name.example:" + port}), "client.address_refused")
      << "a kept connection does not spare the check";
}

TEST_F(HostileServers, GetOneQuestionForANameThatTurnsPrivate) {
  open({});
  resolver_.answer("name.example", {"10.0.0.1"});
  EXPECT_EQ(reason({.url = "https://name.example/"}), "client.address_refused");
  EXPECT_EQ(resolver_.asked().size(), 1U);
}

TEST_F(HostileServers, CannotBeAskedByAddressInAnyForm) {
  open({});
  for (const char* address :
       {"http://127.0.0.1/", "http://[::1]/", "http://[::ffff:7f00:1]/", "http://[::7f00:1]/",
        "http://[64:ff9b::7f00:1]/", "http://169.254.169.254/", "http://0.0.0.0/", "http://[::]/"})
    EXPECT_EQ(reason({.url = address}), "client.address_refused") << address;
}

TEST_F(HostileServers, GetNoSecretsOfAnotherOrigin) {
  std::string head;
  ScriptedServer thief([&](ScriptedPeer& peer) {
    head = peer.read_head();
    peer.send(ok_answer("thanks"));
  });
  const std::string location = "http://thief.example:" + std::to_string(thief.port()) + "/";
  ScriptedServer first([&](ScriptedPeer& peer) {
    while (!peer.read_head().empty())
      peer.send(bare_answer("307 Go", "Location: " + location + "\r\n"));
  });
  resolver_.answer("thief.example", {"127.0.0.1"});
  auto guard = OutboundGuard::create({.allows_http = true,
                                      .ports = {first.port(), thief.port()},
                                      .private_blocks = {"127.0.0.1/32"}});
  client_ = std::move(*CurlHttpClient::create({}, std::move(*guard), {resolver_, clock_, random_}));
  const auto answer = fetch({.url = "http://" + first.address(),
                             .fields = {{"Authorization", "Bearer secret"},
                                        {"Cookie", "a=secret"},
                                        {"X-Api-Key", "secret"},
                                        {"Accept", "text/html"}}});
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->body, "thanks");
  EXPECT_THAT(head, HasSubstr("Accept: text/html\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("secret")));
  EXPECT_EQ(reason({.method = Method::kPut, .url = "http://" + first.address(), .body = "secret"}),
            "client.redirect_refused");
}

TEST_F(HostileServers, CannotRedirectToTwoPlaces) {
  EXPECT_EQ(redirected("/a\r\nLocation: /b"), "client.redirect_refused");
}

TEST_F(HostileServers, CannotRedirectForEver) {
  std::atomic<int> asked{0};
  const auto server = serve([&](ScriptedPeer& peer) {
    while (!peer.read_head().empty()) {
      ++asked;
      peer.send(bare_answer("302 Found", "Location: /again\r\n"));
    }
  });
  EXPECT_EQ(reason({.url = url(), .limits = {.redirects_max = 2}}), "client.too_many_redirects");
  EXPECT_EQ(asked, 3);
}

TEST_F(HostileServers, CannotHoldACallByTheBodyOfARedirect) {
  const auto server = serve([](ScriptedPeer& peer) {
    if (peer.read_head().find("GET /end") == 0) {
      peer.send(ok_answer("end"));
      return;
    }
    peer.send("HTTP/1.1 302 Found\r\nLocation: /end\r\n\r\n");
    while (peer.send(std::string(10'000, 'x'))) {
    }
  });
  EXPECT_EQ(fetch(url("/start"))->body, "end");
}

TEST_F(HostileServers, CannotSendMoreThanTheBodyLimit) {
  FetchRequest request;
  request.limits.body_max = 10;
  EXPECT_EQ(reason_of(ok_answer("123456789"), request), "");
  EXPECT_EQ(reason_of(ok_answer("1234567890"), request), "");
  EXPECT_EQ(reason_of(ok_answer("12345678901"), request), "client.answer_too_large");
  EXPECT_EQ(reason_of("HTTP/1.1 200 OK\r\n\r\n12345678901", request), "client.answer_too_large");
  EXPECT_EQ(reason_of("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", request),
            "client.answer_too_large");
}

TEST_F(HostileServers, CannotSendAnEndlessBody) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send(std::string(10'000, 'x'))) {
    }
  });
  EXPECT_EQ(reason({.url = url(), .limits = {.body_max = 1'000'000}}), "client.answer_too_large");
}

TEST_F(HostileServers, CannotSendEndlessHeads) {
  for (const std::string& piece :
       {std::string("X: 1\r\n"), "HTTP/1.1 100 Continue\r\n\r\n" + std::string(),
        std::string(1000, 'x')}) {
    const auto server = serve([&](ScriptedPeer& peer) {
      peer.read_head();
      if (!piece.starts_with("HTTP")) peer.send("HTTP/1.1 200 OK\r\n");
      while (peer.send(piece)) {
      }
    });
    EXPECT_EQ(reason({.url = url()}), "client.answer_too_large") << piece;
  }
}

TEST_F(HostileServers, CannotSendMoreThanTheHeadLimits) {
  FetchRequest request;
  request.limits.fields_max = 3;  // Content-Length is one of them.
  EXPECT_EQ(reason_of(ok_answer("", "A: 1\r\nB: 2\r\n"), request), "");
  EXPECT_EQ(reason_of(ok_answer("", "A: 1\r\nB: 2\r\nC: 3\r\n"), request),
            "client.answer_too_large");
  request.limits = {.head_max = ok_answer("").size()};
  EXPECT_EQ(reason_of(ok_answer(""), request), "");
  request.limits = {.head_max = ok_answer("").size() - 1};
  EXPECT_EQ(reason_of(ok_answer(""), request), "client.answer_too_large");
}

TEST_F(HostileServers, CannotUnpackAGzipBomb) {
  const runtime::TempDir folder;
  const std::string path = (folder / "bomb").string();
  const auto packed = runtime::run_command(
      CallContext::with_timeout(std::chrono::minutes(1)),
      {.arguments = {"sh", "-c", "head -c 20000000 /dev/zero | gzip -9 > " + path}}, 1000);
  ASSERT_TRUE(packed && packed->exit.success());
  const std::string bomb = runtime::read_file(path, 100'000).value();
  ASSERT_LT(bomb.size(), 30'000U);
  const std::string answer = ok_answer(bomb, "Content-Encoding: gzip\r\n");
  std::uint64_t taken = 0;
  FetchRequest request;
  request.limits.body_max = 1'000'000;
  request.on_body = [&](std::string_view data) -> Result<> {
    taken += data.size();
    return {};
  };
  EXPECT_EQ(reason_of(answer, request), "client.answer_too_large");
  EXPECT_LE(taken, 1'000'000U);
  request.limits.body_max = 20'000'000;
  taken = 0;
  EXPECT_EQ(reason_of(answer, request), "");
  EXPECT_EQ(taken, 20'000'000U);
}

TEST_F(HostileServers, AreNotBelievedWhenTheyBreakTheProtocol) {
  struct Case {
    const char* name;
    std::string answer;
    const char* reason;
  };
  for (const auto& [name, answer, expected] : std::vector<Case>{
           {"nothing", "", "client.connection_lost"},
           {"cut head", "HTTP/1.1 200 OK\r\nContent-", "client.connection_lost"},
           {"cut body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1234",
            "client.connection_lost"},
           {"cut chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "client.connection_lost"},
           {"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
            "client.connection_lost"},
           {"bad chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab",
            "client.connection_lost"},
           {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "client.bad_answer"},
           {"HTTP/0.9", "hello", "client.bad_answer"},
           {"field without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "client.bad_answer"},
           {"folded field", "HTTP/1.1 200 OK\r\nA: 1\r\n 2\r\n\r\n", "client.bad_answer"},
           {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "client.bad_answer"},
           {"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "client.bad_answer"},
           {"damaged gzip", ok_answer("not gzip", "Content-Encoding: gzip\r\n"),
            "client.bad_answer"},
           {"unknown coding", ok_answer("abc", "Content-Encoding: rot13\r\n"), "client.bad_answer"},
           {"five codings", ok_answer("abc", "Content-Encoding: gzip,gzip,gzip,gzip,gzip,gzip\r\n"),
            "client.bad_answer"},
       })
    EXPECT_EQ(reason_of(answer), expected) << name;
}

TEST_F(HostileServers, EndACallByKeepingSilent) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.wait_closed();
  });
  EXPECT_EQ(reason({.url = url(), .limits = {.idle_timeout = milliseconds(50)}}),
            "client.timed_out");
}

TEST_F(HostileServers, EndACallByKeepingSilentInTheBody) {
  const auto server = serve([](ScriptedPeer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1");
    peer.wait_closed();
  });
  EXPECT_EQ(reason({.url = url(), .limits = {.idle_timeout = milliseconds(50)}}),
            "client.timed_out");
}

TEST_F(HostileServers, CannotOutlastTheWholeTimeByDribbling) {
  std::atomic<bool> over{false};
  const auto server = serve([&](ScriptedPeer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (!over && peer.send("x")) std::this_thread::yield();
  });
  const auto ended = reason(
      {.url = url(), .limits = {.body_max = UINT64_MAX, .total_timeout = milliseconds(100)}});
  over = true;
  EXPECT_EQ(ended, "base.deadline_exceeded");
}

TEST_F(HostileServers, CannotHoldACallInTheHandshake) {
  const auto server = serve([](ScriptedPeer& peer) { peer.wait_closed(); });
  EXPECT_EQ(reason({.url = "https://" + server_->address(),
                    .limits = {.connect_timeout = milliseconds(50)},
                    .retry = {.attempts_max = 1}}),
            "client.connect_failed");
}

TEST_F(HostileServers, CannotHoldACallInTheNameServer) {
  open({});
  EXPECT_EQ(reason({.url = "https://silent.example/",
                    .limits = {.connect_timeout = milliseconds(50)},
                    .retry = {.attempts_max = 1}}),
            "client.connect_failed");
}

TEST_F(HostileServers, LetACallBeCancelledWhileItsNameIsLookedUp) {
  open({});
  EXPECT_EQ(cancelled_at("https://silent.example/", [&] { resolver_.wait_asked(); }),
            "base.cancelled");
}

TEST_F(HostileServers, LetACallBeCancelledInTheHandshake) {
  std::atomic<bool> inside{false};
  const auto server = serve([&](ScriptedPeer& peer) {
    inside = !peer.read_body(1).empty();  // The first byte of its hello.
    peer.wait_closed();
  });
  EXPECT_EQ(cancelled_at("https://" + server_->address(),
                         [&] {
                           while (!inside) std::this_thread::yield();
                         }),
            "base.cancelled");
}

TEST_F(HostileServers, LetACallBeCancelledBeforeTheAnswer) {
  std::atomic<bool> inside{false};
  const auto server = serve([&](ScriptedPeer& peer) {
    inside = !peer.read_head().empty();
    peer.wait_closed();
  });
  EXPECT_EQ(cancelled_at(url(),
                         [&] {
                           while (!inside) std::this_thread::yield();
                         }),
            "base.cancelled");
}

TEST_F(HostileServers, LetACallBeCancelledInTheBodyAndInAPause) {
  std::atomic<bool> inside{false};
  const auto server = serve([&](ScriptedPeer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\n\r\nx");
    inside = true;
    peer.wait_closed();
  });
  const auto wait = [&] {
    while (!inside) std::this_thread::yield();
  };
  EXPECT_EQ(cancelled_at(url(), wait), "base.cancelled");
  inside = false;
  context_ = CallContext::with_timeout(std::chrono::seconds(60));
  const auto busy = serve([&](ScriptedPeer& peer) {
    peer.read_head();
    peer.send(bare_answer("503 Busy", "Retry-After: 25\r\n"));
    inside = true;
  });
  EXPECT_EQ(cancelled_at(url(), wait), "base.cancelled");
}

}  // namespace
}  // namespace sotto::http
