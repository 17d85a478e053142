#include "platform/runtime/live.h"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <thread>

namespace sotto::runtime {
namespace {

TEST(Live, GivesWhatWasPublishedLast) {
  Live<std::string> live("first");
  const std::string& first = live.get();
  live.publish("second");
  EXPECT_EQ(live.get(), "second");
  EXPECT_EQ(first, "first");
}

TEST(Live, CallsWhoWatchesAfterTheChange) {
  Live<int> live(1);
  std::vector<int> seen;
  live.watch([&](const int& value) { seen.push_back(value * 10 + live.get()); });
  live.publish(2);
  live.publish(3);
  EXPECT_EQ(seen, (std::vector<int>{22, 33}));
}

// Readers on other threads only ever see whole values, and never an older one after a newer one.
TEST(Live, IsReadWhileItChanges) {
  constexpr int kChanges = 2000;
  Live<std::array<int, 16>> live({});
  const auto read = [&live](const std::stop_token& stop) {
    int last = 0;
    while (!stop.stop_requested()) {
      const std::array<int, 16>& value = live.get();
      for (const int part : value) EXPECT_EQ(part, value.front());
      EXPECT_GE(value.front(), last);
      last = value.front();
    }
  };
  std::jthread one(read);
  std::jthread two(read);
  for (int i = 1; i <= kChanges; ++i) {
    std::array<int, 16> next{};
    next.fill(i);
    live.publish(next);
  }
}

}  // namespace
}  // namespace sotto::runtime
