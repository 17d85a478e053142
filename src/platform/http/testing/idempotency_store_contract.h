#pragma once

#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

#include "platform/http/idempotency.h"

namespace sotto::http {

/// What every IdempotencyStore keeps. A place has
///   IdempotencyStore& store();
///   void advance(std::chrono::milliseconds by);   // Lets time pass.
///   std::chrono::milliseconds lifetime() const;   // Of a key in this store.
template <typename Place>
class IdempotencyStoreContract : public testing::Test {
 protected:
  IdempotencyStore::Claim begin(const std::string& id, std::uint8_t print = 1) {
    return place_.store().begin(context_, id, RequestFingerprint{print}).value();
  }
  void finish(const std::string& id, const std::string& body) {
    ASSERT_TRUE(place_.store().finish(
        context_, id,
        {.status = 201, .content_type = "a/b", .location = "/x", .etag = "\"1\"", .body = body}));
  }

  Place place_;
  CallContext context_ = CallContext::with_timeout(std::chrono::minutes(1));
};

TYPED_TEST_SUITE_P(IdempotencyStoreContract);

TYPED_TEST_P(IdempotencyStoreContract, GivesTheFirstAnswerAgain) {
  using State = IdempotencyStore::State;
  EXPECT_EQ(this->begin("a").state, State::kNew);
  EXPECT_EQ(this->begin("a").state, State::kInProgress);
  this->finish("a", "first");
  this->finish("a", "second");
  for (int i = 0; i < 2; ++i) {
    const auto claim = this->begin("a");
    ASSERT_EQ(claim.state, State::kFinished);
    EXPECT_EQ(claim.answer.status, 201);
    EXPECT_EQ(claim.answer.content_type, "a/b");
    EXPECT_EQ(claim.answer.location, "/x");
    EXPECT_EQ(claim.answer.etag, "\"1\"");
    EXPECT_EQ(claim.answer.body, "first");
  }
  EXPECT_EQ(this->begin("b").state, State::kNew) << "another id";
}

TYPED_TEST_P(IdempotencyStoreContract, KnowsAnotherRequestByItsFingerprint) {
  using State = IdempotencyStore::State;
  EXPECT_EQ(this->begin("a", 1).state, State::kNew);
  EXPECT_EQ(this->begin("a", 2).state, State::kMismatch) << "while it is in work";
  this->finish("a", "x");
  EXPECT_EQ(this->begin("a", 2).state, State::kMismatch) << "afterwards";
}

TYPED_TEST_P(IdempotencyStoreContract, LetsAnAbandonedRequestComeAgain) {
  using State = IdempotencyStore::State;
  EXPECT_EQ(this->begin("a", 1).state, State::kNew);
  ASSERT_TRUE(this->place_.store().abandon(this->context_, "a"));
  EXPECT_EQ(this->begin("a", 2).state, State::kNew) << "even as another one";
  this->finish("a", "x");
  ASSERT_TRUE(this->place_.store().abandon(this->context_, "a"));
  EXPECT_EQ(this->begin("a", 2).state, State::kFinished) << "what is done stays done";
  ASSERT_TRUE(this->place_.store().abandon(this->context_, "unknown"));
}

TYPED_TEST_P(IdempotencyStoreContract, ForgetsAfterTheLifetime) {
  using State = IdempotencyStore::State;
  EXPECT_EQ(this->begin("a").state, State::kNew);
  this->finish("a", "x");
  this->place_.advance(this->place_.lifetime() - std::chrono::milliseconds(1));
  EXPECT_EQ(this->begin("a").state, State::kFinished);
  this->place_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(this->begin("a").state, State::kNew);
}

TYPED_TEST_P(IdempotencyStoreContract, GivesAClaimToOneOfManyThreads) {
  std::atomic<int> won{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int j = 0; j < 20; ++j)
          won += this->begin(std::to_string(j)).state == IdempotencyStore::State::kNew ? 1 : 0;
      });
  }
  EXPECT_EQ(won, 20);
}

REGISTER_TYPED_TEST_SUITE_P(IdempotencyStoreContract, GivesTheFirstAnswerAgain,
                            KnowsAnotherRequestByItsFingerprint, LetsAnAbandonedRequestComeAgain,
                            ForgetsAfterTheLifetime, GivesAClaimToOneOfManyThreads);

}  // namespace sotto::http
