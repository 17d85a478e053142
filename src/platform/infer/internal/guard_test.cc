#include "platform/infer/internal/guard.h"

#include <gtest/gtest.h>

namespace sotto::infer::internal {
namespace {

TEST(Guard, TurnsWhatTheLibraryThrowsIntoTheErrorNamed) {
  const auto result = guard(kRuntimeUnavailable,
                            []() -> int { throw Ort::Exception("no such provider", ORT_FAIL); });
  EXPECT_EQ(result.error().reason(), "infer.runtime_unavailable");
  EXPECT_EQ(result.error().detail(), "no such provider");
}

TEST(Guard, PassesValuesAndResultsThrough) {
  EXPECT_EQ(guard(kRunFailed, [] { return 7; }).value(), 7);
  EXPECT_EQ(guard(kRunFailed, [] { return Result<int>(8); }).value(), 8);
}

}  // namespace
}  // namespace sotto::infer::internal
