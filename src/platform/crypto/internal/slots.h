#pragma once

#include <cstddef>

#include "base/context.h"
#include "base/mutex.h"

namespace sotto::crypto::internal {

/// So many may be at work at once; the others wait within their context. Any thread.
class Slots {
 public:
  explicit Slots(std::size_t count) : free_(count) {}

  Result<> take(const CallContext& context);
  void give_back();

 private:
  Mutex mutex_;
  CondVar changed_;
  std::size_t free_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::crypto::internal
