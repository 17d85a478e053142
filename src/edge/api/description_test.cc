#include "edge/api/description.h"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/middleware/steps.h"
#include "platform/http/server.h"
#include "platform/http/testing/decode.h"
#include "platform/http/testing/raw_client.h"
#include "platform/wire/json.h"

namespace sotto::api {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Description : public testing::Test {
 protected:
  Description() {
    http::Router router;
    add_description_routes(router);
    std::vector<std::unique_ptr<http::Middleware>> steps;
    steps.push_back(std::make_unique<http::Compression>());
    auto server = http::Server::start({.listen = {{.address = "127.0.0.1"}}}, std::move(router),
                                      std::move(steps));
    SOTTO_CHECK(server.has_value());
    server_ = std::move(*server);
  }
  std::string get(const std::string& path, const std::string& fields = "") {
    return http::RawClient::exchange(server_->endpoints().front(),
                                     "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
  }

  std::unique_ptr<http::Server> server_;
};

TEST_F(Description, IsAPageThatLoadsOnlyItsStyle) {
  const std::string page = get("/api/docs");
  EXPECT_EQ(http::field_of_answer(page, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(page, HasSubstr("<link rel=\"stylesheet\" href=\"/api/docs.css\">"));
  for (const char* loading : {"<script", "style=", "src=", "http://", "https://", "onclick"})
    EXPECT_THAT(page, Not(HasSubstr(loading)));
  EXPECT_EQ(http::field_of_answer(get("/api/docs.css"), "Content-Type"), "text/css; charset=utf-8");
}

TEST_F(Description, IsJson) {
  const std::string answer = get("/api/openapi.json");
  EXPECT_EQ(http::body_of_answer(answer), openapi_json());
  const auto document = wire::parse_json(openapi_json());
  ASSERT_TRUE(document);
  EXPECT_THAT(document->at("openapi").get<std::string>(), StartsWith("3.1."));
}

TEST_F(Description, IsYaml) {
  EXPECT_THAT(http::body_of_answer(get("/api/openapi.yaml")), StartsWith("openapi: 3.1."));
}

constexpr std::array<const char*, 4> kPaths{"/api/docs", "/api/docs.css", "/api/openapi.json",
                                            "/api/openapi.yaml"};

TEST_F(Description, IsSmallForWhoTakesItSo) {
  for (const std::string path : kPaths) {
    const std::string plain = get(path);
    const std::string text = http::body_of_answer(plain);
    const std::string etag = http::field_of_answer(plain, "ETag");
    EXPECT_EQ(http::field_of_answer(plain, "Content-Encoding"), "") << path;
    EXPECT_EQ(http::field_of_answer(plain, "Vary"), "Accept-Encoding") << path;
    for (const auto& [accept, coding, suffix] :
         {std::array{"br", "br", "~br\""}, std::array{"gzip", "gzip", "~gz\""},
          std::array{"gzip, br", "br", "~br\""}}) {
      const std::string fields = std::string("Accept-Encoding: ") + accept + "\r\n";
      const std::string answer = get(path, fields);
      EXPECT_EQ(http::field_of_answer(answer, "Content-Encoding"), coding) << path;
      const std::string sent = http::body_of_answer(answer);
      EXPECT_LT(sent.size(), text.size() / 2) << path;
      EXPECT_EQ(http::decode(coding, sent, text.size() + 1), text) << path;
      const std::string tag = http::field_of_answer(answer, "ETag");
      EXPECT_EQ(tag, etag.substr(0, etag.size() - 1) + suffix) << path;
      EXPECT_EQ(http::status_of_answer(get(path, fields + "If-None-Match: " + tag + "\r\n")), 304)
          << path;
      EXPECT_EQ(http::status_of_answer(get(path, fields + "If-Match: " + tag + "\r\n")), 200)
          << path;
    }
  }
}

TEST_F(Description, IsNotSentAgainToWhoHasIt) {
  for (const char* path : kPaths) {
    const std::string etag = http::field_of_answer(get(path), "ETag");
    EXPECT_EQ(etag.size(), 34U) << path;
    EXPECT_EQ(http::status_of_answer(get(path, "If-None-Match: " + etag + "\r\n")), 304) << path;
    EXPECT_EQ(http::status_of_answer(get(path, "If-None-Match: \"other\"\r\n")), 200) << path;
  }
}

}  // namespace
}  // namespace sotto::api
