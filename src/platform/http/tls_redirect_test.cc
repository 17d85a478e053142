#include "platform/http/tls_redirect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/middleware/steps.h"
#include "platform/http/server.h"
#include "platform/http/testing/raw_client.h"

namespace sotto::http {
namespace {

class TlsRedirects : public testing::Test {
 protected:
  void start(StandardMiddlewareOptions options, std::uint16_t port = 443) {
    live_ = std::make_shared<runtime::Live<StandardMiddlewareOptions>>(std::move(options));
    Router router;
    router.add(
        {.pattern = "/tls/ca.crt", .handler = [](const CallContext&, Request&) -> Result<Response> {
           return Response::text("the CA");
         }});
    std::vector<std::unique_ptr<Middleware>> steps;
    steps.push_back(std::make_unique<HostAllowlist>(live_));
    steps.push_back(redirect_to_tls(live_, port));
    auto server =
        Server::start({.listen = {{.address = "127.0.0.1"}}}, std::move(router), std::move(steps));
    SOTTO_CHECK(server.has_value());
    server_ = std::move(*server);
  }
  std::string ask(const std::string& line, const std::string& host) {
    return RawClient::exchange(server_->endpoints().front(),
                               line + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }
  std::string location(const std::string& target, const std::string& host) {
    return field_of_answer(ask("GET " + target, host), "Location");
  }

  std::shared_ptr<runtime::Live<StandardMiddlewareOptions>> live_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsRedirects, KeepTheNameAndThePath) {
  start({.hosts = {"mybox.local", "[::1]", "192.168.7.5"}}, 8443);
  EXPECT_EQ(status_of_answer(ask("GET /", "mybox.local")), 308);
  EXPECT_EQ(location("/a/b?c=d%20e", "mybox.local"), "https://mybox.local:8443/a/b?c=d%20e");
  EXPECT_EQ(location("/", "MYBOX.local:8080"), "https://mybox.local:8443/");
  EXPECT_EQ(location("/", "mybox.local."), "https://mybox.local:8443/");
  EXPECT_EQ(location("/", "[::1]:80"), "https://[::1]:8443/");
  EXPECT_EQ(status_of_answer(ask("DELETE /a", "192.168.7.5")), 308);
}

TEST_F(TlsRedirects, LeaveOutThePortOfHttps) {
  start({.hosts = {"here"}});
  EXPECT_EQ(location("/", "here:80"), "https://here/");
}

TEST_F(TlsRedirects, GoToTheOneNameWhereItIsKnown) {
  start({.hosts = {"here"}, .public_url = "https://sotto.example.org"}, 8443);
  EXPECT_EQ(location("/a", "here"), "https://sotto.example.org/a");
}

TEST_F(TlsRedirects, GoByTheOptionsOfNow) {
  start({.hosts = {"here"}});
  EXPECT_EQ(location("/", "there"), "");
  live_->publish({.hosts = {"there"}});
  EXPECT_EQ(location("/", "there"), "https://there/");
  EXPECT_EQ(location("/", "here"), "");
  live_->publish({.hosts = {"there"}, .public_url = "https://sotto.example.org"});
  EXPECT_EQ(location("/", "there"), "https://sotto.example.org/");
}

TEST_F(TlsRedirects, NeverGoToANameThatIsNotOurs) {
  start({.hosts = {"here"}});
  for (const char* host :
       {"evil.example", "here.evil.example", "here:1@evil.example", "here:80:1"}) {
    const std::string answer = ask("GET /", host);
    EXPECT_GE(status_of_answer(answer), 400) << host;
    EXPECT_EQ(field_of_answer(answer, "Location"), "") << host;
  }
  for (const char* target : {"//evil.example/", "http://evil.example/", "/\\evil.example", "*"})
    EXPECT_EQ(location(target, "here"), "") << target;
}

TEST_F(TlsRedirects, LetRoutesAnswer) {
  start({.hosts = {"here"}});
  EXPECT_EQ(body_of_answer(ask("GET /tls/ca.crt", "here")), "the CA");
}

TEST(PublicUrls, AreParsed) {
  for (const char* url : {"https://a.example", "https://a.example:8443", "https://[::1]:8443"}) {
    const auto parsed = parse_public_url(url);
    ASSERT_TRUE(parsed) << url;
    EXPECT_EQ(*parsed, url);
  }
  const auto slash = parse_public_url("https://a.example/");
  ASSERT_TRUE(slash);
  EXPECT_EQ(*slash, "https://a.example");
  for (const char* url : {"", "https://", "https:///", "http://a.example", "a.example",
                          "https://a.example/b", "https://a.example?b", "https://u@a.example",
                          "https://a example", "https://a.example\r\nX: y"}) {
    const auto parsed = parse_public_url(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().reason(), "http.bad_options");
  }
}

}  // namespace
}  // namespace sotto::http
