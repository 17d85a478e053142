#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/context.h"
#include "base/thread_annotations.h"

namespace sotto {

/// A mutex that clang's thread-safety analysis understands (std::mutex carries no annotations).
/// One a class; never held across I/O, inference or a callback.
class SOTTO_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() SOTTO_ACQUIRE() { mutex_.lock(); }
  void unlock() SOTTO_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class SOTTO_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SOTTO_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() SOTTO_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// A condition variable for Mutex whose waits end: at a notification, at the context's deadline, or
/// when its stop is requested. Spurious wake-ups happen: call it in a loop over the condition.
class CondVar {
 public:
  /// Ok after a wake-up, else kCancelled or kDeadlineExceeded. `mutex` is held before and after.
  Result<> wait(const CallContext& context, Mutex& mutex) SOTTO_REQUIRES(mutex);

  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable_any condition_;
};

}  // namespace sotto
