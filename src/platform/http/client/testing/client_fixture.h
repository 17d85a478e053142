#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "platform/http/client/curl_http_client.h"
#include "platform/http/client/testing/fake_resolver.h"
#include "platform/http/client/testing/scripted_server.h"

namespace sotto::http {

/// "HTTP/1.1 200 OK" with this body and its length.
inline std::string ok_answer(std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

/// An answer without a body.
inline std::string bare_answer(std::string_view status, std::string_view fields = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 0\r\n" + std::string(fields) +
         "\r\n";
}

/// Tests of a client against servers of their own on the loopback.
class ClientFixture : public testing::Test {
 protected:
  /// A client that may ask `hosts` ("host:port") on the loopback and nobody else there.
  void open(const std::vector<std::string>& hosts, CurlHttpClientOptions options = {}) {
    auto guard = OutboundGuard::create({.allows_http = true, .private_hosts = hosts});
    ASSERT_TRUE(guard) << guard.error().describe();
    auto made =
        CurlHttpClient::create(std::move(options), std::move(*guard), {resolver_, clock_, random_});
    ASSERT_TRUE(made) << made.error().describe();
    client_ = std::move(*made);
  }

  /// The same with a server of this script, which must end before what the script uses does.
  [[nodiscard]] std::unique_ptr<ScriptedServer> serve(ScriptedServer::Script script) {
    auto server = std::make_unique<ScriptedServer>(std::move(script));
    server_ = server.get();
    open({server_->address()});
    return server;
  }

  std::string url(std::string_view path = "/") const {
    return "http://" + server_->address() + std::string(path);
  }

  Result<FetchAnswer> fetch(FetchRequest request) {
    request.retry.delay_base = std::chrono::milliseconds(1);
    return client_->fetch(context_, request);
  }
  Result<FetchAnswer> fetch(const std::string& address) {
    return fetch(FetchRequest{.url = address});
  }
  /// The reason of the failure; "" where there is none.
  std::string reason(FetchRequest request) {
    const auto answer = fetch(std::move(request));
    return answer ? "" : answer.error().reason();
  }

  CallContext context_ = CallContext::with_timeout(std::chrono::seconds(60));
  FakeResolver resolver_;
  SystemClock clock_;
  SystemRandom random_;
  const ScriptedServer* server_ = nullptr;  ///< The last one that serve() made.
  std::unique_ptr<CurlHttpClient> client_;
};

}  // namespace sotto::http
