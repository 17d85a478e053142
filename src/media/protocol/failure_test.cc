#include "media/protocol/failure.h"

#include <gtest/gtest.h>

namespace sotto::media {
namespace {

TEST(Failure, HasTheReasonAndCodeOfItsKind) {
  const Error error = to_error({.kind = FailureKind::kUnsupported, .message = "m", .detail = "d"});
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error.reason(), "media.unsupported");
  EXPECT_EQ(error.message(), "m");
  EXPECT_EQ(error.detail(), "d");
}

TEST(Failure, TextsOfTheHelperAreMadePrintable) {
  const Error error = to_error({.kind = FailureKind::kEmpty, .message = "a\x1B[2Jb\xFF"});
  EXPECT_EQ(error.message().find('\x1B'), std::string::npos);
  EXPECT_EQ(error.message().find('\xFF'), std::string::npos);
}

}  // namespace
}  // namespace sotto::media
