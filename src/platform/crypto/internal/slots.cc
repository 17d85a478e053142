#include "platform/crypto/internal/slots.h"

namespace sotto::crypto::internal {

Result<> Slots::take(const CallContext& context) {
  SOTTO_TRY(context.check());  // Before work that cannot be stopped any more.
  const MutexLock lock(mutex_);
  while (free_ == 0) SOTTO_TRY(changed_.wait(context, mutex_));
  --free_;
  return {};
}

void Slots::give_back() {
  {
    const MutexLock lock(mutex_);
    ++free_;
  }
  changed_.notify_one();
}

}  // namespace sotto::crypto::internal
