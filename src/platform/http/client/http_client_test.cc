#include "platform/http/client/http_client.h"

#include <gtest/gtest.h>

#include "platform/http/client/curl_http_client.h"
#include "platform/http/client/testing/fake_http_client.h"
#include "platform/http/client/testing/fake_resolver.h"
#include "platform/http/client/testing/http_client_contract.h"
#include "platform/http/client/testing/scripted_server.h"

namespace sotto::http {
namespace {

class FakePeer {
 public:
  std::string serve(FetchHead head, const std::string& body) {
    client_.answer("https://example.org/", std::move(head), body);
    return "https://example.org/";
  }
  static std::string nowhere() { return "https://nowhere.example/"; }
  HttpClient& client() { return client_; }

 private:
  FakeHttpClient client_;
};

/// The real client and a server on the loopback.
class CurlPeer {
 public:
  std::string serve(const FetchHead& head, const std::string& body) {
    answer_ = "HTTP/1.1 " + std::to_string(head.status) + " Status\r\n";
    for (const auto& [name, value] : head.fields) answer_.append(name + ": " + value + "\r\n");
    answer_ += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    server_ = std::make_unique<ScriptedServer>([this](ScriptedPeer& peer) {
      while (!peer.read_head().empty()) peer.send(answer_);
    });
    return "http://" + server_->address() + "/";
  }
  std::string nowhere() const { return "http://" + gone_ + "/"; }

  HttpClient& client() {
    std::vector<std::string> hosts{gone_};
    if (server_) hosts.push_back(server_->address());
    client_ = std::move(*CurlHttpClient::create(
        {}, OutboundGuard::create({.private_hosts = hosts}).value(), {resolver_, clock_, random_}));
    return *client_;
  }

 private:
  FakeResolver resolver_;
  SystemClock clock_;
  SystemRandom random_;
  /// A port that was taken and freed: nobody listens there.
  const std::string gone_ = ScriptedServer([](ScriptedPeer&) {}).address();
  std::string answer_;
  std::unique_ptr<CurlHttpClient> client_;
  std::unique_ptr<ScriptedServer> server_;  // Last: its script uses what stands above.
};

using Peers = testing::Types<FakePeer, CurlPeer>;
INSTANTIATE_TYPED_TEST_SUITE_P(Every, HttpClientContract, Peers);

TEST(FakeHttpClient, KeepsWhatItWasAskedAndAnswersInTurn) {
  FakeHttpClient client;
  client.answer("https://example.org/a", {.status = 503}, "");
  client.answer("https://example.org/a", {.status = 200}, "");
  const auto context = CallContext::with_timeout(std::chrono::minutes(1));
  for (const int status : {503, 200, 200})
    EXPECT_EQ(client
                  .fetch(context, {.method = Method::kPost,
                                   .url = "https://example.org/a",
                                   .fields = {{"A", "1"}},
                                   .body = "b"})
                  ->head.status,
              status);
  ASSERT_EQ(client.asked().size(), 3U);
  EXPECT_EQ(client.asked()[0].method, Method::kPost);
  EXPECT_EQ(client.asked()[0].url, "https://example.org/a");
  EXPECT_EQ(client.asked()[0].fields.front().first, "A");
  EXPECT_EQ(client.asked()[0].body, "b");
}

}  // namespace
}  // namespace sotto::http
