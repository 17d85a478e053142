#include "cli/report.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

TEST(Report, IsOneLineWithItsReason) {
  testing::internal::CaptureStderr();
  report("no\x1btes.wav", Error(ErrorCode::kNotFound, "runtime.not_found", "Cannot read it."));
  report("", Error(ErrorCode::kInvalidArgument, "cli.usage", "Say what to do."));
  report_warning("a.wav", "Samples were no numbers.", "media.non_finite_samples");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "sotto: notes.wav: Cannot read it. (runtime.not_found)\n"
            "sotto: Say what to do. (cli.usage)\n"
            "sotto: a.wav: warning: Samples were no numbers. (media.non_finite_samples)\n");
}

TEST(ExitStatus, TellsUsageFromFailureAndInterruption) {
  EXPECT_EQ(exit_status(Error(ErrorCode::kInvalidArgument, "cli.usage", "")), kExitUsage);
  EXPECT_EQ(exit_status(Error(ErrorCode::kNotFound, "models.unknown", "")), kExitUsage);
  EXPECT_EQ(exit_status(Error(ErrorCode::kNotFound, "runtime.not_found", "")), kExitFailed);
  EXPECT_EQ(exit_status(Error(ErrorCode::kCancelled, "base.cancelled", "")), kExitInterrupted);
}

}  // namespace
}  // namespace sotto::cli
