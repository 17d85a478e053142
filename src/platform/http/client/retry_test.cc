#include "platform/http/client/retry.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>

namespace sotto::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Gives one number for ever.
class StubRandom final : public Random {
 public:
  explicit StubRandom(std::uint64_t value) : value_(value) {}
  void fill(std::span<std::byte> bytes) override {
    std::memcpy(bytes.data(), &value_, std::min(bytes.size(), sizeof(value_)));
  }

 private:
  std::uint64_t value_;
};

TEST(Backoff, DoublesItsBoundUpToTheMaximum) {
  const RetryPolicy policy{.delay_base = milliseconds(100), .delay_max = milliseconds(350)};
  struct Case {
    int attempt;
    int bound;
  };
  for (const auto& [attempt, bound] : {Case{1, 100}, Case{2, 200}, Case{3, 350}, Case{60, 350}}) {
    StubRandom top(static_cast<std::uint64_t>(bound));
    EXPECT_EQ(backoff(policy, attempt, top), milliseconds(bound)) << attempt;
    StubRandom above(static_cast<std::uint64_t>(bound) + 1);
    EXPECT_EQ(backoff(policy, attempt, above), milliseconds(0)) << attempt;
  }
}

TEST(Backoff, NeverOverflows) {
  const RetryPolicy policy{.delay_base = milliseconds::max(), .delay_max = milliseconds::max()};
  StubRandom random(7);
  EXPECT_EQ(backoff(policy, 1'000'000, random), milliseconds(7));
}

TEST(RetryAfter, ReadsSecondsAndDates) {
  const WallTime now = WallTime(seconds(784'111'777));  // Sun, 06 Nov 1994 08:49:37 GMT.
  struct Case {
    const char* field = nullptr;
    std::optional<milliseconds> expected;
  };
  for (const auto& [field, expected] : {
           Case{"0", milliseconds(0)},
           Case{"120", seconds(120)},
           Case{" 5 ", seconds(5)},
           Case{"99999999999999999999999999", seconds(366L * 24 * 3600)},
           Case{"Sun, 06 Nov 1994 08:49:47 GMT", seconds(10)},
           Case{"Sunday, 06-Nov-94 08:49:47 GMT", seconds(10)},
           Case{"Sun Nov  6 08:49:47 1994", seconds(10)},
           Case{"Sun, 06 Nov 1994 08:00:00 GMT", milliseconds(0)},
           Case{"", std::nullopt},
           Case{"-1", std::nullopt},
           Case{"1.5", std::nullopt},
           Case{"soon", std::nullopt},
       })
    EXPECT_EQ(parse_retry_after(field, now), expected) << field;
  EXPECT_EQ(parse_retry_after(std::string(100, '1'), now), std::nullopt);
}

}  // namespace
}  // namespace sotto::http
