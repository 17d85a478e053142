#include "base/mutex.h"

namespace sotto {

Result<> CondVar::wait(const CallContext& context, Mutex& mutex) {
  SOTTO_TRY(context.check());
  bool woken = false;
  // The predicate turns true at the first wake-up: the caller's loop holds the real condition.
  const auto once = [&woken] { return std::exchange(woken, true); };
  if (context.deadline() == CallContext::kNoDeadline) {
    condition_.wait(mutex.mutex_, context.stop(), once);
  } else {
    condition_.wait_until(mutex.mutex_, context.stop(), context.deadline(), once);
  }
  return context.check();
}

}  // namespace sotto
