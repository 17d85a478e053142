#include "platform/sql/internal/pool.h"

#include <utility>

namespace sotto::sql::internal {

Pool::Pool(std::size_t capacity, std::size_t waiting_max)
    : capacity_(capacity), waiting_max_(waiting_max) {
  SOTTO_CHECK(capacity > 0);
}

Pool::Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}

Pool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}

Pool::Lease::~Lease() {
  if (pool_ != nullptr) pool_->release(std::move(connection_));
}

Result<Pool::Lease> Pool::acquire(const CallContext& context) {
  SOTTO_TRY(context.check());
  const MutexLock lock(mutex_);
  const std::uint64_t ticket = next_ticket_++;
  // Only who really has to wait counts as waiting.
  if ((leased_count_ >= capacity_ || !waiting_.empty()) && waiting_.size() >= waiting_max_)
    return Error(ErrorCode::kOverloaded, "sql.overloaded", "Too many calls wait for the database.");
  waiting_.push_back(ticket);
  Result<> waited;
  while (waited && !closed_ && (waiting_.front() != ticket || leased_count_ >= capacity_))
    waited = changed_.wait(context, mutex_);
  std::erase(waiting_, ticket);
  changed_.notify_all();
  if (closed_) return Error(ErrorCode::kUnavailable, "sql.closed", "The database is being closed.");
  if (!waited) return std::move(waited).error();
  ++leased_count_;
  std::unique_ptr<Connection> connection;
  if (!idle_.empty()) {
    connection = std::move(idle_.back());
    idle_.pop_back();
  }
  return Lease(*this, std::move(connection));
}

void Pool::release(std::unique_ptr<Connection> connection) {
  std::unique_ptr<Connection> dropped;  // Closed outside the lock: it may do I/O.
  {
    const MutexLock lock(mutex_);
    if (connection && connection->usable() && !closed_) {
      idle_.push_back(std::move(connection));
    } else {
      dropped = std::move(connection);
    }
  }
  dropped.reset();
  {
    const MutexLock lock(mutex_);
    --leased_count_;  // Only now: who closes the pool waits until the last one is really gone.
    // Under the lock: the closer may destroy the pool as soon as it gets it.
    changed_.notify_all();
  }
}

Result<> Pool::close(const CallContext& context) {
  std::vector<std::unique_ptr<Connection>> dropped;
  const MutexLock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  while (leased_count_ > 0) SOTTO_TRY(changed_.wait(context, mutex_));
  dropped.swap(idle_);
  return {};
}

}  // namespace sotto::sql::internal
