#include "speech/vad/speech_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "speech/vad/testing/fake_vad.h"

namespace sotto::vad {
namespace {

using testing::ElementsAre;

constexpr SpeechPolicyOptions kOptions{
    .speech_samples_min = 200, .silence_samples_min = 300, .padding_samples = 0};

std::vector<float> sound(std::initializer_list<std::pair<std::size_t, float>> parts) {
  std::vector<float> samples;
  for (const auto& [count, level] : parts) samples.insert(samples.end(), count, level);
  return samples;
}

std::vector<SpeechInterval> detect(const std::vector<float>& samples, std::size_t step) {
  const CallContext context = CallContext::with_timeout(std::chrono::minutes(1));
  auto detector = SpeechDetector::create(std::make_unique<FakeVad>(), kOptions).value();
  std::vector<SpeechInterval> finished;
  for (std::size_t at = 0; at < samples.size(); at += step) {
    const std::size_t count = std::min(step, samples.size() - at);
    EXPECT_TRUE(detector.push(context, std::span(samples).subspan(at, count), finished));
  }
  EXPECT_TRUE(detector.finish(context, finished));
  return finished;
}

TEST(SpeechDetector, FindsTheSameHoweverTheStreamIsChopped) {
  const auto samples = sound({{500, 0}, {1'000, 0.9F}, {700, 0}, {450, 0.9F}});
  for (const std::size_t step : {1U, 7U, 100U, 333U, 10'000U}) {
    EXPECT_THAT(detect(samples, step),
                ElementsAre(SpeechInterval{500, 1'500}, SpeechInterval{2'200, 2'650}))
        << step;
  }
}

TEST(SpeechDetector, TakesBrokenSamplesForSilence) {
  auto samples = sound({{500, std::numeric_limits<float>::quiet_NaN()},
                        {500, std::numeric_limits<float>::infinity()},
                        {500, 0.9F},
                        {500, 0}});
  EXPECT_THAT(detect(samples, 64), ElementsAre(SpeechInterval{1'000, 1'500}));
}

TEST(SpeechDetector, GivesNothingForNothing) { EXPECT_TRUE(detect({}, 1).empty()); }

TEST(SpeechDetector, RefusesBadOptions) {
  const auto detector =
      SpeechDetector::create(std::make_unique<FakeVad>(), {.start_probability = 2});
  EXPECT_EQ(detector.error().reason(), "vad.policy_options");
}

}  // namespace
}  // namespace sotto::vad
