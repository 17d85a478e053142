#include "base/result.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace sotto {
namespace {

Error failure() { return Error(ErrorCode::kNotFound, "test.missing", "Nothing there."); }

Result<int> half(int number) {
  if (number % 2 != 0) return failure();
  return number / 2;
}

Result<std::string> quarter(int number) {
  SOTTO_ASSIGN(const int once, half(number));
  SOTTO_ASSIGN(const int twice, half(once));
  return std::to_string(twice);
}

Result<> check_even(int number) {
  SOTTO_TRY(half(number));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(half(4).value(), 2);
  EXPECT_EQ(half(3).error().reason(), "test.missing");
  EXPECT_EQ(half(3).value_or(-1), -1);
}

TEST(Result, PropagatesThroughAssignAndTry) {
  EXPECT_EQ(quarter(8).value(), "2");
  EXPECT_EQ(quarter(6).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(check_even(2));
  EXPECT_FALSE(check_even(1));
}

TEST(Result, MovesValuesThatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, AbortsWhenTheWrongSideIsRead) {
  EXPECT_DEATH(static_cast<void>(half(3).value()), "check failed");
  EXPECT_DEATH(static_cast<void>(half(2).error()), "check failed");
}

}  // namespace
}  // namespace sotto
