#include "transcript/internal/time_text.h"

#include <gtest/gtest.h>

#include "transcript/validate.h"

namespace sotto::transcript::internal {
namespace {

TEST(TimeText, WritesClockTimes) {
  EXPECT_EQ(clock_text(0, ','), "00:00:00,000");
  EXPECT_EQ(clock_text(3'723'004, '.'), "01:02:03.004");
  EXPECT_EQ(clock_text(359'999'999, ','), "99:59:59,999");
  EXPECT_EQ(clock_text(360'000'000, ','), "100:00:00,000");
  EXPECT_EQ(clock_text(-5, ','), "00:00:00,000");
}

struct TimingCase {
  std::string_view line;
  Milliseconds start_ms;
  Milliseconds end_ms;
};

TEST(TimeText, ReadsTimingsAsFoundInTheWild) {
  constexpr TimingCase kCases[] = {
      {"00:00:01,000 --> 00:00:02,500", 1000, 2500},
      {"00:00:01.000 --> 00:00:02.500", 1000, 2500},
      {"  0:00:01,000-->0:00:02,500  ", 1000, 2500},
      {"00:01.000 --> 01:02.500 align:start line:0%", 1000, 62'500},
      {"100:00:00,000\t-->\t100:00:01,000\tX1:10", 360'000'000, 360'001'000},
      {"00:00:01 --> 00:00:02", 1000, 2000},
      {"1000000:00:00,000 --> 1000000:00:00,000", kTimeMsMax, kTimeMsMax}};
  for (const TimingCase& wanted : kCases) {
    SCOPED_TRACE(wanted.line);
    const auto timing = parse_timing(wanted.line);
    ASSERT_TRUE(timing);
    EXPECT_EQ(timing->start_ms, wanted.start_ms);
    EXPECT_EQ(timing->end_ms, wanted.end_ms);
  }
}

TEST(TimeText, RefusesOtherLines) {
  for (const std::string_view line :
       {"", "-->", "00:00:01,000", "00:00:01,000 -> 00:00:02,000", "00:60:01,000 --> 00:00:02,000",
        "00:00:61,000 --> 00:00:02,000", "00:00:01,00 --> 00:00:02,000",
        "00:00:01,0000 --> 00:00:02,000", "00:00:01,000 --> 00:00:02,000x",
        "-00:00:01,000 --> 00:00:02,000", "1000000:00:00,001 --> 1000000:00:00,001",
        "99999999:00:00,000 --> 99999999:00:00,000", "1 --> 2"}) {
    EXPECT_FALSE(parse_timing(line)) << line;
  }
}

}  // namespace
}  // namespace sotto::transcript::internal
