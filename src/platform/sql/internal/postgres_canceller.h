#pragma once

#include <memory>
#include <thread>

struct pg_conn;

namespace sotto::sql::internal {

/// Asks the server to stop statements whose callers have gone. libpq's PQcancel blocks until the
/// server has answered, which one that hangs never does, so one thread of its own does it. Any
/// thread.
class PostgresCanceller {
 public:
  PostgresCanceller();
  /// Gives what waits a moment to be sent; then the thread is left behind.
  ~PostgresCanceller();
  PostgresCanceller(const PostgresCanceller&) = delete;
  PostgresCanceller& operator=(const PostgresCanceller&) = delete;

  /// Does nothing where too many wait: statement_timeout ends the statement then.
  void cancel(pg_conn* connection);

 private:
  struct State;
  static void run(State& state);

  std::shared_ptr<State> state_;  // The thread's too, which may outlive us.
  std::jthread thread_;
};

}  // namespace sotto::sql::internal
