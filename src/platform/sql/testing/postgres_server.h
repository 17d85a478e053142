#pragma once

#include <filesystem>
#include <string>

#include "platform/runtime/testing/temp_dir.h"

namespace sotto::sql {

/// A PostgreSQL server of one test's own, to be stopped, frozen and killed: tools/test-postgres
/// does the work. A failure of that ends the test program.
class PostgresServer {
 public:
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  void start();
  void stop();
  /// SIGKILL to all its processes.
  void kill();
  /// SIGSTOP to all its processes: it takes connections, and answers nothing until thaw().
  void freeze();
  void thaw();

  /// postgresql://user@/database?host=..., on this server.
  std::string url(const std::string& user = "sotto",
                  const std::string& database = "postgres") const;

 private:
  void call(const char* command) const;

  runtime::TempDir folder_;
  bool is_running_ = false;
  bool is_frozen_ = false;
};

}  // namespace sotto::sql
