#include "speech/asr/pooled_recognizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <new>
#include <stop_token>

#include "speech/asr/testing/fake_engine.h"
#include "speech/asr/testing/fake_recognizer.h"
#include "speech/asr/testing/recognizer_contract.h"

namespace sotto::asr {
namespace {

using testing::ElementsAre;

struct FakeMaker {
  static std::unique_ptr<Recognizer> make() { return std::make_unique<FakeRecognizer>(); }
};

struct PoolMaker {
  static std::unique_ptr<Recognizer> make() {
    return PooledRecognizer::create(std::make_unique<FakeEngine>(), {.worker_count = 2}).value();
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Fake, RecognizerContract, FakeMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Pool, RecognizerContract, PoolMaker);

class PooledRecognizerPool : public testing::Test {
 protected:
  explicit PooledRecognizerPool(const PoolOptions& options = {.worker_count = 1, .queue_max = 8}) {
    auto engine = std::make_unique<FakeEngine>();
    engine_ = engine.get();
    pool_ = PooledRecognizer::create(std::move(engine), options).value();
  }

  std::shared_ptr<Ticket> submit(std::size_t samples, const DecodeOptions& options = {}) {
    return pool_->submit(context_, segment(samples), options).value();
  }
  static AudioSegment segment(std::size_t samples) {
    AudioSegment made;
    made.samples.assign(samples, 0.5F);
    return made;
  }
  // The only worker is busy with one segment, so that what comes next waits.
  void occupy() {
    engine_->hold();
    blocker_ = submit(999);
    engine_->await_started(1);
  }

  FakeEngine* engine_ = nullptr;
  std::unique_ptr<Recognizer> pool_;
  std::shared_ptr<Ticket> blocker_;
  const CallContext context_ = CallContext::with_timeout(std::chrono::minutes(1));
};

TEST_F(PooledRecognizerPool, RecognisesWhatItIsGiven) {
  const auto recognition = submit(123)->wait(context_).value();
  ASSERT_EQ(recognition.segments.size(), 1U);
  EXPECT_EQ(recognition.segments[0].text, "heard 123");
}

TEST_F(PooledRecognizerPool, StartsTheUrgentFirstAndTakesTurnsAmongKeys) {
  occupy();
  std::vector<std::shared_ptr<Ticket>> tickets;
  for (const std::size_t samples : {1U, 2U, 3U}) {
    tickets.push_back(submit(samples, {.fairness_key = "a"}));
  }
  tickets.push_back(submit(4, {.fairness_key = "b"}));
  tickets.push_back(submit(5, {.priority = Priority::kInteractive, .fairness_key = "c"}));
  engine_->let_go();
  for (const auto& ticket : tickets) EXPECT_TRUE(ticket->wait(context_));
  EXPECT_THAT(engine_->started(), ElementsAre("999", "c5", "a1", "b4", "a2", "a3"));
}

TEST_F(PooledRecognizerPool, AnswersOverloadedWhenFullAndAskedNotToWait) {
  occupy();
  std::vector<std::shared_ptr<Ticket>> tickets;
  for (int i = 0; i < 8; ++i) tickets.push_back(submit(10));
  const auto refused = pool_->try_submit(context_, segment(10), {});
  EXPECT_EQ(refused.error().reason(), "asr.queue_full");
  EXPECT_EQ(refused.error().code(), ErrorCode::kOverloaded);
}

TEST_F(PooledRecognizerPool, WaitsForRoomUntilItsDeadline) {
  occupy();
  std::vector<std::shared_ptr<Ticket>> tickets;
  for (int i = 0; i < 8; ++i) tickets.push_back(submit(10));
  const auto late =
      pool_->submit(CallContext::with_timeout(std::chrono::milliseconds(5)), segment(10), {});
  EXPECT_EQ(late.error().reason(), "base.deadline_exceeded");
}

TEST_F(PooledRecognizerPool, GetsRoomWhenAWaitingSegmentIsCancelled) {
  occupy();
  std::vector<std::shared_ptr<Ticket>> tickets;
  for (int i = 0; i < 8; ++i) tickets.push_back(submit(10));
  std::jthread canceller([&] { tickets[3]->cancel(); });
  EXPECT_TRUE(pool_->submit(context_, segment(11), {}));
}

TEST_F(PooledRecognizerPool, CancelsAWaitingSegmentAtOnce) {
  occupy();
  const auto ticket = submit(10);
  ticket->cancel();
  EXPECT_EQ(ticket->wait(context_).error().reason(), "base.cancelled");
  engine_->let_go();
  EXPECT_TRUE(blocker_->wait(context_));
  EXPECT_THAT(engine_->started(), ElementsAre("999"));
}

TEST_F(PooledRecognizerPool, CancelsARunningSegment) {
  occupy();
  blocker_->cancel();
  EXPECT_EQ(blocker_->wait(context_).error().reason(), "base.cancelled");
}

TEST_F(PooledRecognizerPool, FollowsTheStopOfWhoeverSubmitted) {
  engine_->hold();
  std::stop_source source;
  const auto ticket =
      pool_->submit(context_.with_stop(source.get_token()), segment(10), {}).value();
  engine_->await_started(1);
  source.request_stop();
  EXPECT_EQ(ticket->wait(context_).error().reason(), "base.cancelled");
}

TEST_F(PooledRecognizerPool, GivesUpWhatNobodyHoldsATicketFor) {
  occupy();
  (void)submit(10);  // The ticket is dropped: that is the point.
  const auto kept = submit(20);
  engine_->let_go();
  EXPECT_TRUE(kept->wait(context_));
  EXPECT_THAT(engine_->started(), ElementsAre("999", "20"));
}

TEST_F(PooledRecognizerPool, KeepsTheTicketGoodWhenAWaitEndsEarly) {
  occupy();
  const auto short_wait = CallContext::with_timeout(std::chrono::milliseconds(5));
  EXPECT_EQ(blocker_->wait(short_wait).error().reason(), "base.deadline_exceeded");
  engine_->let_go();
  EXPECT_TRUE(blocker_->wait(context_));
}

TEST_F(PooledRecognizerPool, AnswersWaitingAndRunningTicketsWhenItCloses) {
  occupy();
  const auto waiting = submit(10);
  pool_->close();
  EXPECT_EQ(waiting->wait(context_).error().reason(), "asr.shutting_down");
  EXPECT_EQ(blocker_->wait(context_).error().reason(), "asr.shutting_down");
}

TEST_F(PooledRecognizerPool, TicketsOutliveThePool) {
  const auto ticket = submit(10);
  pool_.reset();
  ticket->cancel();
  const auto result = ticket->wait(context_);
  if (!result) {
    EXPECT_EQ(result.error().reason(), "asr.shutting_down");
  }
}

TEST_F(PooledRecognizerPool, ServesManySubmittersAtOnce) {
  std::vector<int> good(4);
  {
    std::vector<std::jthread> submitters;
    for (std::size_t i = 0; i < good.size(); ++i) {
      submitters.emplace_back([&, i] {
        for (std::size_t n = 1; n <= 50; ++n) {
          const auto recognition = submit(n, {.fairness_key = std::to_string(i)})->wait(context_);
          good[i] += recognition->segments[0].text == "heard " + std::to_string(n) ? 1 : 0;
        }
      });
    }
  }
  EXPECT_THAT(good, testing::Each(50));
}

class ThrowingEngine final : public Engine {
 public:
  Result<> accepts(const AudioSegment&, const DecodeOptions&) const override { return {}; }
  Result<Recognition> recognize(const CallContext&, const AudioSegment&,
                                const DecodeOptions&) const override {
    throw std::bad_alloc();
  }
};

TEST(PooledRecognizer, AnswersOverloadedWhenMemoryRunsOut) {
  const auto pool = PooledRecognizer::create(std::make_unique<ThrowingEngine>(), {}).value();
  const CallContext context = CallContext::with_timeout(std::chrono::minutes(1));
  const auto ticket = pool->submit(context, {}, {}).value();
  EXPECT_EQ(ticket->wait(context).error().reason(), "asr.out_of_memory");
}

TEST(PooledRecognizer, RefusesBadOptions) {
  for (const PoolOptions& options :
       {PoolOptions{.worker_count = 0}, PoolOptions{.queue_max = 0},
        PoolOptions{.worker_count = 2'000}, PoolOptions{.queue_max = 2'000}}) {
    EXPECT_EQ(PooledRecognizer::create(std::make_unique<FakeEngine>(), options).error().reason(),
              "asr.pool_options");
  }
}

}  // namespace
}  // namespace sotto::asr
