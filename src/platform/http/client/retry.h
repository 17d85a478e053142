#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace sotto::http {

/// When an idempotent call is tried again.
struct RetryPolicy {
  int attempts_max = 3;                         ///< The first one counted; 1: never again.
  std::chrono::milliseconds delay_base{200};    ///< Doubled with each attempt, ...
  std::chrono::milliseconds delay_max{10'000};  ///< ... up to here.
  /// A server that asks for a longer pause in Retry-After gets no further attempt.
  std::chrono::milliseconds retry_after_max{30'000};
};

/// What a Retry-After field asks for (RFC 9110 §10.2.3): seconds, or a date in any of its three
/// forms; a date that has passed is 0. Nothing for what is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view field, WallTime now);

/// How long to wait before the attempt that follows number `attempt` (from 1): anything from 0 to
/// the doubled base, evenly ("full jitter": clients that failed together come back apart).
std::chrono::milliseconds backoff(const RetryPolicy& policy, int attempt, Random& random);

}  // namespace sotto::http
