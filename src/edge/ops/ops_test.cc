#include "edge/ops/ops.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/server.h"
#include "platform/http/testing/raw_client.h"

namespace sotto::ops {
namespace {

using testing::HasSubstr;

class Ops : public testing::Test {
 protected:
  Ops() {
    http::Router router;
    add_health_routes(router, {.version = "1.2.3", .is_ready = [this] { return ready_.load(); }});
    metrics_.counter("sotto_test_total").add(5);
    add_metrics_route(router, metrics_);
    auto server =
        http::Server::start({.listen = {{.address = "127.0.0.1"}}}, std::move(router), {});
    SOTTO_CHECK(server.has_value());
    server_ = std::move(*server);
  }
  std::string get(const std::string& path) {
    return http::RawClient::exchange(server_->endpoints().front(),
                                     "GET " + path + " HTTP/1.1\r\nHost: here\r\n\r\n");
  }

  std::atomic<bool> ready_{true};
  obs::Metrics metrics_;
  std::unique_ptr<http::Server> server_;  // Last: its handlers use what stands above.
};

TEST_F(Ops, SayThatTheServerLives) {
  ready_ = false;
  EXPECT_EQ(http::body_of_answer(get("/live")), "{\"status\":\"live\"}");
}

TEST_F(Ops, SayWhetherItIsReady) {
  EXPECT_EQ(http::status_of_answer(get("/ready")), 200);
  EXPECT_EQ(http::body_of_answer(get("/health")), "{\"status\":\"ready\"}");
  ready_ = false;
  const std::string answer = get("/ready");
  EXPECT_EQ(http::status_of_answer(answer), 503);
  EXPECT_THAT(http::body_of_answer(answer), HasSubstr("ops.not_ready"));
}

TEST_F(Ops, SayTheVersion) {
  EXPECT_EQ(http::body_of_answer(get("/version")), "{\"name\":\"sotto\",\"version\":\"1.2.3\"}");
}

TEST_F(Ops, ShowTheMetrics) {
  const std::string answer = get("/metrics");
  EXPECT_EQ(http::field_of_answer(answer, "Content-Type"),
            "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(http::body_of_answer(answer), HasSubstr("sotto_test_total 5\n"));
}

class ClosedMetrics : public testing::Test {
 protected:
  ClosedMetrics() {
    http::Router router;
    add_metrics_route(router, metrics_, Secret("a-token-of-some-length"));
    auto server =
        http::Server::start({.listen = {{.address = "127.0.0.1"}}}, std::move(router), {});
    SOTTO_CHECK(server.has_value());
    server_ = std::move(*server);
  }
  std::string get(const std::string& fields) {
    return http::RawClient::exchange(server_->endpoints().front(),
                                     "GET /metrics HTTP/1.1\r\nHost: here\r\n" + fields + "\r\n");
  }

  obs::Metrics metrics_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(ClosedMetrics, OpenToTheToken) {
  EXPECT_EQ(http::status_of_answer(get("Authorization: Bearer a-token-of-some-length\r\n")), 200);
  EXPECT_EQ(http::status_of_answer(get("Authorization: bearer a-token-of-some-length\r\n")), 200);
}

TEST_F(ClosedMetrics, StayClosedToEverythingElse) {
  for (const char* fields :
       {"", "Authorization: \r\n", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
        "Authorization: Bearer a-token-of-some-lengt\r\n",
        "Authorization: Bearer a-token-of-some-lengthx\r\n",
        "Authorization: Bearer  a-token-of-some-length\r\n",
        "Authorization: Bearer A-TOKEN-OF-SOME-LENGTH\r\n",
        "Authorization: Basic a-token-of-some-length\r\n", "Cookie: a-token-of-some-length\r\n"}) {
    const std::string answer = get(fields);
    EXPECT_EQ(http::status_of_answer(answer), 401) << fields;
    EXPECT_EQ(http::field_of_answer(answer, "WWW-Authenticate"), "Bearer");
    EXPECT_THAT(http::body_of_answer(answer), HasSubstr("\"code\":\"ops.metrics_token\""));
  }
}

}  // namespace
}  // namespace sotto::ops
