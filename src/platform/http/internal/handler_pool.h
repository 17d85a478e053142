#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "platform/runtime/bounded_queue.h"

namespace sotto::http::internal {

/// The threads that run blocking handlers, behind a queue with a limit. Any thread.
class HandlerPool {
 public:
  HandlerPool(std::size_t thread_count, std::size_t waiting_max);
  ~HandlerPool();
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;

  /// "runtime.queue_full" where too many wait.
  Result<> submit(std::function<void()> work);
  /// Finishes what was submitted and joins.
  void stop();

  std::size_t waiting_count() const { return queue_.size(); }
  std::size_t busy_count() const { return busy_.load(std::memory_order_relaxed); }

 private:
  void run();

  runtime::BoundedQueue<std::function<void()>> queue_;
  std::atomic<std::size_t> busy_{0};
  std::vector<std::jthread> threads_;
};

}  // namespace sotto::http::internal
