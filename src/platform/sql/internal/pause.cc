#include "platform/sql/internal/pause.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/mutex.h"

namespace sotto::sql::internal {

using std::chrono::microseconds;
using std::chrono::steady_clock;

Result<> pause(const CallContext& context, microseconds duration) {
  Mutex mutex;
  CondVar never;
  const MutexLock lock(mutex);
  const auto until = steady_clock::now() + duration;
  while (steady_clock::now() < until) {
    // Its own deadline is the point: only the caller's errors count.
    static_cast<void>(never.wait(context.sooner(until), mutex));
    SOTTO_TRY(context.check());
  }
  return {};
}

microseconds backoff(int attempt, microseconds least, microseconds most, Random& random) {
  microseconds whole = least;
  for (int i = 1; i < attempt && whole < most; ++i) whole *= 2;
  whole = std::clamp(whole, microseconds(1), std::max(most, microseconds(1)));
  std::array<std::byte, 4> bytes{};
  random.fill(bytes);
  std::uint32_t draw = 0;
  std::memcpy(&draw, bytes.data(), sizeof draw);
  const auto half = whole.count() / 2;
  return microseconds(whole.count() - half + static_cast<std::int64_t>(draw) % (half + 1));
}

}  // namespace sotto::sql::internal
