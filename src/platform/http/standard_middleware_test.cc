// What every answer passes, seen from outside over a real socket.
#include "platform/http/standard_middleware.h"

#include <array>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "platform/http/server.h"
#include "platform/http/testing/raw_client.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::http {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Stands where authentication will: whoever says who they are is it.
class TakeAtTheirWord final : public Middleware {
 public:
  Result<> on_request(const CallContext& /*context*/, Exchange& exchange) override {
    exchange.request.principal = exchange.request.field("X-Principal").value_or("");
    return {};
  }
};

class StandardMiddleware : public testing::Test {
 protected:
  StandardMiddleware() {
    std::array<int, 2> pipe{};
    SOTTO_CHECK(::pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    log_out_ = runtime::UniqueFd(pipe[0]);
    log_in_ = runtime::UniqueFd(pipe[1]);
    log_ = std::make_unique<obs::Log>(log_in_.get(), obs::LogFormat::kText, obs::LogLevel::kInfo,
                                      clock_);
    options_.hosts = {"here", "[::1]"};
  }

  void start() {
    live_->publish(options_);
    Router router;
    const Handler answer = [](const CallContext&, Request& request) -> Result<Response> {
      return Response::text(request.peer.to_string() + (request.secure ? " s" : ""));
    };
    router.add({.pattern = "/hello", .handler = answer, .options = {.immediate = true}});
    router.add({.pattern = "/public", .handler = answer, .options = {.is_public = true}});
    router.add({.pattern = "/page", .handler = answer, .options = {.is_page = true}});
    router.add({.method = Method::kPost,
                .pattern = "/login",
                .handler = answer,
                .options = {.rate_class = RateClass::kLogin}});
    router.add(
        {.pattern = "/broken", .handler = [](const CallContext&, Request&) -> Result<Response> {
           return Error(ErrorCode::kUnavailable, "http.overloaded", "Not now.")
               .with_detail("the password is in /etc/x");
         }});
    auto steps = standard_middleware(live_, *log_, metrics_);
    steps.push_back(std::make_unique<TakeAtTheirWord>());
    steps.push_back(principal_rate_limits(live_));
    auto server =
        Server::start({.listen = {{.address = "127.0.0.1"}}}, std::move(router), std::move(steps));
    SOTTO_CHECK(server.has_value());
    server_ = std::move(*server);
  }
  std::string ask(const std::string& line, const std::string& fields = "Host: here\r\n") {
    return RawClient::exchange(server_->endpoints().front(),
                               line + " HTTP/1.1\r\n" + fields + "\r\n");
  }
  /// Stops the server and gives what was logged.
  std::string logged() {
    server_->stop();
    log_.reset();
    std::array<char, 65536> bytes{};
    const ssize_t got = ::read(log_out_.get(), bytes.data(), bytes.size());
    return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }

  SystemClock clock_;
  runtime::UniqueFd log_out_;
  runtime::UniqueFd log_in_;
  StandardMiddlewareOptions options_;
  std::shared_ptr<runtime::Live<StandardMiddlewareOptions>> live_ =
      std::make_shared<runtime::Live<StandardMiddlewareOptions>>(options_);
  obs::Metrics metrics_;
  std::unique_ptr<obs::Log> log_;
  std::unique_ptr<Server> server_;  // Last: it uses what stands above.
};

TEST_F(StandardMiddleware, PutsSecurityHeadersOnEveryAnswer) {
  start();
  for (const char* line : {"GET /hello", "GET /nowhere", "PUT /hello", "GET /../x", "BREW /"}) {
    const std::string answer = ask(line);
    EXPECT_THAT(field_of_answer(answer, "Content-Security-Policy"), HasSubstr("default-src 'none'"))
        << line;
    EXPECT_EQ(field_of_answer(answer, "X-Content-Type-Options"), "nosniff") << line;
    EXPECT_EQ(field_of_answer(answer, "Cache-Control"), "no-store") << line;
    EXPECT_EQ(field_of_answer(answer, "X-Request-Id").size(), 32U) << line;
    EXPECT_EQ(field_of_answer(answer, "Strict-Transport-Security"), "") << line;
  }
  EXPECT_EQ(field_of_answer(ask("GET /public"), "Cache-Control"), "");
}

TEST_F(StandardMiddleware, KeepsAWellFormedRequestId) {
  start();
  const auto id = [&](const std::string& given) {
    return field_of_answer(ask("GET /hello", "Host: here\r\nX-Request-Id: " + given + "\r\n"),
                           "X-Request-Id");
  };
  EXPECT_EQ(id("abcd-123"), "abcd-123");
  EXPECT_EQ(id(std::string(64, 'a')), std::string(64, 'a'));
  EXPECT_NE(id(std::string(65, 'a')), std::string(65, 'a'));
  EXPECT_NE(id("abcd-12"), "abcd-12");
  EXPECT_NE(id("abcd\"1234"), "abcd\"1234");
}

TEST_F(StandardMiddleware, NamesTheRequestInProblems) {
  start();
  for (const char* line : {"GET /nowhere", "GET /../x"}) {
    const std::string answer = ask(line);
    const auto document = wire::parse_json(body_of_answer(answer));
    ASSERT_TRUE(document);
    EXPECT_EQ((*document)["request_id"], field_of_answer(answer, "X-Request-Id")) << line;
  }
}

TEST_F(StandardMiddleware, AnswersToItsNamesAlone) {
  start();
  for (const char* host : {"here", "HERE", "here:8484", "here.", "[::1]", "[::1]:8484"})
    EXPECT_EQ(status_of_answer(ask("GET /hello", "Host: " + std::string(host) + "\r\n")), 200)
        << host;
  for (const char* host : {"there", "here.evil.example", "here@evil", "::1", "here:80:90"}) {
    const std::string answer = ask("GET /hello", "Host: " + std::string(host) + "\r\n");
    EXPECT_EQ(status_of_answer(answer), 421) << host;
    EXPECT_THAT(body_of_answer(answer), HasSubstr("http.host_unknown"));
  }
}

TEST_F(StandardMiddleware, BelievesTrustedProxiesAlone) {
  const std::string fields =
      "Host: here\r\nX-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https\r\n";
  start();
  EXPECT_EQ(body_of_answer(ask("GET /hello", fields)), "127.0.0.1");
  const auto local = AddressBlock::parse("127.0.0.0/8");
  ASSERT_TRUE(local);
  options_.trusted_proxies = {*local};
  options_.hsts = std::chrono::seconds(600);
  start();
  const std::string answer = ask("GET /hello", fields);
  EXPECT_EQ(body_of_answer(answer), "192.0.2.9 s");
  EXPECT_EQ(field_of_answer(answer, "Strict-Transport-Security"), "max-age=600");
}

TEST_F(StandardMiddleware, LimitsHowOftenAnAddressAsks) {
  options_.rates[1] = {.per_minute = 6, .burst = 2};
  start();
  EXPECT_EQ(status_of_answer(ask("POST /login")), 200);
  EXPECT_EQ(field_of_answer(ask("POST /login"), "RateLimit-Remaining"), "0");
  const std::string answer = ask("POST /login");
  EXPECT_EQ(status_of_answer(answer), 429);
  EXPECT_EQ(field_of_answer(answer, "Retry-After"), "10");
  EXPECT_EQ(field_of_answer(answer, "RateLimit-Limit"), "2");
  EXPECT_THAT(body_of_answer(answer), HasSubstr("http.rate_limited"));
  EXPECT_EQ(status_of_answer(ask("GET /hello")), 200);
}

TEST_F(StandardMiddleware, LimitsHowOftenAPrincipalAsksFromManyAddresses) {
  options_.rates.front() = {.per_minute = 6, .burst = 2};
  options_.trusted_proxies = {*AddressBlock::parse("127.0.0.1")};
  start();
  const auto ask_from = [this](const std::string& address, const std::string& principal) {
    return ask("GET /hello", "Host: here\r\nX-Forwarded-For: " + address +
                                 "\r\nX-Principal: " + principal + "\r\n");
  };
  EXPECT_EQ(status_of_answer(ask_from("192.0.2.1", "user:1")), 200);
  EXPECT_EQ(field_of_answer(ask_from("192.0.2.2", "user:1"), "RateLimit-Remaining"), "0");
  const std::string answer = ask_from("192.0.2.3", "user:1");
  EXPECT_EQ(status_of_answer(answer), 429);
  EXPECT_EQ(field_of_answer(answer, "Retry-After"), "10");
  EXPECT_THAT(body_of_answer(answer), HasSubstr("account or key"));
  EXPECT_EQ(status_of_answer(ask_from("192.0.2.3", "user:2")), 200);
  EXPECT_EQ(status_of_answer(ask_from("192.0.2.4", "")), 200);
}

TEST_F(StandardMiddleware, LetsListedOriginsCall) {
  options_.cors_origins = {"https://app.example.org"};
  start();
  const auto from = [&](const std::string& line, const std::string& origin,
                        const std::string& more = "") {
    return ask(line, "Host: here\r\nOrigin: " + origin + "\r\n" + more);
  };
  std::string answer = from("GET /hello", "https://app.example.org");
  EXPECT_EQ(field_of_answer(answer, "Access-Control-Allow-Origin"), "https://app.example.org");
  EXPECT_EQ(field_of_answer(answer, "Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(field_of_answer(answer, "Vary"), "Accept-Encoding, Origin");
  answer =
      from("OPTIONS /hello", "https://app.example.org", "Access-Control-Request-Method: PUT\r\n");
  EXPECT_EQ(status_of_answer(answer), 204);
  EXPECT_THAT(field_of_answer(answer, "Access-Control-Allow-Methods"), HasSubstr("PUT"));
  for (const char* origin : {"https://evil.example", "null", "https://app.example.org.evil.example",
                             "http://app.example.org"}) {
    answer = from("GET /hello", origin);
    EXPECT_EQ(field_of_answer(answer, "Access-Control-Allow-Origin"), "") << origin;
    answer = from("OPTIONS /hello", origin, "Access-Control-Request-Method: PUT\r\n");
    EXPECT_EQ(status_of_answer(answer), 204) << origin;
    EXPECT_EQ(field_of_answer(answer, "Access-Control-Allow-Origin"), "") << origin;
  }
}

TEST_F(StandardMiddleware, TakesNewOptionsWhileItRuns) {
  start();
  const std::string page = "Host: here\r\nOrigin: https://app.example.org\r\n";
  const std::string proxied = "Host: here\r\nX-Forwarded-For: 198.51.100.7\r\n";
  EXPECT_EQ(status_of_answer(ask("GET /hello", "Host: new\r\n")), 421);
  EXPECT_EQ(field_of_answer(ask("GET /hello", page), "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(body_of_answer(ask("GET /hello", proxied)), "127.0.0.1");
  EXPECT_EQ(field_of_answer(ask("GET /hello"), "RateLimit-Limit"), "300");
  options_.hosts.emplace_back("new");
  options_.cors_origins.emplace_back("https://app.example.org");
  options_.trusted_proxies.push_back(*AddressBlock::parse("127.0.0.1"));
  options_.rates.front().burst = 7;
  live_->publish(options_);
  EXPECT_EQ(status_of_answer(ask("GET /hello", "Host: new\r\n")), 200);
  EXPECT_EQ(field_of_answer(ask("GET /hello", page), "Access-Control-Allow-Origin"),
            "https://app.example.org");
  EXPECT_EQ(body_of_answer(ask("GET /hello", proxied)), "198.51.100.7");
  EXPECT_EQ(field_of_answer(ask("GET /hello"), "RateLimit-Limit"), "7");
}

TEST_F(StandardMiddleware, LogsRequestsWithoutTheirSecrets) {
  start();
  ask("GET /hello?token=swordfish",
      "Host: here\r\nAuthorization: Bearer sesame\r\nX-Request-Id: request-1\r\n");
  const std::string broken = ask("GET /broken");
  EXPECT_THAT(broken, Not(HasSubstr("password")));
  const std::string text = logged();
  EXPECT_THAT(text, HasSubstr("info request id=\"request-1\" peer=\"127.0.0.1\" method=\"GET\" "
                              "path=\"/hello\" status=200"));
  EXPECT_THAT(text, Not(HasSubstr("swordfish")));
  EXPECT_THAT(text, Not(HasSubstr("sesame")));
  EXPECT_THAT(text,
              HasSubstr("detail=\"the password is in /etc/x\""));  // The log is for the operator.
}

TEST_F(StandardMiddleware, CountsRequests) {
  start();
  ask("GET /hello");
  ask("GET /nowhere");
  server_->stop();
  const std::string text = metrics_.to_text();
  EXPECT_THAT(
      text,
      HasSubstr("sotto_http_requests_total{route=\"/hello\",method=\"GET\",status=\"2xx\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("sotto_http_requests_total{route=\"none\",method=\"none\",status=\"4xx\"} 1\n"));
  EXPECT_THAT(text,
              HasSubstr("sotto_http_request_seconds_count{route=\"/hello\",method=\"GET\"} 1\n"));
}

TEST_F(StandardMiddleware, LetsPagesLoadTheirStyleFromHereAlone) {
  start();
  const auto policy = [this](const std::string& line, const std::string& fields) {
    return field_of_answer(ask(line, fields), "Content-Security-Policy");
  };
  EXPECT_THAT(policy("GET /page", "Host: here\r\n"),
              HasSubstr("default-src 'none'; base-uri 'none'; form-action 'none'; "
                        "frame-ancestors 'none'; img-src 'self'; style-src 'self'"));
  EXPECT_THAT(policy("GET /hello", "Host: here\r\n"), Not(HasSubstr("self")));
  EXPECT_THAT(policy("GET /page", "Host: other\r\n"), Not(HasSubstr("self")));
}

TEST_F(StandardMiddleware, CountsWhatGoesInAndOutAndIsRefused) {
  options_.rates.front() = {.per_minute = 1, .burst = 1};
  start();
  const std::string first = ask("GET /hello");
  EXPECT_EQ(status_of_answer(first), 200);
  const std::string second = ask("GET /hello");
  EXPECT_EQ(status_of_answer(second), 429);
  server_->stop();  // A request is counted behind the last byte of its answer.
  const std::string text = metrics_.to_text();
  EXPECT_THAT(text, HasSubstr("\nsotto_http_rate_limited_total 1\n"));
  EXPECT_THAT(text, HasSubstr("\nsotto_http_requests_in_flight 0\n"));
  EXPECT_THAT(text, HasSubstr("\nsotto_http_cut_total 0\n"));
  EXPECT_THAT(text, HasSubstr("\nsotto_http_sent_bytes_total " +
                              std::to_string(first.size() + second.size()) + '\n'));
}

}  // namespace
}  // namespace sotto::http
