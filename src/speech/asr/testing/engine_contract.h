#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <limits>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "speech/asr/engine.h"

namespace sotto::asr {

/// What every Engine keeps, fakes included. A maker has `static const Engine* make()`, which gives
/// null where the model is not at hand: the case is skipped then.
template <typename Maker>
class EngineContract : public testing::Test {
 protected:
  void SetUp() override {
    engine_ = Maker::make();
    if (engine_ == nullptr) GTEST_SKIP() << "SOTTO_MODELS is not set";
  }

  static AudioSegment segment_of(std::vector<float> samples) {
    AudioSegment segment;
    segment.end_ms = static_cast<transcript::Milliseconds>(samples.size() * 1000 / kSampleRate);
    segment.samples = std::move(samples);
    return segment;
  }
  static AudioSegment silence(std::size_t sample_count) {
    return segment_of(std::vector<float>(sample_count));
  }
  /// Clicks every hundredth of a second: no word, but something to work on.
  static AudioSegment clicks(std::size_t sample_count) {
    std::vector<float> samples(sample_count);
    for (std::size_t i = 0; i < sample_count; i += 160) samples[i] = 0.5F;
    return segment_of(std::move(samples));
  }

  const Engine* engine_ = nullptr;
  const CallContext context_ = CallContext::with_timeout(std::chrono::minutes(2));
};

TYPED_TEST_SUITE_P(EngineContract);

TYPED_TEST_P(EngineContract, HearsNoWordsInSilence) {
  for (const std::size_t count : {0U, 1U, 160U, 16'000U, 80'000U}) {
    const auto heard = this->engine_->recognize(this->context_, this->silence(count), {});
    ASSERT_TRUE(heard) << count << " samples: " << heard.error().describe();
    EXPECT_TRUE(heard->segments.empty()) << count << " samples";
  }
}

TYPED_TEST_P(EngineContract, BearsSamplesThatAreNoNumbers) {
  std::vector<float> broken(kSampleRate, std::numeric_limits<float>::quiet_NaN());
  broken[7] = std::numeric_limits<float>::infinity();
  broken[8] = -1e30F;
  EXPECT_TRUE(this->engine_->recognize(this->context_, this->segment_of(broken), {}));
}

TYPED_TEST_P(EngineContract, RefusesTheSameBeforeAndAtWork) {
  const AudioSegment long_one = this->silence(41 * kSampleRate);
  const AudioSegment short_one = this->silence(1'600);
  EXPECT_EQ(this->engine_->accepts(long_one, {}).error().reason(), "asr.segment_too_long");
  EXPECT_EQ(this->engine_->recognize(this->context_, long_one, {}).error().reason(),
            "asr.segment_too_long");
  EXPECT_EQ(this->engine_->accepts(short_one, {.language = "xx"}).error().reason(),
            "asr.language_unsupported");
  EXPECT_EQ(
      this->engine_->recognize(this->context_, short_one, {.language = "xx"}).error().reason(),
      "asr.language_unsupported");
  EXPECT_TRUE(this->engine_->accepts(short_one, {.language = "en"}));
}

TYPED_TEST_P(EngineContract, KeepsToTheTimesAndTheChannelOfItsSegment) {
  AudioSegment segment = this->clicks(32'000);
  segment.start_ms = 7'000;
  segment.end_ms = 9'000;
  segment.channel = 3;
  const auto heard = this->engine_->recognize(this->context_, segment, {}).value();
  for (const transcript::Segment& piece : heard.segments) {
    EXPECT_GE(piece.start_ms, 7'000);
    EXPECT_LE(piece.end_ms, 9'000);
    EXPECT_EQ(piece.channel, 3);
  }
}

TYPED_TEST_P(EngineContract, HearsTheSameInSeveralThreads) {
  const AudioSegment segment = this->clicks(32'000);
  const auto expected = this->engine_->recognize(this->context_, segment, {}).value().segments;
  std::vector<std::vector<transcript::Segment>> heard(3);
  {
    std::vector<std::jthread> threads;
    for (auto& result : heard) {
      threads.emplace_back(
          [&] { result = this->engine_->recognize(this->context_, segment, {}).value().segments; });
    }
  }
  for (const auto& result : heard) EXPECT_EQ(result, expected);
}

TYPED_TEST_P(EngineContract, ComputesNothingForAStoppedCaller) {
  std::stop_source source;
  source.request_stop();
  const CallContext stopped = this->context_.with_stop(source.get_token());
  EXPECT_EQ(this->engine_->recognize(stopped, this->clicks(32'000), {}).error().reason(),
            "base.cancelled");
}

REGISTER_TYPED_TEST_SUITE_P(EngineContract, HearsNoWordsInSilence, BearsSamplesThatAreNoNumbers,
                            RefusesTheSameBeforeAndAtWork, KeepsToTheTimesAndTheChannelOfItsSegment,
                            HearsTheSameInSeveralThreads, ComputesNothingForAStoppedCaller);

}  // namespace sotto::asr
