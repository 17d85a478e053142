// Decoders and servers that die, hang or are not there: always an error of one file, never more.

#include "speech/audio/media_helper.h"

#include <array>
#include <fstream>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill(2) is not in <csignal>.
#include <thread>

#include "media/protocol/messages.h"
#include "media/protocol/packet_socket.h"
#include "platform/runtime/testing/temp_dir.h"
#include "speech/audio/testing/media_files.h"

namespace sotto::audio {
namespace {

using namespace std::chrono_literals;

/// The only child of a process, once it is there.
pid_t child_of(pid_t parent) {
  const std::string id = std::to_string(parent);
  for (;;) {
    std::ifstream file("/proc/" + id + "/task/" + id + "/children");
    pid_t child = 0;
    if (file >> child) return child;
    std::this_thread::yield();
  }
}

class MediaHelperProcesses : public testing::Test {
 protected:
  void SetUp() override {
    path_ = folder_ / "a.wav";
    make_file({"-f", "lavfi", "-i", "sine=f=1000:r=16000:d=120"}, path_);
  }

  std::unique_ptr<AudioStream> open_stream(MediaHelper& helper) {
    source_ = open_source(path_, {}).value();
    return AudioStream::open(soon(), helper, *source_, {}).value();
  }

  /// The error that ends the stream.
  static Error last_error(AudioStream& stream) {
    std::vector<float> buffer(16'000);
    for (;;) {
      const auto read = stream.read(soon(), buffer);
      if (!read) return read.error();
      SOTTO_CHECK(*read > 0);
    }
  }

  void expect_next_file_works(MediaHelper& helper) {
    const auto decoded = decode_file(helper, path_);
    ASSERT_TRUE(decoded) << decoded.error().describe();
    EXPECT_NEAR(decoded->seconds(), 120.0, 0.01);
  }

  const runtime::TempDir folder_;
  std::filesystem::path path_;
  std::unique_ptr<ByteSource> source_;
};

TEST_F(MediaHelperProcesses, AKilledDecoderIsAnErrorOfItsFile) {
  MediaHelper helper(built_helper());
  const auto stream = open_stream(helper);
  ::kill(child_of(helper.server_pid().value()), SIGKILL);
  const Error error = last_error(*stream);
  EXPECT_EQ(error.reason(), "media.helper_died");
  EXPECT_NE(error.message().find("signal 9"), std::string::npos) << error.message();
  expect_next_file_works(helper);
}

TEST_F(MediaHelperProcesses, AKilledServerIsStartedAgain) {
  MediaHelper helper(built_helper());
  const auto stream = open_stream(helper);
  const pid_t first = helper.server_pid().value();
  ::kill(first, SIGKILL);
  EXPECT_EQ(last_error(*stream).reason(), "media.helper_died");
  expect_next_file_works(helper);
  EXPECT_NE(helper.server_pid(), first);
}

TEST_F(MediaHelperProcesses, AStuckDecoderIsStopped) {
  MediaHelperOptions options = built_helper();
  options.silence_max = 300ms;
  MediaHelper helper(options);
  const auto stream = open_stream(helper);
  ::kill(child_of(helper.server_pid().value()), SIGSTOP);
  EXPECT_EQ(last_error(*stream).reason(), "media.helper_stuck");
  expect_next_file_works(helper);
}

TEST_F(MediaHelperProcesses, DroppingAStreamEndsItsDecoder) {
  MediaHelper helper(built_helper());
  pid_t child = 0;
  {
    const auto stream = open_stream(helper);
    child = child_of(helper.server_pid().value());
  }
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (::kill(child, 0) == 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_NE(::kill(child, 0), 0);
}

TEST_F(MediaHelperProcesses, AMissingProgramIsSaidToBeMissing) {
  MediaHelper helper({.program = folder_ / "sotto-media"});
  const auto job = helper.start_job(soon());
  EXPECT_EQ(job.error().reason(), "media.helper_missing");
  EXPECT_NE(job.error().message().find("sotto-media"), std::string::npos);
}

TEST_F(MediaHelperProcesses, AProgramThatIsNotOursIsNotTaken) {
  MediaHelper helper({.program = "/bin/true"});
  EXPECT_EQ(helper.start_job(soon()).error().reason(), "media.helper_missing");
}

TEST_F(MediaHelperProcesses, SeveralThreadsDecodeSideBySide) {
  MediaHelper helper(built_helper());
  std::array<double, 4> seconds{};
  {
    std::vector<std::jthread> threads;
    for (double& result : seconds)
      threads.emplace_back([&] {
        const auto decoded = decode_file(helper, path_);
        if (decoded) result = decoded->seconds();
      });
  }
  for (const double result : seconds) EXPECT_NEAR(result, 120.0, 0.01);
}

TEST_F(MediaHelperProcesses, ADecoderIsRefusedWhatItMayNotAsk) {
  // The child's end of a job, driven by hand: it opens with nonsense and must end, not answer.
  MediaHelper helper(built_helper());
  const auto job = helper.start_job(soon()).value();
  const std::array<std::byte, 3> nonsense{std::byte{0xFF}, std::byte{1}, std::byte{2}};
  ASSERT_EQ(media::send(job->socket(), nonsense, media::Waiting::kNo), media::Transfer::kDone);
  ASSERT_TRUE(media::wait_for(soon(), job->socket(), POLLIN, 1min).value());
  std::array<std::byte, 16> buffer{};
  EXPECT_EQ(media::receive(job->socket(), buffer, media::Waiting::kNo).value().transfer,
            media::Transfer::kClosed);
  EXPECT_EQ(job->end(soon()).value()->status, 0);
}

}  // namespace
}  // namespace sotto::audio
