#pragma once

#include <chrono>

#include "base/context.h"

namespace sotto::http::internal {

/// That long from now; a time that no clock would reach is no deadline.
CallContext::TimePoint time_after(std::chrono::milliseconds delay);

/// Waits that long; the context's own errors where it ends before.
Result<> pause(const CallContext& context, std::chrono::milliseconds delay);

}  // namespace sotto::http::internal
