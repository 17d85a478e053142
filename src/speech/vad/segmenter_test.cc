#include "speech/vad/segmenter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "speech/vad/testing/fake_vad.h"

namespace sotto::vad {
namespace {

using testing::ElementsAre;

// Everything a hundredth of the real lengths, so that "a second" is 160 samples.
constexpr std::int64_t kSecond = 160;
constexpr SegmenterOptions kOptions{
    .policy = {.speech_samples_min = 100,
               .silence_samples_min = 100,
               .padding_samples = 0,
               .interval_samples_max = kSampleRate},
    .segment_samples_max = 200 * kSecond,
    .segment_samples_min = 50 * kSecond,
    .first_samples_max = 100 * kSecond,
    .first_samples_min = 20 * kSecond,
    .pause_samples_max = 20 * kSecond,
    .padding_samples = 2 * kSecond,
};

struct Part {
  std::int64_t speech;
  std::int64_t pause;
};

// The samples tell their place in the stream by their level, as far as the fake allows.
std::vector<float> sound(std::initializer_list<Part> parts) {
  std::vector<float> samples;
  for (const Part& part : parts) {
    samples.insert(samples.end(), static_cast<std::size_t>(part.speech), 0.9F);
    samples.insert(samples.end(), static_cast<std::size_t>(part.pause), 0.0F);
  }
  return samples;
}

std::vector<SpeechSegment> segments(const std::vector<float>& samples, std::size_t step = 1'000) {
  const CallContext context = CallContext::with_timeout(std::chrono::minutes(1));
  auto segmenter = Segmenter::create(std::make_unique<FakeVad>(), kOptions).value();
  std::vector<SpeechSegment> complete;
  for (std::size_t at = 0; at < samples.size(); at += step) {
    const std::size_t count = std::min(step, samples.size() - at);
    EXPECT_TRUE(segmenter.push(context, std::span(samples).subspan(at, count), complete));
  }
  EXPECT_TRUE(segmenter.finish(context, complete));
  return complete;
}

// All that the detector alone finds.
std::vector<SpeechInterval> detected(const std::vector<float>& samples) {
  const CallContext context = CallContext::with_timeout(std::chrono::minutes(1));
  auto detector = SpeechDetector::create(std::make_unique<FakeVad>(), kOptions.policy).value();
  std::vector<SpeechInterval> found;
  EXPECT_TRUE(detector.push(context, samples, found));
  EXPECT_TRUE(detector.finish(context, found));
  return found;
}

std::vector<SpeechInterval> spans(const std::vector<SpeechSegment>& all) {
  std::vector<SpeechInterval> result;
  for (const SpeechSegment& segment : all) {
    result.push_back({segment.start_sample, segment.start_sample + std::ssize(segment.samples)});
  }
  return result;
}

TEST(Segmenter, KeepsAnUtteranceWithPausesWhole) {
  const auto all = segments(sound({{0, 3'000}, {2'000, 1'000}, {3'000, 1'500}, {2'000, 3'000}}));
  EXPECT_THAT(spans(all), ElementsAre(SpeechInterval{2'680, 12'820}));
  EXPECT_EQ(all[0].speech.size(), 3U);
}

TEST(Segmenter, EndsASegmentAtALongPause) {
  EXPECT_THAT(spans(segments(sound({{2'000, 4'000}, {2'000, 0}}))),
              ElementsAre(SpeechInterval{0, 2'320}, SpeechInterval{5'680, 8'000}));
}

TEST(Segmenter, GivesASegmentOutDuringALongPause) {
  const CallContext context = CallContext::with_timeout(std::chrono::minutes(1));
  auto segmenter = Segmenter::create(std::make_unique<FakeVad>(), kOptions).value();
  std::vector<SpeechSegment> complete;
  ASSERT_TRUE(segmenter.push(context, sound({{2'000, 4'000}}), complete));
  EXPECT_EQ(complete.size(), 1U);
}

TEST(Segmenter, CutsALongRecordingAtItsLongestPauses) {
  // First at most 16,000 long: the pause of 900 wins over that of 500. Then at most 32,000.
  const auto all = segments(sound({{6'000, 500},
                                   {6'000, 900},
                                   {6'000, 500},
                                   {6'000, 1'200},
                                   {6'000, 500},
                                   {6'000, 700},
                                   {6'000, 0}}));
  EXPECT_THAT(spans(all), ElementsAre(SpeechInterval{0, 12'820}, SpeechInterval{13'080, 26'220},
                                      SpeechInterval{26'780, 46'300}));
}

TEST(Segmenter, SharesAShortPauseBetweenItsNeighbours) {
  const auto all = spans(segments(sound({{15'000, 200}, {15'900, 0}, {15'900, 0}})));
  ASSERT_GE(all.size(), 2U);
  EXPECT_EQ(all[0].end_sample, 15'100);
  EXPECT_EQ(all[1].start_sample, 15'100);
}

TEST(Segmenter, GivesNothingForSilence) {
  EXPECT_TRUE(segments(sound({{0, 100'000}})).empty());
  EXPECT_TRUE(segments({}).empty());
}

TEST(Segmenter, CutsTheSameHoweverTheStreamIsChopped) {
  const auto samples = sound({{6'000, 500}, {9'000, 900}, {20'000, 4'000}, {900, 0}});
  const auto expected = spans(segments(samples));
  for (const std::size_t step : {1U, 99U, 16'000U, 1'000'000U}) {
    EXPECT_EQ(spans(segments(samples, step)), expected) << step;
  }
}

// Whatever comes, segments are in order, apart, bounded, and hold the very samples of their place
// with all speech in them.
TEST(Segmenter, KeepsItsPromisesOnAnyStream) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    std::vector<float> samples;
    while (samples.size() < 300'000) {
      const bool speaks = random() % 3 != 0;
      const std::size_t count_max = random() % 5 == 0 ? 40'000 : 3'000;
      const std::size_t count = random() % count_max;
      for (std::size_t i = 0; i < count; ++i) {
        // The last digits say where the sample stands.
        const float mark = static_cast<float>(samples.size() % 1'000) * 1e-5F;
        samples.push_back((speaks ? 0.9F : 0.0F) + mark);
      }
    }
    std::int64_t end = 0;
    std::vector<SpeechInterval> speech;
    for (const SpeechSegment& segment : segments(samples, 1 + random() % 20'000)) {
      ASSERT_GE(segment.start_sample, end) << seed;
      end = segment.start_sample + std::ssize(segment.samples);
      ASSERT_LE(std::ssize(segment.samples),
                kOptions.segment_samples_max + 2 * kOptions.padding_samples)
          << seed;
      ASSERT_TRUE(std::equal(segment.samples.begin(), segment.samples.end(),
                             samples.begin() + segment.start_sample))
          << seed;
      for (const SpeechInterval& interval : segment.speech) {
        ASSERT_GE(interval.start_sample, segment.start_sample) << seed;
        ASSERT_LE(interval.end_sample, end) << seed;
        speech.push_back(interval);
      }
    }
    EXPECT_EQ(speech, detected(samples)) << seed;
    EXPECT_LE(end, std::ssize(samples)) << seed;
  }
}

TEST(Segmenter, RefusesSettingsThatMakeNoSense) {
  EXPECT_TRUE(validate(SegmenterOptions{}));
  SegmenterOptions options;
  options.segment_samples_max = kSampleRate;
  EXPECT_EQ(validate(options).error().reason(), "vad.segmenter_options");
  options = {};
  options.first_samples_min = options.first_samples_max;
  EXPECT_EQ(validate(options).error().reason(), "vad.segmenter_options");
  options = {};
  options.policy.start_probability = 0;
  EXPECT_EQ(validate(options).error().reason(), "vad.policy_options");
}

}  // namespace
}  // namespace sotto::vad
