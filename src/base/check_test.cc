#include "base/check.h"

#include <gtest/gtest.h>

#include "base/result.h"

namespace sotto {
namespace {

TEST(Check, AbortsWithConditionAndPlace) {
  const int length = -1;
  EXPECT_DEATH(SOTTO_CHECK(length >= 0), "check_test.cc:.*check failed: length >= 0");
}

TEST(Check, LetsTrueConditionsPass) { SOTTO_CHECK(1 + 1 == 2); }

#if defined(SOTTO_DCHECKS)
TEST(Bug, AbortsWhereDebugChecksAreOn) {
  EXPECT_DEATH(static_cast<void>(SOTTO_BUG("turn without a user")), "bug: turn without a user");
}
#else
TEST(Bug, IsCountedAndBecomesAnInternalError) {
  const std::uint64_t before = bug_count();
  const Error error = SOTTO_BUG("turn without a user");
  EXPECT_EQ(error.code(), ErrorCode::kInternal);
  EXPECT_EQ(error.reason(), "base.bug");
  EXPECT_EQ(bug_count(), before + 1);
}
#endif

}  // namespace
}  // namespace sotto
