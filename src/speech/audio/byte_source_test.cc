#include "speech/audio/byte_source.h"

#include <fcntl.h>
#include <fstream>
#include <optional>
#include <unistd.h>

#include "platform/runtime/testing/temp_dir.h"
#include "speech/audio/testing/byte_source_contract.h"
#include "speech/audio/testing/media_files.h"

namespace sotto::audio {
namespace {

struct FileMaker {
  std::unique_ptr<ByteSource> make(const std::string& bytes) const {
    std::ofstream(folder / "bytes", std::ios::binary) << bytes;
    return open_source(folder / "bytes", {}).value();
  }
  const runtime::TempDir folder;
};

/// A file whose first bytes somebody else has read, as a shell does with `{ head -1; sotto … -; }`.
struct RestOfAFileMaker {
  std::unique_ptr<ByteSource> make(const std::string& bytes) const {
    std::ofstream(folder / "bytes", std::ios::binary) << "head" << bytes;
    runtime::UniqueFd fd(::open((folder / "bytes").c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(::lseek(fd.get(), 4, SEEK_SET), 4);
    return open_source(std::move(fd), {}).value();
  }
  const runtime::TempDir folder;
};

struct PipeMaker {
  std::unique_ptr<ByteSource> make(const std::string& bytes) {
    std::ofstream(folder / "bytes", std::ios::binary) << bytes;
    writer.emplace(cat(folder / "bytes"));
    return open_source(runtime::UniqueFd(::dup(writer->output().get())), {}).value();
  }
  const runtime::TempDir folder;
  std::optional<runtime::ChildProcess> writer;
};

INSTANTIATE_TYPED_TEST_SUITE_P(File, ByteSourceContract, FileMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(RestOfAFile, ByteSourceContract, RestOfAFileMaker);
INSTANTIATE_TYPED_TEST_SUITE_P(Pipe, ByteSourceContract, PipeMaker);

TEST(ByteSources, AFileIsSeekableAndOfKnownSizeAtOnce) {
  const FileMaker maker;
  const auto file = maker.make("0123456789");
  EXPECT_TRUE(file->seekable());
  EXPECT_EQ(file->size(), 10U);
}

TEST(ByteSources, APipeIsNeitherAtFirst) {
  PipeMaker maker;
  const auto pipe = maker.make("0123456789");
  EXPECT_FALSE(pipe->seekable());
  EXPECT_EQ(pipe->size(), std::nullopt);
}

}  // namespace
}  // namespace sotto::audio
