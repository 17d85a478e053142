#include "platform/runtime/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <iterator>
#include <unistd.h>

#include "platform/runtime/file.h"
#include "platform/runtime/testing/temp_dir.h"

namespace sotto::runtime {
namespace {

std::ptrdiff_t entry_count(const TempDir& folder) {
  return std::distance(std::filesystem::directory_iterator(folder.path()), {});
}

TEST(AtomicFile, AppearsAtCommitOnly) {
  const TempDir folder;
  auto file = AtomicFile::create(folder / "a.txt").value();
  ASSERT_TRUE(file->write("whole"));
  EXPECT_FALSE(std::filesystem::exists(folder / "a.txt"));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(read_file(folder / "a.txt", 100).value(), "whole");
  EXPECT_EQ(entry_count(folder), 1);
}

TEST(AtomicFile, LeavesNothingWhenDropped) {
  const TempDir folder;
  {
    auto file = AtomicFile::create(folder / "a.txt").value();
    ASSERT_TRUE(file->write("half"));
  }
  EXPECT_EQ(entry_count(folder), 0);
}

TEST(AtomicFile, ReplacesWithoutAMomentWithout) {
  const TempDir folder;
  for (const char* text : {"old", "new"}) {
    auto file = AtomicFile::create(folder / "a.txt").value();
    ASSERT_TRUE(file->write(text));
    ASSERT_TRUE(file->commit());
  }
  EXPECT_EQ(read_file(folder / "a.txt", 100).value(), "new");
}

TEST(AtomicFile, LetsTwoWritersFinishWhole) {
  const TempDir folder;
  auto first = AtomicFile::create(folder / "a.txt").value();
  auto second = AtomicFile::create(folder / "a.txt").value();
  ASSERT_TRUE(first->write("first"));
  ASSERT_TRUE(second->write("second"));
  ASSERT_TRUE(second->commit());
  ASSERT_TRUE(first->commit());
  EXPECT_EQ(read_file(folder / "a.txt", 100).value(), "first");
}

TEST(AtomicFile, NamesTheTroubleWithTheFolder) {
  const TempDir folder;
  const auto missing = AtomicFile::create(folder / "no/such/a.txt");
  EXPECT_EQ(missing.error().reason(), "runtime.not_found");
  const auto taken = AtomicFile::create(folder.path());
  EXPECT_EQ(taken.error().reason(), "runtime.is_a_folder");
}

TEST(AtomicFile, SaysWhenTheDiskIsFull) {
  // /dev/full answers every write with ENOSPC.
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  EXPECT_EQ(write_all(full.get(), "x", "write a.txt").error().code(),
            ErrorCode::kInsufficientStorage);
}

}  // namespace
}  // namespace sotto::runtime
