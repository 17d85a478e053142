#include "cli/output.h"

#include <array>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

TEST(TextOutput, ReplacesALinkAndLeavesItsFileAlone) {
  const TempDir folder;
  std::ofstream(folder / "real.txt") << "old";
  std::filesystem::create_symlink("real.txt", folder / "link.txt");
  TextOutput output = TextOutput::open(folder / "link.txt").value();
  ASSERT_TRUE(output.write("new text"));
  ASSERT_TRUE(output.commit());
  EXPECT_EQ(std::filesystem::file_size(folder / "real.txt"), 3U);
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "link.txt"));
  EXPECT_EQ(std::filesystem::file_size(folder / "link.txt"), 8U);
}

TEST(TextOutput, RefusesASocket) {
  const TempDir folder;
  const auto path = folder / "socket";
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  const runtime::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(TextOutput::open(path).error().reason(), "runtime.not_a_file");
  EXPECT_TRUE(std::filesystem::is_socket(path));
}

TEST(TextOutput, WritesIntoWhatIsNoFileAndNeverReplacesIt) {
  const TempDir folder;
  const auto fifo = folder / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const runtime::UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  TextOutput output = TextOutput::open(fifo).value();
  ASSERT_TRUE(output.write("text"));
  ASSERT_TRUE(output.commit());
  std::array<char, 10> heard{};
  EXPECT_EQ(::read(reader.get(), heard.data(), heard.size()), 4);
  EXPECT_TRUE(std::filesystem::is_fifo(fifo));
}

}  // namespace
}  // namespace sotto::cli
