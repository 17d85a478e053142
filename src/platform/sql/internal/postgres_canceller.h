#pragma once

#include <memory>
#include <thread>

#include "platform/runtime/bounded_queue.h"

struct pg_cancel;
struct pg_conn;

namespace sotto::sql::internal {

/// Asks the server to stop statements whose callers have gone. libpq's PQcancel blocks until the
/// server has answered, so one thread of its own does it. Any thread.
class PostgresCanceller {
 public:
  PostgresCanceller();
  ~PostgresCanceller();
  PostgresCanceller(const PostgresCanceller&) = delete;
  PostgresCanceller& operator=(const PostgresCanceller&) = delete;

  /// Does nothing where too many wait: statement_timeout ends the statement then.
  void cancel(pg_conn* connection);

 private:
  struct Free {
    void operator()(pg_cancel* request) const;
  };
  void run();

  runtime::BoundedQueue<std::unique_ptr<pg_cancel, Free>> queue_;
  std::jthread thread_;
};

}  // namespace sotto::sql::internal
