#include "platform/runtime/file_lock.h"

#include <gtest/gtest.h>
#include <optional>

#include "platform/runtime/testing/temp_dir.h"

namespace sotto::runtime {
namespace {

using namespace std::chrono_literals;

TEST(FileLock, ExcludesASecondHolder) {
  const TempDir folder;
  const auto first = FileLock::acquire(CallContext::with_timeout(1min), folder / "lock");
  ASSERT_TRUE(first);
  EXPECT_EQ(FileLock::acquire(CallContext::with_timeout(1ms), folder / "lock").error().code(),
            ErrorCode::kDeadlineExceeded);
}

TEST(FileLock, IsFreeAgainAfterItsHolder) {
  const TempDir folder;
  { ASSERT_TRUE(FileLock::acquire(CallContext::with_timeout(1min), folder / "lock")); }
  EXPECT_TRUE(FileLock::acquire(CallContext::with_timeout(1min), folder / "lock"));
}

}  // namespace
}  // namespace sotto::runtime
