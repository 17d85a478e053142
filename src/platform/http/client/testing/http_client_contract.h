#pragma once

#include <gtest/gtest.h>
#include <stop_token>
#include <string>

#include "platform/http/client/http_client.h"

namespace sotto::http {

/// What every HttpClient keeps, fakes included. A peer has
///   std::string serve(FetchHead head, const std::string& body);  // The URL that answers so.
///   std::string nowhere();                                       // A URL that nobody answers.
///   HttpClient& client();
template <typename Peer>
class HttpClientContract : public testing::Test {
 protected:
  Result<FetchAnswer> fetch(FetchRequest request) {
    request.retry.attempts_max = 1;
    return peer_.client().fetch(context_, request);
  }
  std::string reason(FetchRequest request) {
    const auto answer = fetch(std::move(request));
    return answer ? "" : answer.error().reason();
  }

  Peer peer_;
  CallContext context_ = CallContext::with_timeout(std::chrono::minutes(1));
};

TYPED_TEST_SUITE_P(HttpClientContract);

TYPED_TEST_P(HttpClientContract, GivesTheAnswerWhateverItsStatus) {
  const auto url = this->peer_.serve({.status = 404, .fields = {{"X-A", "1"}}}, "nothing here");
  const auto answer = this->fetch({.url = url});
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->head.status, 404);
  EXPECT_EQ(answer->head.field("x-a"), "1");
  EXPECT_EQ(answer->body, "nothing here");
  EXPECT_EQ(answer->url, url);
}

TYPED_TEST_P(HttpClientContract, GivesTheHeadBeforeTheBody) {
  std::string seen;
  const auto answer = this->fetch({.url = this->peer_.serve({.status = 200}, "hello"),
                                   .on_head = [&](const FetchHead& head) -> Result<> {
                                     seen += std::to_string(head.status) + " ";
                                     return {};
                                   },
                                   .on_body = [&](std::string_view data) -> Result<> {
                                     seen += data;
                                     return {};
                                   }});
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(seen, "200 hello");
  EXPECT_EQ(answer->body, "");
}

TYPED_TEST_P(HttpClientContract, EndsWithTheErrorOfWhoTakesTheAnswer) {
  const auto url = this->peer_.serve({.status = 200}, "hello");
  const auto refuse = [](const auto&) -> Result<> {
    return Error(ErrorCode::kConflict, "base.cancelled", "Not wanted.");
  };
  EXPECT_EQ(this->fetch({.url = url, .on_head = refuse}).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(this->fetch({.url = url, .on_body = refuse}).error().code(), ErrorCode::kConflict);
}

TYPED_TEST_P(HttpClientContract, EndsAboveTheLimit) {
  const auto url = this->peer_.serve({.status = 200}, "hello");
  EXPECT_EQ(this->reason({.url = url, .limits = {.body_max = 6}}), "");
  EXPECT_EQ(this->reason({.url = url, .limits = {.body_max = 5}}), "");
  EXPECT_EQ(this->reason({.url = url, .limits = {.body_max = 4}}), "client.answer_too_large");
}

TYPED_TEST_P(HttpClientContract, SaysWhyItCannotAsk) {
  EXPECT_EQ(this->reason({.url = this->peer_.nowhere()}), "client.connect_failed");
  EXPECT_EQ(this->reason({.url = "nonsense"}), "client.bad_url");
  std::stop_source source;
  source.request_stop();
  this->context_ = this->context_.with_stop(source.get_token());
  EXPECT_EQ(this->reason({.url = this->peer_.nowhere()}), "base.cancelled");
}

REGISTER_TYPED_TEST_SUITE_P(HttpClientContract, GivesTheAnswerWhateverItsStatus,
                            GivesTheHeadBeforeTheBody, EndsWithTheErrorOfWhoTakesTheAnswer,
                            EndsAboveTheLimit, SaysWhyItCannotAsk);

}  // namespace sotto::http
