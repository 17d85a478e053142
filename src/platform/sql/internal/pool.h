#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "platform/sql/internal/connection.h"

namespace sotto::sql::internal {

/// At most `capacity` connections in use at a time; who comes first is served first. Any thread.
class Pool {
 public:
  Pool(std::size_t capacity, std::size_t waiting_max);

  /// The right to use one connection, given back when it goes.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection);
    ~Lease();
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;

    /// Null until fill(): the pool had no idle one.
    Connection* get() const { return connection_.get(); }
    void fill(std::unique_ptr<Connection> connection) { connection_ = std::move(connection); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// Waits within the context. "sql.overloaded" where too many wait already, "sql.closed" after
  /// close().
  Result<Lease> acquire(const CallContext& context);

  /// No lease is given any more; waits until those given are back, then drops what is idle.
  Result<> close(const CallContext& context);

 private:
  void release(std::unique_ptr<Connection> connection);

  const std::size_t capacity_;
  const std::size_t waiting_max_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::unique_ptr<Connection>> idle_ SOTTO_GUARDED_BY(mutex_);
  std::deque<std::uint64_t> waiting_ SOTTO_GUARDED_BY(mutex_);  // Tickets, the oldest first.
  std::uint64_t next_ticket_ SOTTO_GUARDED_BY(mutex_) = 0;
  std::size_t leased_count_ SOTTO_GUARDED_BY(mutex_) = 0;
  bool closed_ SOTTO_GUARDED_BY(mutex_) = false;
};

}  // namespace sotto::sql::internal
