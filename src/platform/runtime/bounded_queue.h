#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "base/mutex.h"

namespace sotto::runtime {

/// A first-in first-out queue between threads that never holds more than `capacity` items.
///
/// push() waits for room and pop() for an item, both within their context. After close() no item
/// enters, what is inside can still be popped, and then pop() gives nothing. Any thread.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) { SOTTO_CHECK(capacity > 0); }

  /// "runtime.queue_closed" after close(); otherwise the context's own errors.
  Result<> push(const CallContext& context, T item) {
    {
      const MutexLock lock(mutex_);
      while (!closed_ && items_.size() >= capacity_) SOTTO_TRY(changed_.wait(context, mutex_));
      if (closed_) return closed_error();
      items_.push_back(std::move(item));
    }
    changed_.notify_all();
    return {};
  }

  /// Without waiting: "runtime.queue_full" (kOverloaded) where there is no room.
  Result<> try_push(T item) {
    {
      const MutexLock lock(mutex_);
      if (closed_) return closed_error();
      if (items_.size() >= capacity_)
        return Error(ErrorCode::kOverloaded, "runtime.queue_full", "Too much work is waiting.");
      items_.push_back(std::move(item));
    }
    changed_.notify_all();
    return {};
  }

  /// The oldest item; nothing once the queue is closed and empty.
  Result<std::optional<T>> pop(const CallContext& context) {
    std::optional<T> item;
    {
      const MutexLock lock(mutex_);
      while (!closed_ && items_.empty()) SOTTO_TRY(changed_.wait(context, mutex_));
      if (items_.empty()) return std::optional<T>();
      item = std::move(items_.front());
      items_.pop_front();
    }
    changed_.notify_all();
    return item;
  }

  /// How many items wait.
  std::size_t size() const {
    const MutexLock lock(mutex_);
    return items_.size();
  }

  void close() {
    {
      const MutexLock lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  static Error closed_error() {
    return Error(ErrorCode::kUnavailable, "runtime.queue_closed", "No more work is taken.");
  }

  const std::size_t capacity_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<T> items_ SOTTO_GUARDED_BY(mutex_);
  bool closed_ SOTTO_GUARDED_BY(mutex_) = false;
};

}  // namespace sotto::runtime
