#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace sotto::runtime {

/// A value that many threads read while one replaces it now and then: settings that a running
/// program takes anew. Who uses one gets a `const Live<T>&`; a test makes one of its own and
/// publishes.
///
/// get() is one load without a lock, so that it may stand on the path of every request. That is
/// paid for with memory: what was published stays until the end, since nobody knows who still reads
/// it. So publish only what a person changed.
template <typename T>
class Live {
 public:
  using Callback = std::function<void(const T&)>;

  explicit Live(T first) { keep(std::move(first)); }
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  /// The value of now. The reference stays good, and its value the same, as long as this object.
  const T& get() const { return *current_.load(std::memory_order_acquire); }

  /// Replaces the value, then calls who watches, in their order, on this thread. One thread at a
  /// time.
  void publish(T next) {
    const T& value = keep(std::move(next));
    std::vector<Callback> watchers;
    {
      const MutexLock lock(mutex_);
      watchers = watchers_;
    }
    for (const Callback& watcher : watchers) watcher(value);
  }

  /// Calls `watcher` after each change; what it uses must outlive the last publish().
  void watch(Callback watcher) const {
    const MutexLock lock(mutex_);
    watchers_.push_back(std::move(watcher));
  }

 private:
  const T& keep(T value) {
    const MutexLock lock(mutex_);
    const T& kept = versions_.emplace_back(std::move(value));
    current_.store(&kept, std::memory_order_release);
    return kept;
  }

  std::atomic<const T*> current_{nullptr};
  mutable Mutex mutex_;
  std::list<T> versions_ SOTTO_GUARDED_BY(mutex_);  // A list: what is kept never moves.
  mutable std::vector<Callback> watchers_ SOTTO_GUARDED_BY(mutex_);
};

}  // namespace sotto::runtime
