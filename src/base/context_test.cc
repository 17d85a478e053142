#include "base/context.h"

#include <gtest/gtest.h>

namespace sotto {
namespace {

using namespace std::chrono_literals;

TEST(CallContext, IsGoodBeforeItsDeadline) { EXPECT_TRUE(CallContext::with_timeout(1h).check()); }

TEST(CallContext, FailsOnceLate) {
  const CallContext context(std::chrono::steady_clock::now() - 1ms, std::stop_token());
  EXPECT_EQ(context.check().error().reason(), "base.deadline_exceeded");
}

TEST(CallContext, FailsOnceStopped) {
  std::stop_source source;
  const CallContext context(CallContext::kNoDeadline, source.get_token());
  EXPECT_TRUE(context.check());
  source.request_stop();
  EXPECT_EQ(context.check().error().reason(), "base.cancelled");
}

TEST(CallContext, SoonerNeverExtends) {
  const CallContext context = CallContext::with_timeout(1h);
  EXPECT_EQ(context.sooner(context.deadline() + 1h).deadline(), context.deadline());
  EXPECT_EQ(context.sooner(context.deadline() - 1min).deadline(), context.deadline() - 1min);
}

TEST(CallContext, RemainingIsCappedAndNeverNegative) {
  EXPECT_EQ(CallContext::with_timeout(1h).remaining(50ms), 50ms);
  EXPECT_EQ(CallContext(CallContext::kNoDeadline, {}).remaining(50ms), 50ms);
  EXPECT_EQ(CallContext(std::chrono::steady_clock::now() - 1h, {}).remaining(50ms), 0ms);
}

}  // namespace
}  // namespace sotto
