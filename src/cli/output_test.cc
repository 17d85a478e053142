#include "cli/output.h"

#include <fstream>
#include <gtest/gtest.h>

#include "platform/runtime/testing/temp_dir.h"

namespace sotto::cli {
namespace {

using runtime::TempDir;
using transcript::Format;

std::string usage_of(const Result<std::vector<Target>>& plan) {
  return plan.error().reason() + ": " + plan.error().message();
}

TEST(PlanTargets, StandardOutputTakesTextsThatCanFollow) {
  EXPECT_EQ(plan_targets({"a.wav", "b.wav"}, "-", Format::kTxt).value(), std::vector<Target>(2));
  EXPECT_TRUE(plan_targets({"a.wav"}, "-", Format::kSrt));
  EXPECT_EQ(usage_of(plan_targets({"a.wav", "b.wav"}, "-", Format::kSrt)),
            "cli.usage: Several recordings as srt need a folder: -o FOLDER/.");
}

TEST(PlanTargets, AFolderTakesAFileAnInput) {
  const TempDir folder;
  const auto plan =
      plan_targets({"x/a.wav", "b.tar.mp3", "-"}, folder.path().native(), Format::kVtt).value();
  EXPECT_EQ(plan[0], folder / "a.vtt");
  EXPECT_EQ(plan[1], folder / "b.tar.vtt");
  EXPECT_EQ(plan[2], folder / "stdin.vtt");
}

TEST(PlanTargets, TwoInputsMayNotBecomeOneFile) {
  const TempDir folder;
  const auto plan = plan_targets({"x/a.wav", "y/a.mp3"}, folder.path().native(), Format::kTxt);
  EXPECT_NE(usage_of(plan).find("would both become"), std::string::npos);
}

TEST(PlanTargets, AFolderMustExist) {
  const TempDir folder;
  const std::string missing = (folder / "none").native();
  EXPECT_EQ(plan_targets({"a.wav"}, missing + "/", Format::kTxt).error().reason(),
            "runtime.not_found");
  EXPECT_EQ(plan_targets({"a.wav", "b.wav"}, missing, Format::kTxt).error().reason(), "cli.usage");
}

TEST(PlanTargets, NeverReplacesTheRecording) {
  const TempDir folder;
  const auto recording = folder / "notes.txt";
  std::ofstream(recording) << "sound";
  EXPECT_NE(usage_of(plan_targets({recording.native()}, recording.native(), Format::kTxt))
                .find("would replace the recording"),
            std::string::npos);
  EXPECT_NE(usage_of(plan_targets({recording.native()}, folder.path().native(), Format::kTxt))
                .find("would replace the recording"),
            std::string::npos);
}

TEST(TextOutput, AppearsAtCommitOnly) {
  const TempDir folder;
  const Target target = folder / "a.txt";
  {
    TextOutput output = TextOutput::open(target).value();
    ASSERT_TRUE(output.write("half"));
  }
  EXPECT_FALSE(std::filesystem::exists(*target));
  TextOutput output = TextOutput::open(target).value();
  ASSERT_TRUE(output.write("whole"));
  ASSERT_TRUE(output.commit());
  EXPECT_EQ(std::filesystem::file_size(*target), 5U);
}

}  // namespace
}  // namespace sotto::cli
