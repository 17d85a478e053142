#include "base/error.h"

#include <gtest/gtest.h>
#include <set>

namespace sotto {
namespace {

TEST(ErrorCode, HasADistinctNameEach) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kDeadlineExceeded); ++code)
    names.insert(to_string(static_cast<ErrorCode>(code)));
  EXPECT_EQ(names.size(), 16U);
}

TEST(ErrorCode, OnlyPassingTroubleIsRetryable) {
  EXPECT_TRUE(is_retryable(ErrorCode::kUnavailable));
  EXPECT_TRUE(is_retryable(ErrorCode::kOverloaded));
  EXPECT_TRUE(is_retryable(ErrorCode::kDeadlineExceeded));
  EXPECT_FALSE(is_retryable(ErrorCode::kDataLoss));
  EXPECT_FALSE(is_retryable(ErrorCode::kCancelled));
}

TEST(Error, DescribesItselfWithDetailAndCauses) {
  const Error error = Error(ErrorCode::kUnavailable, "outer.failed", "Outer failed.")
                          .with_detail("fd 7")
                          .with_cause(Error(ErrorCode::kNotFound, "inner.missing", "No inner."));
  const std::string line = error.describe();
  EXPECT_NE(line.find("unavailable outer.failed: Outer failed. [fd 7]"), std::string::npos) << line;
  EXPECT_NE(line.find("because not_found inner.missing: No inner."), std::string::npos) << line;
}

TEST(Error, KeepsDetailOutOfTheMessage) {
  const Error error =
      Error(ErrorCode::kInternal, "x.y", "Something broke.").with_detail("/secret/path");
  EXPECT_EQ(error.message(), "Something broke.");
}

}  // namespace
}  // namespace sotto
