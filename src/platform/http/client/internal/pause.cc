#include "platform/http/client/internal/pause.h"

#include "base/mutex.h"

namespace sotto::http::internal {

CallContext::TimePoint time_after(std::chrono::milliseconds delay) {
  constexpr std::chrono::hours kYears(24 * 365 * 10);  // Far below what overflows.
  if (delay > kYears) return CallContext::kNoDeadline;
  return std::chrono::steady_clock::now() + delay;
}

Result<> pause(const CallContext& context, std::chrono::milliseconds delay) {
  Mutex mutex;
  CondVar never;
  const CallContext until = context.sooner(time_after(delay));
  {
    const MutexLock lock(mutex);
    while (never.wait(until, mutex)) {
    }
  }
  return context.check();
}

}  // namespace sotto::http::internal
