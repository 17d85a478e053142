#include "app/service.h"

#include <cstdlib>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/testing/raw_client.h"
#include "platform/runtime/unique_fd.h"

namespace sotto::app {
namespace {

using testing::HasSubstr;

class Services : public testing::Test {
 protected:
  Services() : log_(null_.get(), obs::LogFormat::kText, obs::LogLevel::kInfo, clock_) {
    std::string name = testing::TempDir() + "sotto_service_XXXXXX";
    SOTTO_CHECK(::mkdtemp(name.data()) != nullptr);
    options_.data = std::filesystem::path(name) / "data";
    options_.listen = {{.address = "127.0.0.1"}};
  }
  ~Services() override {
    std::error_code ignored;
    std::filesystem::remove_all(options_.data.parent_path(), ignored);
  }

  /// The reason why it does not start.
  std::string refused() {
    const auto service = Service::start(options_, log_);
    return service ? "started" : service.error().reason();
  }

  SystemClock clock_;
  runtime::UniqueFd null_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  obs::Log log_;
  ServiceOptions options_;
};

TEST_F(Services, AnswerWithAllTheirHeaders) {
  const auto service = Service::start(options_, log_);
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
  const auto service = Service::start(options_, log_);
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

TEST_F(Services, RefuseProxiesAndOriginsThatAreNone) {
  options_.trusted_proxies = {"10.0.0.1/8"};
  EXPECT_EQ(refused(), "app.bad_setting");
  options_.trusted_proxies = {};
  for (const char* origin : {"*", "https://*.example.org", "example.org", "https://example.org/"}) {
    options_.cors_origins = {origin};
    EXPECT_EQ(refused(), "app.bad_setting") << origin;
  }
}

TEST_F(Services, ShowMetricsOnAListenerOfTheirOwn) {
  const std::string path = options_.data.parent_path().string() + "/metrics.sock";
  options_.metrics_listen = {{.unix_path = path}};
  const auto service = Service::start(options_, log_);
  ASSERT_TRUE(service) << service.error().describe();
  const std::string ask = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  EXPECT_EQ(http::status_of_answer(http::RawClient::exchange((*service)->endpoints().front(), ask)),
            404);
  EXPECT_THAT(http::RawClient::exchange({.unix_path = path}, ask),
              HasSubstr("# TYPE sotto_http_connections gauge\nsotto_http_connections "));
}

}  // namespace
}  // namespace sotto::app
