#pragma once

#include <chrono>

#include "base/context.h"
#include "base/random.h"

namespace sotto::sql::internal {

/// Lets `duration` pass, or less where the context ends: then its error.
Result<> pause(const CallContext& context, std::chrono::microseconds duration);

/// A random part of `least` doubled `attempt` - 1 times (at most `most`), never under half of it,
/// so that those who clashed do not clash again.
std::chrono::microseconds backoff(int attempt, std::chrono::microseconds least,
                                  std::chrono::microseconds most, Random& random);

}  // namespace sotto::sql::internal
