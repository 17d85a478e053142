#include "platform/http/idempotency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <new>

#include "base/testing/fake_clock.h"
#include "platform/http/status.h"
#include "platform/http/testing/idempotency_store_contract.h"

namespace sotto::http {
namespace {

using testing::Contains;
using testing::Pair;

class MemoryPlace {
 public:
  IdempotencyStore& store() { return store_; }
  void advance(std::chrono::milliseconds by) { clock_.advance(by); }
  static std::chrono::milliseconds lifetime() { return std::chrono::hours(24); }

 private:
  FakeClock clock_;
  MemoryIdempotencyStore store_{clock_};
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, IdempotencyStoreContract, MemoryPlace);

TEST(MemoryIdempotencyStore, RefusesNewKeysWhenItIsFull) {
  FakeClock clock;
  MemoryIdempotencyStore store(clock, {.count_max = 2, .bytes_max = 10});
  const auto context = CallContext::with_timeout(std::chrono::minutes(1));
  const auto begin = [&](const std::string& id) -> std::string {
    const auto claim = store.begin(context, id, {});
    return claim ? "" : claim.error().reason();
  };
  EXPECT_EQ(begin("a"), "");
  EXPECT_EQ(begin("b"), "");
  EXPECT_EQ(begin("c"), "http.idempotency_full") << "by count";
  EXPECT_EQ(begin("a"), "") << "what is known is answered";
  ASSERT_TRUE(store.abandon(context, "a"));
  EXPECT_EQ(begin("c"), "");
  ASSERT_TRUE(store.abandon(context, "b"));
  ASSERT_TRUE(store.finish(context, "c", {.body = "123456789"}));
  EXPECT_EQ(begin("d"), "") << "below the bytes";
  ASSERT_TRUE(store.finish(context, "d", {.body = "0"}));
  clock.advance(std::chrono::hours(23));
  MemoryIdempotencyStore small(clock, {.count_max = 9, .bytes_max = 10});
  ASSERT_TRUE(small.begin(context, "a", {}));
  ASSERT_TRUE(small.finish(context, "a", {.body = "1234567890"}));
  EXPECT_EQ(small.begin(context, "b", {}).error().reason(), "http.idempotency_full") << "by bytes";
  clock.advance(std::chrono::hours(24));
  EXPECT_TRUE(small.begin(context, "b", {})) << "the old ones are forgotten";
}

TEST(IdempotencyKey, IsShortAndVisible) {
  const auto parse = [](std::string_view field) {
    const auto key = parse_idempotency_key(field);
    return key ? std::string(*key) : key.error().reason();
  };
  EXPECT_EQ(parse("8e03978e-40d5-43dd-bc93-6894a57f9324"), "8e03978e-40d5-43dd-bc93-6894a57f9324");
  EXPECT_EQ(parse(" \"abc\" "), "abc");
  EXPECT_EQ(parse(std::string(255, 'a')), std::string(255, 'a'));
  for (const std::string& field :
       {std::string(), std::string("\"\""), std::string("a b"), std::string("a\nb"),
        std::string("a\"b"), std::string("a\\b"), std::string("\xc3\xbc"), std::string("\""),
        std::string(256, 'a')})
    EXPECT_EQ(parse(field), "http.bad_idempotency_key") << field;
}

class IdempotentHandlers : public testing::Test {
 protected:
  /// What POST `target` answers; its reason where it fails.
  Result<Response> post(std::string_view key, std::string body = "a",
                        std::string_view target = "/things?x=1", std::string principal = "anna") {
    Request request;
    request.head.method = Method::kPost;
    if (!key.empty()) request.head.fields.push_back({"Idempotency-Key", key});
    request.target = Target::parse(target).value();
    request.principal = std::move(principal);
    request.body = Body(std::move(body));
    const auto context = CallContext::with_timeout(std::chrono::minutes(1));
    return handler_(context, request);
  }

  FakeClock clock_;
  MemoryIdempotencyStore store_{clock_};
  int done_ = 0;
  std::function<Result<Response>()> work_ = [this]() -> Result<Response> {
    Response response = Response::text("made " + std::to_string(++done_));
    response.status = 201;
    response.with("Location", "/things/1");
    return response;
  };
  const Handler handler_ = idempotent(
      store_, [this](const CallContext&, Request&) -> Result<Response> { return work_(); });
};

TEST_F(IdempotentHandlers, DoARequestOnce) {
  EXPECT_EQ(post("k")->body, "made 1");
  const auto again = post("k");
  EXPECT_EQ(again->status, 201);
  EXPECT_EQ(again->body, "made 1");
  EXPECT_THAT(again->fields, Contains(Pair("Content-Type", "text/plain; charset=utf-8")));
  EXPECT_THAT(again->fields, Contains(Pair("Location", "/things/1")));
  EXPECT_THAT(again->fields, Contains(Pair("Idempotency-Replayed", "true")));
  EXPECT_EQ(done_, 1);
}

TEST_F(IdempotentHandlers, DoEveryRequestWithoutAKey) {
  EXPECT_EQ(post("")->body, "made 1");
  EXPECT_EQ(post("")->body, "made 2");
  EXPECT_EQ(post("a b").error().reason(), "http.bad_idempotency_key");
}

TEST_F(IdempotentHandlers, RefuseAKeyThatComesWithAnotherRequest) {
  ASSERT_TRUE(post("k"));
  for (const auto& other : {post("k", "b"), post("k", "a", "/things?x=2")}) {
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().reason(), "http.idempotency_mismatch");
    EXPECT_EQ(status_of(other.error()), 422);
  }
  EXPECT_EQ(done_, 1);
}

TEST_F(IdempotentHandlers, KeepKeysOfOthersAndOfOtherRoutesApart) {
  ASSERT_TRUE(post("k"));
  EXPECT_EQ(post("k", "a", "/things?x=1", "berta")->body, "made 2");
  EXPECT_EQ(post("k", "a", "/other")->body, "made 3");
}

TEST_F(IdempotentHandlers, RefuseARequestWhoseFirstIsInWork) {
  const auto make = work_;
  work_ = [&]() -> Result<Response> {
    const auto inner = post("k");
    EXPECT_EQ(inner.error().reason(), "http.idempotency_in_progress");
    EXPECT_EQ(status_of(inner.error()), 409);
    return make();
  };
  EXPECT_EQ(post("k")->body, "made 1");
}

TEST_F(IdempotentHandlers, LetARequestThatFailedComeAgain) {
  const auto make = work_;
  work_ = []() -> Result<Response> {
    return Error(ErrorCode::kUnavailable, "base.cancelled", "Later.");
  };
  EXPECT_FALSE(post("k"));
  work_ = []() -> Result<Response> { return Response::empty(500); };
  EXPECT_EQ(post("k")->status, 500);
  work_ = []() -> Result<Response> { throw std::bad_alloc(); };
  EXPECT_THROW((void)post("k"), std::bad_alloc);
  work_ = make;
  EXPECT_EQ(post("k")->body, "made 1");
}

}  // namespace
}  // namespace sotto::http
