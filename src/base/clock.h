#pragma once

#include <chrono>

namespace sotto {

/// Milliseconds since the Unix epoch, UTC: how instants are stored and sent.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// The outside world's time, so that tests can hold it. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// What the calendar says; may jump.
  virtual WallTime now() const = 0;
  /// Only ever forward; for durations.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  WallTime now() const override;
  std::chrono::steady_clock::time_point steady_now() const override;
};

}  // namespace sotto
