#include "speech/audio/pipe_source.h"

#include <array>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "platform/runtime/testing/temp_dir.h"
#include "speech/audio/testing/media_files.h"

namespace sotto::audio {
namespace {

using namespace std::chrono_literals;

class PipeSources : public testing::Test {
 protected:
  /// A source that reads `size` bytes, each the low byte of its offset's thousands, from a process.
  PipeSource source(std::size_t size, SpoolOptions options = {}) {
    const auto path = folder_ / "bytes";
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i / 1'000);
    std::ofstream(path, std::ios::binary) << bytes;
    writer_.emplace(cat(path));
    return {runtime::UniqueFd(::dup(writer_->output().get())), std::move(options)};
  }

  static std::byte expected(std::uint64_t offset) { return static_cast<std::byte>(offset / 1'000); }

  const runtime::TempDir folder_;
  std::optional<runtime::ChildProcess> writer_;
};

TEST_F(PipeSources, WhatHasPassedIsRefused) {
  PipeSource pipe = source(10'000);
  std::array<std::byte, 10> buffer{};
  EXPECT_EQ(pipe.read_at(soon(), 5'000, buffer).error().reason(), "media.protocol_violation");
}

TEST_F(PipeSources, SpoolingMakesItSeekable) {
  PipeSource pipe = source(3'000'000, {.folder = folder_.path()});
  std::array<std::byte, 10> buffer{};
  ASSERT_TRUE(pipe.read_at(soon(), 0, buffer));
  ASSERT_TRUE(pipe.make_seekable(soon()));
  EXPECT_TRUE(pipe.seekable());
  EXPECT_EQ(pipe.size(), 3'000'000U);
  for (const std::uint64_t offset : {2'999'000U, 5U, 1'500'000U}) {
    ASSERT_EQ(pipe.read_at(soon(), offset, buffer).value(), 10U);
    EXPECT_EQ(buffer[0], expected(offset));
  }
  // Nobody else sees the spool, and no crash leaves it behind.
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    files += entry.path().filename() != "bytes" ? 1 : 0;
  EXPECT_EQ(files, 0U);
}

TEST_F(PipeSources, ASpoolHasALimit) {
  PipeSource pipe = source(1'000'000, {.folder = folder_.path(), .bytes_max = 999'999});
  const auto spooled = pipe.make_seekable(soon());
  EXPECT_EQ(spooled.error().reason(), "audio.spool_full");
  EXPECT_NE(spooled.error().message().find("999999"), std::string::npos);
}

TEST_F(PipeSources, ASpoolFolderThatIsNotThereIsNamedByItsError) {
  PipeSource pipe = source(1'000, {.folder = folder_ / "missing"});
  EXPECT_EQ(pipe.make_seekable(soon()).error().reason(), "runtime.not_found");
}

TEST_F(PipeSources, WaitingForASilentWriterEndsWithItsContext) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const runtime::UniqueFd silent(ends[1]);
  PipeSource pipe(runtime::UniqueFd{ends[0]}, {});
  std::array<std::byte, 10> buffer{};
  EXPECT_EQ(pipe.read_at(CallContext::with_timeout(5ms), 0, buffer).error().code(),
            ErrorCode::kDeadlineExceeded);
}

TEST_F(PipeSources, AFolderIsNoSource) {
  EXPECT_EQ(open_source(folder_.path(), {}).error().reason(), "runtime.is_a_folder");
  EXPECT_EQ(open_source(folder_ / "nothing", {}).error().reason(), "runtime.not_found");
}

TEST_F(PipeSources, AContainerThatMustSeekIsSpooledWithinItsLimit) {
  const auto path = folder_ / "a.m4a";
  ASSERT_NO_FATAL_FAILURE(make_file({"-f", "lavfi", "-i", "sine=d=5"}, path));
  MediaHelper helper(built_helper());
  writer_.emplace(cat(path));
  PipeSource pipe(runtime::UniqueFd(::dup(writer_->output().get())), {.bytes_max = 1'000});
  EXPECT_EQ(decode(helper, pipe).error().reason(), "audio.spool_full");
}

}  // namespace
}  // namespace sotto::audio
