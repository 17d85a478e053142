#include "app/service.h"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "platform/http/testing/raw_client.h"
#include "platform/obs/metric_table.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::app {
namespace {

CallContext soon() { return CallContext::with_timeout(std::chrono::minutes(1)); }

using testing::HasSubstr;

class Services : public testing::Test {
 public:
  ~Services() override {
    std::error_code ignored;
    std::filesystem::remove_all(options_.data.parent_path(), ignored);
  }

 protected:
  Services() : log_(null_.get(), obs::LogFormat::kText, obs::LogLevel::kInfo, clock_) {
    std::string name = testing::TempDir() + "sotto_service_XXXXXX";
    SOTTO_CHECK(::mkdtemp(name.data()) != nullptr);
    options_.data = std::filesystem::path(name) / "data";
    options_.listen = {{.address = "127.0.0.1"}};
  }

  /// The reason why it does not start.
  std::string refused() {
    const auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
    return service ? "started" : service.error().reason();
  }

  std::filesystem::path token_file() const { return options_.data.parent_path() / "token"; }
  void write_token(const std::string& text) const {
    std::ofstream(token_file()) << text;
    std::filesystem::permissions(
        token_file(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  SystemClock clock_;
  runtime::UniqueFd null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  obs::Log log_;
  ServiceOptions options_;
};

TEST_F(Services, AnswerWithAllTheirHeaders) {
  const auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
  ASSERT_TRUE(service) << service.error().describe();
  const std::string answer = http::RawClient::exchange(
      (*service)->endpoints().front(), "GET /health HTTP/1.1\r\nHost: localhost:1\r\n\r\n");
  EXPECT_EQ(http::body_of_answer(answer), "{\"status\":\"ready\"}");
  EXPECT_THAT(http::field_of_answer(answer, "Content-Security-Policy"),
              HasSubstr("default-src 'none'"));
  EXPECT_EQ(http::field_of_answer(answer, "Cache-Control"), "no-store");
  EXPECT_EQ(http::field_of_answer(answer, "X-Request-Id").size(), 32U);
}

TEST_F(Services, KeepTheirDataToThemselves) {
  const auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
  ASSERT_TRUE(service);
  std::error_code failure;
  EXPECT_EQ(std::filesystem::status(options_.data, failure).permissions(),
            std::filesystem::perms::owner_all);
  EXPECT_EQ(refused(), "app.data_in_use");
}

TEST_F(Services, RefusePlainHttpOnTheNetwork) {
  options_.listen = {{.address = "0.0.0.0"}};
  EXPECT_EQ(refused(), "app.plain_http");
  options_.listen = {{.address = "::"}};
  EXPECT_EQ(refused(), "app.plain_http");
}

TEST_F(Services, TakeNewHostsWhileTheyRun) {
  const auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
  ASSERT_TRUE(service) << service.error().describe();
  const auto status = [&] {
    return http::status_of_answer(
        http::RawClient::exchange((*service)->endpoints().front(),
                                  "GET /health HTTP/1.1\r\nHost: speech.example.org\r\n\r\n"));
  };
  EXPECT_EQ(status(), 421);
  options_.hosts = {"Speech.Example.org"};
  (*service)->reload(options_);
  EXPECT_EQ(status(), 200);
  options_.hosts = {};
  (*service)->reload(options_);
  EXPECT_EQ(status(), 421);
}

TEST_F(Services, ShowMetricsOnAListenerOfTheirOwn) {
  const std::string path = options_.data.parent_path().string() + "/metrics.sock";
  options_.metrics_listen = {{.unix_path = path}};
  const auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
  ASSERT_TRUE(service) << service.error().describe();
  const std::string ask = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  EXPECT_EQ(http::status_of_answer(http::RawClient::exchange((*service)->endpoints().front(), ask)),
            404);
  EXPECT_THAT(http::RawClient::exchange({.unix_path = path}, ask),
              HasSubstr("# TYPE sotto_http_connections gauge\nsotto_http_connections "));
}

TEST_F(Services, ShowMetricsBesideTheApiForAToken) {
  write_token("a-token-of-some-length\n");
  options_.metrics_token_file = token_file();
  const auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
  ASSERT_TRUE(service) << service.error().describe();
  const auto get = [&](const std::string& fields) {
    return http::RawClient::exchange(
        (*service)->endpoints().front(),
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
  };
  EXPECT_EQ(http::status_of_answer(get("")), 401);
  EXPECT_THAT(get("Authorization: Bearer a-token-of-some-length\r\n"),
              HasSubstr("sotto_build_info{version="));
}

TEST_F(Services, RefuseATokenThatCouldBeGuessedOrIsNone) {
  options_.metrics_token_file = token_file();
  EXPECT_EQ(refused(), "runtime.not_found");
  for (const std::string& token : {std::string(), std::string(15, 'a'), std::string(1025, 'a'),
                                   std::string("aaaaaaaa aaaaaaaa"),
                                   std::string("aaaaaaaa\naaaaaaaa"), std::string(16, '\xe4')}) {
    write_token(token);
    EXPECT_EQ(refused(), "app.bad_setting") << token;
  }
  for (const std::string& token : {std::string(16, 'a'), std::string(1024, 'a') + '\n'}) {
    write_token(token);
    EXPECT_EQ(refused(), "started") << token;
  }
}

/// Every metric of the table is there once the server was used, with its type and description.
TEST_F(Services, ShowExactlyTheMetricsOfTheTable) {
  const std::string path = options_.data.parent_path().string() + "/metrics.sock";
  options_.metrics_listen = {{.unix_path = path}};
  const auto service = Service::start(soon(), options_, {.data = options_.data}, log_);
  ASSERT_TRUE(service) << service.error().describe();
  http::RawClient::exchange((*service)->endpoints().front(),
                            "GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto show = [&path] {
    return http::RawClient::exchange({.unix_path = path},
                                     "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  };
  std::string text = show();
  // The request is counted behind the last byte of its answer, which may be a moment from now.
  for (int i = 0; i < 1000 && text.find("sotto_http_request_seconds") == std::string::npos; ++i)
    text = show();
  std::string expected;
  for (const obs::MetricInfo& info : obs::metric_table())
    expected.append("# HELP ")
        .append(info.name)
        .append(" ")
        .append(info.description)
        .append("\n")
        .append("# TYPE ")
        .append(info.name)
        .append(" ")
        .append(info.type)
        .append("\n");
  std::istringstream lines(http::body_of_answer(text));
  std::string found;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with('#')) found.append(line).append("\n");
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace sotto::app
