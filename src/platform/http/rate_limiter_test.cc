#include "platform/http/rate_limiter.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace sotto::http {
namespace {

using std::chrono::seconds;

class RateLimiters : public testing::Test {
 protected:
  static Address address(const std::string& text) {
    const auto parsed = Address::parse(text);
    SOTTO_CHECK(parsed.has_value());
    return parsed ? *parsed : Address();
  }
  bool take(const std::string& from = "192.0.2.1", RateClass rate_class = RateClass::kGeneral) {
    return limiter_.take(address(from), rate_class, now_).allowed;
  }

  RateLimiter limiter_{{{{.per_minute = 60, .burst = 3},
                         {.per_minute = 6, .burst = 1},
                         {.per_minute = 60, .burst = 3},
                         {.per_minute = 60, .burst = 3}}}};
  RateLimiter::TimePoint now_;
};

TEST_F(RateLimiters, AllowABurstAndThenTheRate) {
  EXPECT_TRUE(take());
  EXPECT_TRUE(take());
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
  now_ += seconds(1);
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
}

TEST_F(RateLimiters, CountPrincipalsApartFromAddresses) {
  const auto take_as = [this](std::string_view principal) {
    return limiter_.take(principal, RateClass::kGeneral, now_).allowed;
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take_as("user:1"));
  EXPECT_FALSE(take_as("user:1"));
  EXPECT_TRUE(take_as("user:2"));
  EXPECT_TRUE(take());
  EXPECT_TRUE(limiter_.take("user:1", RateClass::kUpload, now_).allowed);
  now_ += seconds(1);
  EXPECT_TRUE(take_as("user:1"));
}

TEST_F(RateLimiters, TakeNewLimits) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take());
  EXPECT_FALSE(take());
  limiter_.set_limits({{{.per_minute = 600, .burst = 20}, {}, {}, {}}});
  EXPECT_FALSE(take());  // What was taken stays taken.
  now_ += seconds(1);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(take());
  EXPECT_FALSE(take());
  limiter_.set_limits({{{.per_minute = 60, .burst = 1}, {}, {}, {}}});
  now_ += seconds(60);
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
}

TEST_F(RateLimiters, NeverSaveUpMoreThanABurst) {
  take();
  now_ += seconds(1000);
  EXPECT_TRUE(take());
  EXPECT_TRUE(take());
  EXPECT_TRUE(take());
  EXPECT_FALSE(take());
}

TEST_F(RateLimiters, SayWhatIsLeft) {
  auto verdict = limiter_.take(address("192.0.2.1"), RateClass::kGeneral, now_);
  EXPECT_EQ(verdict.limit, 3U);
  EXPECT_EQ(verdict.remaining, 2U);
  EXPECT_EQ(verdict.reset, seconds(1));
  take("192.0.2.1", RateClass::kLogin);
  verdict = limiter_.take(address("192.0.2.1"), RateClass::kLogin, now_);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(verdict.reset, seconds(10));
}

TEST_F(RateLimiters, KeepAddressesAndClassesApart) {
  EXPECT_TRUE(take("192.0.2.1", RateClass::kLogin));
  EXPECT_FALSE(take("192.0.2.1", RateClass::kLogin));
  EXPECT_TRUE(take("192.0.2.2", RateClass::kLogin));
  EXPECT_TRUE(take("192.0.2.1", RateClass::kUpload));
}

TEST_F(RateLimiters, CountAnIpv6NetworkAsOne) {
  EXPECT_TRUE(take("2001:db8::1", RateClass::kLogin));
  EXPECT_FALSE(take("2001:db8::2:3:4:5", RateClass::kLogin));
  EXPECT_TRUE(take("2001:db8:0:1::1", RateClass::kLogin));
}

TEST_F(RateLimiters, BoundTheirMemoryAndStayStrict) {
  const auto nth = [](std::size_t i) {
    return std::to_string(11 + i / 65536) + '.' + std::to_string(i / 256 % 256) + '.' +
           std::to_string(i % 256) + ".1";
  };
  for (std::size_t i = 0; i < RateLimiter::kKeysMax * 2; ++i) take(nth(i));
  EXPECT_LE(limiter_.key_count(), RateLimiter::kKeysMax);
  EXPECT_FALSE(take(nth(RateLimiter::kKeysMax * 2 + 1)));  // Shares a bucket that is long empty.
  now_ += seconds(3);
  EXPECT_TRUE(take("192.0.2.1"));  // What was full again made room.
}

}  // namespace
}  // namespace sotto::http
