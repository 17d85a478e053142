#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <stop_token>
#include <utility>
#include <vector>

#include "speech/asr/recognizer.h"

namespace sotto::asr {

/// What every Recognizer keeps, fakes included. A maker has
/// `static std::unique_ptr<Recognizer> make()`, which gives null where the model is not at hand:
/// the case is skipped then.
template <typename Maker>
class RecognizerContract : public testing::Test {
 protected:
  void SetUp() override {
    recognizer_ = Maker::make();
    if (recognizer_ == nullptr) GTEST_SKIP() << "SOTTO_MODELS is not set";
  }

  static AudioSegment silence(std::size_t sample_count) {
    AudioSegment segment;
    segment.samples.resize(sample_count);
    segment.end_ms = static_cast<transcript::Milliseconds>(sample_count * 1000 / kSampleRate);
    return segment;
  }

  std::unique_ptr<Recognizer> recognizer_;
  const CallContext context_ = CallContext::with_timeout(std::chrono::minutes(1));
};

TYPED_TEST_SUITE_P(RecognizerContract);

TYPED_TEST_P(RecognizerContract, HearsNoWordsInSilence) {
  const auto ticket = this->recognizer_->submit(this->context_, this->silence(16'000), {}).value();
  EXPECT_TRUE(ticket->wait(this->context_).value().segments.empty());
}

TYPED_TEST_P(RecognizerContract, TakesAnEmptyAndAVeryShortSegment) {
  for (const std::size_t count : {0U, 1U, 160U}) {
    const auto ticket = this->recognizer_->submit(this->context_, this->silence(count), {}).value();
    EXPECT_TRUE(ticket->wait(this->context_).value().segments.empty()) << count;
  }
}

TYPED_TEST_P(RecognizerContract, HandsAResultOverOnce) {
  const auto ticket = this->recognizer_->submit(this->context_, this->silence(1'600), {}).value();
  EXPECT_TRUE(ticket->wait(this->context_));
  EXPECT_EQ(ticket->wait(this->context_).error().reason(), "asr.ticket_spent");
}

TYPED_TEST_P(RecognizerContract, RefusesWhatItCannotDo) {
  EXPECT_EQ(this->recognizer_->submit(this->context_, this->silence(41 * kSampleRate), {})
                .error()
                .reason(),
            "asr.segment_too_long");
  EXPECT_EQ(this->recognizer_->submit(this->context_, this->silence(1'600), {.language = "xx"})
                .error()
                .reason(),
            "asr.language_unsupported");
}

TYPED_TEST_P(RecognizerContract, TakesNothingFromAStoppedCaller) {
  std::stop_source source;
  source.request_stop();
  const CallContext stopped = this->context_.with_stop(source.get_token());
  EXPECT_EQ(this->recognizer_->submit(stopped, this->silence(1'600), {}).error().reason(),
            "base.cancelled");
}

TYPED_TEST_P(RecognizerContract, CancelMayComeTooLate) {
  const auto ticket = this->recognizer_->submit(this->context_, this->silence(1'600), {}).value();
  EXPECT_TRUE(ticket->wait(this->context_));
  ticket->cancel();
  ticket->cancel();
}

TYPED_TEST_P(RecognizerContract, TakesNothingOnceClosed) {
  this->recognizer_->close();
  this->recognizer_->close();
  EXPECT_EQ(this->recognizer_->submit(this->context_, this->silence(1'600), {}).error().reason(),
            "asr.shutting_down");
}

TYPED_TEST_P(RecognizerContract, AnswersEveryTicketThatIsOpenWhenItCloses) {
  std::vector<std::shared_ptr<Ticket>> tickets;
  for (int i = 0; i < 5; ++i) {
    tickets.push_back(this->recognizer_->submit(this->context_, this->silence(8'000), {}).value());
  }
  this->recognizer_.reset();
  for (const auto& ticket : tickets) {
    const auto result = ticket->wait(this->context_);
    if (!result) {
      EXPECT_EQ(result.error().reason(), "asr.shutting_down");
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(RecognizerContract, HearsNoWordsInSilence,
                            TakesAnEmptyAndAVeryShortSegment, HandsAResultOverOnce,
                            RefusesWhatItCannotDo, TakesNothingFromAStoppedCaller,
                            CancelMayComeTooLate, TakesNothingOnceClosed,
                            AnswersEveryTicketThatIsOpenWhenItCloses);

}  // namespace sotto::asr
