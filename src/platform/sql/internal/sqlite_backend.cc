#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/text.h"
#include "platform/runtime/system_error.h"
#include "platform/runtime/unique_fd.h"
#include "platform/sql/internal/backend.h"
#include "platform/sql/internal/open_mark.h"
#include "platform/sql/internal/sqlite_connection.h"

namespace sotto::sql::internal {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr std::size_t kProblemsMax = 20;

/// Makes the file where there is none, for its owner alone; SQLite gives the files beside it the
/// same mode. One that others can read was copied here: it is closed to them.
Result<> prepare_file(const std::string& path) {
  const std::string doing = "open the database " + printable(path);
  const runtime::UniqueFd fd(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, kFileMode));
  if (!fd) return runtime::system_error(errno, doing);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return runtime::system_error(errno, doing);
  if (!S_ISREG(status.st_mode))
    return Error(ErrorCode::kInvalidArgument, "sql.bad_options",
                 "The database " + printable(path) + " is not an ordinary file.");
  if ((status.st_mode & 077) != 0 && ::fchmod(fd.get(), kFileMode) != 0)
    return runtime::system_error(errno, doing);
  return {};
}

class SqliteBackend final : public Backend {
 public:
  SqliteBackend(SqliteSettings settings, const DatabaseOptions& options, OpenMark mark)
      : settings_(std::move(settings)),
        mark_(std::move(mark)),
        writers_(1, options.waiting_max),
        readers_(options.connections_max, options.waiting_max) {}

  Dialect dialect() const override { return Dialect::kSqlite; }
  Pool& pool(Mode mode) override { return mode == Mode::kRead ? readers_ : writers_; }
  bool stopped_uncleanly() const override { return mark_.was_left(); }

  Result<std::unique_ptr<Connection>> connect(const CallContext& context, Mode mode) override {
    SOTTO_ASSIGN(std::unique_ptr<Connection> connection,
                 SqliteConnection::open(context, settings_, mode != Mode::kRead));
    return connection;
  }

  /// Reads the whole file where it was left open; a damaged one is not for use.
  Result<> examine(const CallContext& context) {
    SOTTO_ASSIGN(const auto connection, SqliteConnection::open(context, settings_, true));
    if (!mark_.was_left()) return {};
    std::vector<std::string> problems;
    SOTTO_TRY(collect(*connection, context, "pragma quick_check(20)", problems));
    if (problems.empty()) return {};
    return Error(ErrorCode::kDataLoss, "sql.corrupt",
                 "The database is damaged; restore the last backup.")
        .with_detail(problems.front());
  }

  Result<CheckReport> check(const CallContext& context) override {
    CheckReport report;
    report.engine = std::string("SQLite ") + sqlite3_libversion();
    report.stopped_uncleanly = stopped_uncleanly();
    SOTTO_ASSIGN(const Pool::Lease lease, begin(*this, context, Mode::kRead));
    Result<> read = collect(*lease.get(), context, "pragma integrity_check(20)", report.problems);
    if (read) read = foreign_keys(*lease.get(), context, report.problems);
    lease.get()->rollback();
    // What is too broken to be read through is a finding too.
    if (!read && read.error().code() == ErrorCode::kDataLoss) {
      report.problems.push_back(read.error().message());
    } else {
      SOTTO_TRY(std::move(read));
    }
    return report;
  }

  Result<> erase_deleted(const CallContext& context) override {
    SOTTO_ASSIGN(Pool::Lease lease, writers_.acquire(context));
    if (lease.get() == nullptr) {
      SOTTO_ASSIGN(std::unique_ptr<Connection> connection, connect(context, Mode::kWrite));
      lease.fill(std::move(connection));
    }
    // Rows were overwritten when they were deleted (secure_delete); old pages live on in the log.
    return empty_log(*lease.get(), context);
  }

  Result<> close(const CallContext& context) override {
    // Who closes last empties the log into the file (SQLite does that itself) and says so.
    SOTTO_TRY(readers_.close(context));
    SOTTO_TRY(writers_.close(context));
    mark_.clear();
    return {};
  }

 private:
  static Result<> collect(Connection& connection, const CallContext& context, std::string_view text,
                          std::vector<std::string>& problems) {
    SOTTO_ASSIGN(const Outcome found, connection.run(context, text, {}, QueryLimits{}));
    for (const Row& row : found.rows) {
      std::string line;
      SOTTO_TRY(row.read(line));
      if (line != "ok" && problems.size() < kProblemsMax) problems.push_back(std::move(line));
    }
    return {};
  }

  static Result<> foreign_keys(Connection& connection, const CallContext& context,
                               std::vector<std::string>& problems) {
    SOTTO_ASSIGN(const Outcome found,
                 connection.run(context, "select distinct \"table\" from pragma_foreign_key_check",
                                {}, QueryLimits{}));
    for (const Row& row : found.rows) {
      std::string table;
      SOTTO_TRY(row.read(table));
      if (problems.size() < kProblemsMax)
        problems.push_back("Rows of " + table + " belong to rows that are not there.");
    }
    return {};
  }

  static Result<> empty_log(Connection& connection, const CallContext& context) {
    SOTTO_ASSIGN(const Outcome done,
                 connection.run(context, "pragma wal_checkpoint(truncate)", {}, QueryLimits{}));
    std::int64_t busy = 0;
    std::int64_t pages = 0;
    std::int64_t moved = 0;
    if (done.rows.empty())
      return Error(ErrorCode::kInternal, "sql.bad_statement", "A checkpoint gave no answer.");
    SOTTO_TRY(done.rows.front().read(busy, pages, moved));
    if (busy == 0) return {};
    SOTTO_TRY(context.check());
    return Error(ErrorCode::kOverloaded, "sql.busy", "Somebody reads the database for long.");
  }

  const SqliteSettings settings_;
  OpenMark mark_;
  Pool writers_;
  Pool readers_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_sqlite(const CallContext& context,
                                             const DatabaseOptions& options) {
  SOTTO_TRY(prepare_file(options.location));
  SOTTO_ASSIGN(OpenMark mark, OpenMark::set(options.location));
  SqliteSettings settings{options.location, options.sqlite_vfs, options.busy_wait_max};
  auto backend = std::make_unique<SqliteBackend>(std::move(settings), options, std::move(mark));
  SOTTO_TRY(backend->examine(context));
  return backend;
}

}  // namespace sotto::sql::internal
