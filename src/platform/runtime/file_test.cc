#include "platform/runtime/file.h"

#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "platform/runtime/system_error.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::runtime {
namespace {

void put(const std::filesystem::path& path, std::string_view text) {
  const UniqueFd fd(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
  ASSERT_TRUE(write_all(fd.get(), text, "write a test file"));
}

TEST(ReadFile, ReadsUpToItsLimit) {
  const TempDir folder;
  put(folder / "a", "12345");
  EXPECT_EQ(read_file(folder / "a", 6).value(), "12345");
  EXPECT_EQ(read_file(folder / "a", 5).value(), "12345");
  EXPECT_EQ(read_file(folder / "a", 4).error().reason(), "runtime.file_too_large");
}

TEST(OpenForReading, NamesWhatIsWrong) {
  const TempDir folder;
  EXPECT_EQ(open_for_reading(folder / "none").error().reason(), "runtime.not_found");
  EXPECT_EQ(open_for_reading(folder.path()).error().reason(), "runtime.is_a_folder");
  EXPECT_EQ(open_for_reading("/dev/zero").error().reason(), "runtime.not_a_file");
}

TEST(OpenForReading, KeepsControlCharactersOutOfItsMessage) {
  const auto result = open_for_reading("no\x1b[31msuch");
  EXPECT_EQ(result.error().message().find('\x1b'), std::string::npos);
}

TEST(SystemError, MapsWhatCallersReactTo) {
  EXPECT_EQ(system_error(EACCES, "x").reason(), "runtime.permission_denied");
  EXPECT_EQ(system_error(ENOSPC, "x").reason(), "runtime.disk_full");
  EXPECT_EQ(system_error(EMFILE, "x").reason(), "runtime.out_of_resources");
  EXPECT_EQ(system_error(EIO, "read it").reason(), "runtime.io_failed");
  EXPECT_EQ(system_error(EIO, "read it").message(), "Cannot read it: Input/output error.");
}

}  // namespace
}  // namespace sotto::runtime
