#include "media/timeline.h"

#include <gtest/gtest.h>
#include <limits>

namespace sotto::media {
namespace {

constexpr int kRate = 48'000;
constexpr int kFrame = 960;  // 20 ms.

TEST(Timeline, FramesWithoutTimestampsFollowEachOther) {
  Timeline timeline;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(timeline.place(std::nullopt).kind, Placement::Kind::kFollows);
    timeline.follow(kFrame, kRate);
  }
  EXPECT_EQ(timeline.end_us(), 2'000'000);
}

TEST(Timeline, SoundThatBeginsLateIsPrecededBySilence) {
  Timeline timeline;
  const Placement placement = timeline.place(7'000);
  EXPECT_EQ(placement.kind, Placement::Kind::kSilence);
  EXPECT_EQ(placement.us, 7'000);
  timeline.follow(kFrame, kRate);
  EXPECT_EQ(timeline.end_us(), 27'000);
}

TEST(Timeline, RoundedTimestampsNeverMakeSilenceNorDrift) {
  // Matroska rounds to milliseconds; 1,024 samples at 44.1 kHz are 23.22 ms.
  Timeline timeline;
  std::int64_t samples = 0;
  for (int i = 0; i < 500'000; ++i) {  // More than three hours.
    const std::int64_t exact_us = samples * 1'000'000 / 44'100;
    ASSERT_EQ(timeline.place(exact_us / 1000 * 1000).kind, Placement::Kind::kFollows) << i;
    timeline.follow(1024, 44'100);
    samples += 1024;
  }
  EXPECT_EQ(timeline.end_us(), samples * 1'000'000 / 44'100);
}

TEST(Timeline, AGapBecomesSilence) {
  Timeline timeline;
  timeline.place(0);
  timeline.follow(kFrame, kRate);
  const Placement placement = timeline.place(120'000);
  EXPECT_EQ(placement.kind, Placement::Kind::kSilence);
  EXPECT_EQ(placement.us, 100'000);
  EXPECT_EQ(timeline.end_us(), 120'000);
}

TEST(Timeline, GapsMayAddUpToADay) {
  constexpr std::int64_t kFrameUs = 20'000;
  Timeline timeline;
  timeline.place(0);
  timeline.follow(kFrame, kRate);
  for (int i = 0; i < 24 * 6; ++i) {
    ASSERT_EQ(timeline.place(timeline.end_us() + Timeline::kGapMax).kind, Placement::Kind::kSilence)
        << i;
    timeline.follow(kFrame, kRate);
  }
  EXPECT_EQ(timeline.place(timeline.end_us()).kind, Placement::Kind::kFollows);
  timeline.follow(kFrame, kRate);
  const Placement above = timeline.place(timeline.end_us() + 2 * kFrameUs + 1);
  EXPECT_EQ(above.kind, Placement::Kind::kGapsTooLong);
  EXPECT_EQ(above.us, Timeline::kGapTotalMax + 2 * kFrameUs + 1);
}

TEST(Timeline, ALostFrameIsReplacedExactly) {
  Timeline timeline;
  timeline.place(0);
  timeline.follow(kFrame, kRate);
  timeline.lost_something();
  const Placement placement = timeline.place(40'000);
  EXPECT_EQ(placement.kind, Placement::Kind::kSilence);
  EXPECT_EQ(placement.us, 20'000);
}

TEST(Timeline, GapsAreSilenceUpToTenMinutes) {
  Timeline most;
  most.place(0);
  EXPECT_EQ(most.place(Timeline::kGapMax).kind, Placement::Kind::kSilence);
  Timeline more;
  more.place(0);
  EXPECT_EQ(more.place(Timeline::kGapMax + 1).kind, Placement::Kind::kGapTooLong);
}

TEST(Timeline, AnOverlapIsTrimmed) {
  Timeline timeline;
  timeline.place(0);
  timeline.follow(kRate, kRate);
  const Placement placement = timeline.place(900'000);
  EXPECT_EQ(placement.kind, Placement::Kind::kTrim);
  EXPECT_EQ(placement.us, 100'000);
}

TEST(Timeline, AClockThatStartsAgainGoesOnWhereItWas) {
  Timeline timeline;
  timeline.place(0);
  timeline.follow(std::int64_t{60} * kRate, kRate);
  EXPECT_EQ(timeline.place(0).kind, Placement::Kind::kFollows);
  timeline.follow(kFrame, kRate);
  EXPECT_EQ(timeline.place(20'000).kind, Placement::Kind::kFollows);
  EXPECT_EQ(timeline.restart_count(), 1U);
  EXPECT_EQ(timeline.end_us(), 60'020'000);
}

TEST(Timeline, AChangeOfRateKeepsTheTime) {
  Timeline timeline;
  timeline.follow(kRate, kRate);
  timeline.follow(8'000, 8'000);
  EXPECT_EQ(timeline.end_us(), 2'000'000);
}

TEST(Timeline, AbsurdTimestampsDoNotOverflow) {
  for (const std::int64_t absurd :
       {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    Timeline timeline;
    timeline.place(0);
    timeline.follow(std::int64_t{1} << 40, 4'000);
    timeline.place(absurd);
    timeline.place(-absurd / 2);
    timeline.place(absurd);
    SUCCEED();
  }
}

}  // namespace
}  // namespace sotto::media
