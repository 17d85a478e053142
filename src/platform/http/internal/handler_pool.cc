#include "platform/http/internal/handler_pool.h"

#include <optional>
#include <utility>

namespace sotto::http::internal {

HandlerPool::HandlerPool(std::size_t thread_count, std::size_t waiting_max) : queue_(waiting_max) {
  threads_.reserve(thread_count);
  for (std::size_t i = 0; i < thread_count; ++i) threads_.emplace_back([this] { run(); });
}

HandlerPool::~HandlerPool() { stop(); }

Result<> HandlerPool::submit(std::function<void()> work) {
  return queue_.try_push(std::move(work));
}

void HandlerPool::stop() {
  queue_.close();
  threads_.clear();
}

void HandlerPool::run() {
  const CallContext context(CallContext::kNoDeadline, {});
  for (;;) {
    const auto work = queue_.pop(context);
    if (!work) return;
    const std::optional<std::function<void()>>& next = *work;
    if (!next) return;
    busy_.fetch_add(1, std::memory_order_relaxed);
    (*next)();
    busy_.fetch_sub(1, std::memory_order_relaxed);
  }
}

}  // namespace sotto::http::internal
