#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace sotto {

/// A clock that stands still until told to advance. Any thread.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime start = WallTime(std::chrono::hours(24 * 365 * 50)))
      : start_(start) {}

  WallTime now() const override { return start_ + elapsed_.load(); }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(elapsed_.load());
  }
  void advance(std::chrono::milliseconds by) { elapsed_ = elapsed_.load() + by; }

 private:
  const WallTime start_;
  std::atomic<std::chrono::milliseconds> elapsed_{std::chrono::milliseconds{0}};
};

}  // namespace sotto
