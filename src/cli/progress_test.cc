#include "cli/progress.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace sotto::cli {
namespace {

using namespace std::chrono_literals;

TEST(ProgressLine, ShowsShareSpeedAndTimeLeft) {
  const ProgressState state{
      .name = "notes.wav", .done_ms = 189'000, .total_ms = 450'000, .elapsed = 10'500ms};
  EXPECT_EQ(progress_line(state, 100), "notes.wav  42%  3:09 of 7:30  18.0x real time  0:14 left");
}

TEST(ProgressLine, DoesWithoutATotal) {
  const ProgressState state{.name = "-", .done_ms = 3'600'000, .elapsed = 100s};
  EXPECT_EQ(progress_line(state, 100), "-  1:00:00  36.0x real time");
}

TEST(ProgressLine, SaysNothingOfSpeedAtTheStart) {
  EXPECT_EQ(progress_line({.name = "a", .total_ms = 60'000}, 100), "a  0%  0:00 of 1:00");
}

TEST(ProgressLine, FitsItsWidthAndHidesControls) {
  const ProgressState state{.name = "caf\xc3\xa9\x1b[2J", .done_ms = 1, .total_ms = 60'000};
  const std::string line = progress_line(state, 12);
  EXPECT_EQ(code_point_count(line), 12U);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace sotto::cli
