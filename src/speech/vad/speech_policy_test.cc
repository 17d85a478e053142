#include "speech/vad/speech_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace sotto::vad {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One character a window of 100 samples: '#' speech, '+' hesitant, '.' silence, digits a
// probability of so many tenths.
constexpr std::size_t kWindow = 100;
constexpr SpeechPolicyOptions kOptions{.speech_samples_min = 200,
                                       .silence_samples_min = 300,
                                       .padding_samples = 0,
                                       .interval_samples_max = kSampleRate};

float probability_of(char c) {
  if (c == '#') return 0.9F;
  if (c == '+') return 0.4F;
  if (c == '.') return 0.1F;
  return static_cast<float>(c - '0') / 10.0F;
}

std::vector<SpeechInterval> intervals(const std::string& windows,
                                      const SpeechPolicyOptions& options = kOptions) {
  SpeechPolicy policy(options, kWindow);
  std::vector<SpeechInterval> finished;
  for (const char c : windows) policy.push(probability_of(c), 0, finished);
  policy.finish(static_cast<std::int64_t>(windows.size() * kWindow), finished);
  return finished;
}

struct Row {
  const char* name;
  const char* windows;
  std::vector<SpeechInterval> expected;
};

class SpeechPolicyTable : public testing::TestWithParam<Row> {};

TEST_P(SpeechPolicyTable, Gives) { EXPECT_EQ(intervals(GetParam().windows), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Rows, SpeechPolicyTable,
    testing::Values(Row{"Nothing", "", {}}, Row{"Silence", "..........", {}},
                    Row{"Hesitation", "++++++++++", {}}, Row{"Click", "...#......", {}},
                    Row{"Speech", "..####....", {{200, 600}}},
                    Row{"SpeechToTheEnd", "..########", {{200, 1000}}},
                    Row{"ShortSilenceStays", ".###..###....", {{100, 900}}},
                    Row{"LongSilenceParts", ".###...###....", {{100, 400}, {700, 1000}}},
                    Row{"HesitationDoesNotPart", ".###+++++++###....", {{100, 1400}}},
                    Row{"SilenceCountsFromItsStart", ".###.++.....", {{100, 400}}},
                    Row{"ShortSilenceAtTheEndIsLeftOut", ".####..", {{100, 500}}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(SpeechPolicy, PadsWhereThereIsRoom) {
  SpeechPolicyOptions options = kOptions;
  options.padding_samples = 250;
  EXPECT_THAT(intervals("#####...###....", options),
              ElementsAre(SpeechInterval{0, 750}, SpeechInterval{750, 1350}));
}

TEST(SpeechPolicy, CutsTheLongestIntervalWhereSpeechIsLeastLikely) {
  std::string windows(160, '#');
  windows[20] = '6';   // Quieter, but in the first half.
  windows[120] = '7';  // The quietest of the second half.
  windows += "######......";
  EXPECT_THAT(intervals(windows),
              ElementsAre(SpeechInterval{0, 12'050}, SpeechInterval{12'050, 16'600}));
}

TEST(SpeechPolicy, CutsAtTheLeastEnergyAmongEquals) {
  SpeechPolicy policy(kOptions, kWindow);
  std::vector<SpeechInterval> finished;
  for (int i = 0; i < 160; ++i) policy.push(0.9F, i == 100 ? 0.1F : 0.2F, finished);
  EXPECT_THAT(finished, ElementsAre(SpeechInterval{0, 10'050}));
}

TEST(SpeechPolicy, KeepsACrumbThatFollowsACut) {
  EXPECT_THAT(intervals(std::string(160, '#') + "......").back().end_sample, 16'000);
}

TEST(SpeechPolicy, MemoryAndIntervalsStayBoundedOverEndlessSpeech) {
  SpeechPolicy policy(kOptions, kWindow);
  std::vector<SpeechInterval> finished;
  for (int i = 0; i < 10'000; ++i) policy.push(0.9F, 0, finished);
  policy.finish(1'000'000, finished);
  std::int64_t end = 0;
  for (const SpeechInterval& interval : finished) {
    EXPECT_EQ(interval.start_sample, end);
    EXPECT_LE(interval.length(), kOptions.interval_samples_max);
    end = interval.end_sample;
  }
  EXPECT_EQ(end, 1'000'000);
}

TEST(SpeechPolicy, NothingStartsBeforeWhatIsSettled) {
  SpeechPolicy policy(kOptions, kWindow);
  std::vector<SpeechInterval> finished;
  for (const char c : std::string(".....")) policy.push(probability_of(c), 0, finished);
  EXPECT_EQ(policy.settled_sample(), 500);
  for (const char c : std::string("####")) policy.push(probability_of(c), 0, finished);
  EXPECT_EQ(policy.settled_sample(), 500);
  EXPECT_TRUE(policy.is_speaking());
  for (const char c : std::string("...")) policy.push(probability_of(c), 0, finished);
  EXPECT_EQ(policy.settled_sample(), 1'200);
  EXPECT_FALSE(policy.is_speaking());
}

TEST(SpeechPolicy, RefusesSettingsThatMakeNoSense) {
  EXPECT_TRUE(validate(SpeechPolicyOptions{}));
  const auto message = [](const SpeechPolicyOptions& options) {
    const auto result = validate(options);
    EXPECT_EQ(result.error().reason(), "vad.policy_options");
    return result.error().message();
  };
  EXPECT_THAT(message({.start_probability = 1.5F}), HasSubstr("between 0 and 1"));
  EXPECT_THAT(message({.start_probability = 0.3F, .end_probability = 0.6F}), HasSubstr("higher"));
  EXPECT_THAT(message({.speech_samples_min = -1}), HasSubstr("negative"));
  EXPECT_THAT(message({.padding_samples = kSampleRate}), HasSubstr("padding"));
  EXPECT_THAT(message({.interval_samples_max = 10}), HasSubstr("longest interval"));
}

}  // namespace
}  // namespace sotto::vad
