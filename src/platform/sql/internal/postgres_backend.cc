#include <algorithm>
#include <chrono>

#include "platform/sql/internal/backend.h"
#include "platform/sql/internal/pause.h"
#include "platform/sql/internal/postgres_connection.h"

namespace sotto::sql::internal {
namespace {

using std::chrono::steady_clock;

/// Says when a server that could not be reached may be tried again. Any thread.
class Reconnect {
 public:
  Reconnect(std::chrono::milliseconds least, std::chrono::milliseconds most, Random& random)
      : least_(least), most_(most), random_(random) {}

  Result<> check() {
    const MutexLock lock(mutex_);
    if (steady_clock::now() >= not_before_) return {};
    return Error(ErrorCode::kUnavailable, "sql.unavailable", "The database cannot be reached.")
        .with_detail("Tried a moment ago.");
  }
  void failed() {
    const MutexLock lock(mutex_);
    ++failures_;
    not_before_ = steady_clock::now() + backoff(failures_, least_, most_, random_);
  }
  void succeeded() {
    const MutexLock lock(mutex_);
    failures_ = 0;
  }

 private:
  const std::chrono::milliseconds least_;
  const std::chrono::milliseconds most_;
  Random& random_;
  Mutex mutex_;
  int failures_ SOTTO_GUARDED_BY(mutex_) = 0;
  steady_clock::time_point not_before_ SOTTO_GUARDED_BY(mutex_);
};

class PostgresBackend final : public Backend {
 public:
  PostgresBackend(PostgresParameters parameters, DatabaseOptions options, Random& random)
      : parameters_(std::move(parameters)),
        password_(std::move(options.password)),
        reconnect_(options.reconnect_delay_min, options.reconnect_delay_max, random),
        connections_(options.connections_max, options.waiting_max) {}

  Dialect dialect() const override { return Dialect::kPostgresql; }
  Pool& pool(Mode /*mode*/) override { return connections_; }
  bool stopped_uncleanly() const override { return false; }  // The server sees to that itself.

  Result<std::unique_ptr<Connection>> connect(const CallContext& context, Mode /*mode*/) override {
    SOTTO_ASSIGN(std::unique_ptr<Connection> connection, open(context));
    return connection;
  }

  Result<CheckReport> check(const CallContext& context) override {
    CheckReport report;
    SOTTO_ASSIGN(const Pool::Lease lease, begin(*this, context, Mode::kRead));
    auto& connection = *lease.get();
    const Result<> read = settings(connection, context, report);
    connection.rollback();
    SOTTO_TRY(read);
    return report;
  }

  Result<> erase_deleted(const CallContext& context) override {
    SOTTO_ASSIGN(const auto connection, open(context));
    return connection->run_alone(context, "vacuum");
  }

  Result<> close(const CallContext& context) override { return connections_.close(context); }

 private:
  Result<std::unique_ptr<PostgresConnection>> open(const CallContext& context) {
    SOTTO_TRY(reconnect_.check());
    auto connection = PostgresConnection::open(context, parameters_, password_, canceller_);
    if (connection) {
      reconnect_.succeeded();
    } else if (connection.error().code() == ErrorCode::kUnavailable) {
      reconnect_.failed();
    }
    return connection;
  }

  /// What would let a committed row be lost, or fill up the disk.
  static Result<> settings(Connection& connection, const CallContext& context,
                           CheckReport& report) {
    SOTTO_ASSIGN(const Outcome found,
                 connection.run(context,
                                "select current_setting('server_version'), "
                                "current_setting('fsync') = 'on', "
                                "current_setting('full_page_writes') = 'on', "
                                "current_setting('server_encoding'), pg_is_in_recovery()",
                                {}, QueryLimits{}));
    std::string version;
    bool fsync = false;
    bool full_page_writes = false;
    std::string encoding;
    bool is_standby = false;
    SOTTO_TRY(found.rows.at(0).read(version, fsync, full_page_writes, encoding, is_standby));
    report.engine = "PostgreSQL " + version;
    if (!fsync) report.problems.emplace_back("fsync is off: a power cut can destroy everything.");
    if (!full_page_writes)
      report.problems.emplace_back("full_page_writes is off: a power cut can damage pages.");
    if (encoding != "UTF8")
      report.problems.push_back("The database's encoding is " + encoding + " instead of UTF8.");
    if (is_standby) report.problems.emplace_back("The server is a standby: it cannot be written.");
    return {};
  }

  const PostgresParameters parameters_;
  const Secret password_;
  PostgresCanceller canceller_;
  Reconnect reconnect_;
  Pool connections_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_postgresql(const CallContext& context,
                                                 DatabaseOptions options, Random& random) {
  SOTTO_ASSIGN(PostgresParameters parameters, parse_postgres_url(options.location));
  auto backend =
      std::make_unique<PostgresBackend>(std::move(parameters), std::move(options), random);
  // To know at once, and to have the first connection at hand.
  SOTTO_ASSIGN(const Pool::Lease lease, begin(*backend, context, Mode::kRead));
  lease.get()->rollback();
  return backend;
}

}  // namespace sotto::sql::internal
