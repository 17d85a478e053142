#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "base/result.h"

namespace sotto {

/// What travels with a call: until when it may take, whether somebody stopped it, and the trace id
/// for the log. The first parameter of everything that waits.
///
/// A value: cheap to copy, safe to hand to another thread. Deadlines are on the steady clock, which
/// waits use themselves; business time comes from Clock.
class CallContext {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Said on purpose, for a person at a terminal who ends the call with Ctrl-C.
  static constexpr TimePoint kNoDeadline = TimePoint::max();

  CallContext(TimePoint deadline, std::stop_token stop, std::string trace_id = {});

  /// A context that ends `timeout` from now and cannot be stopped.
  static CallContext with_timeout(std::chrono::milliseconds timeout);

  TimePoint deadline() const { return deadline_; }
  const std::stop_token& stop() const { return stop_; }
  const std::string& trace_id() const { return trace_id_; }

  /// The same call with an earlier end; a later one changes nothing.
  CallContext sooner(TimePoint deadline) const;
  /// The same call, stopped by `stop` instead.
  CallContext with_stop(std::stop_token stop) const;

  /// kCancelled ("base.cancelled") once stopped, kDeadlineExceeded ("base.deadline_exceeded") once
  /// late, else ok. Long computations call it between their steps.
  Result<> check() const;

  /// Time left for a poll(2)-like wait: 0 once late, at most `cap`.
  std::chrono::milliseconds remaining(std::chrono::milliseconds cap) const;

 private:
  TimePoint deadline_;
  std::stop_token stop_;
  std::string trace_id_;
};

}  // namespace sotto
