#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/context.h"
#include "base/random.h"
#include "base/secret.h"
#include "platform/sql/migrations.h"
#include "platform/sql/transaction.h"

namespace sotto::sql {

namespace internal {
class Backend;
class Access;
enum class Mode : std::uint8_t;
}  // namespace internal

/// Which database, and its bounds.
struct DatabaseOptions {
  /// The path of an SQLite file (made where there is none), or
  /// "postgresql://user@host[:port]/database[?sslmode=verify-full&sslrootcert=FILE]". A path in
  /// `host=` means a Unix socket. Never with a password.
  std::string location;
  Secret password;                  ///< PostgreSQL only; empty where the server asks for none.
  std::size_t connections_max = 8;  ///< PostgreSQL: in all. SQLite: readers, beside one writer.
  std::size_t waiting_max = 256;    ///< Calls waiting for one; above: "sql.overloaded".
  /// How long a lock of another process is waited for where the call's deadline is later.
  std::chrono::milliseconds busy_wait_max{5'000};
  /// After a failed connect nobody tries again for this long, doubled up to the maximum: calls
  /// meanwhile fail at once.
  std::chrono::milliseconds reconnect_delay_min{50};
  std::chrono::milliseconds reconnect_delay_max{2'000};
  std::string sqlite_vfs;  ///< A registered VFS, for tests of broken disks; empty: the system's.
};

/// What check() found.
struct CheckReport {
  std::string engine;                 ///< "SQLite 3.40.1", "PostgreSQL 15.18".
  bool stopped_uncleanly = false;     ///< The last user did not close; the file was checked.
  std::vector<std::string> problems;  ///< Empty where all is well; for an operator.
};

/// The database: SQLite in a file of its own, or PostgreSQL. Any thread.
///
/// All work happens in closures over a transaction, given to one of
///
///     read(context, [](sql::ReadTransaction& t) -> Result<T> { ... })
///     write(context, [&](sql::Transaction& t) -> Result<T> { ... })
///
/// whose result is the closure's. An error from the closure rolls back and comes out unchanged.
/// Every wait (for a connection, a lock, a slow statement) ends with the context, whose own errors
/// then come out.
///
/// read() sees one snapshot. write() behaves as if transactions ran one after the other
/// (PostgreSQL: SERIALIZABLE, SQLite: one writer). Where PostgreSQL finds that this cannot be held,
/// the closure is run again, at most kAttemptsMax times, then "sql.contended": so it must change
/// nothing outside of its transaction, and begin its own variables anew. write_once() is for the
/// rare closure that cannot: it gets "sql.contended" at the first clash.
///
/// A closure must not call the database again (it would wait for itself), and must not wait for
/// anything but its statements.
///
/// Failures that callers tell apart by their reason: "sql.unique_violation",
/// "sql.foreign_key_violation", "sql.check_violation", "sql.not_null_violation";
/// "sql.unavailable" (gone; comes back by itself), "sql.busy", "sql.overloaded", "sql.contended";
/// "sql.commit_unknown" (gone while committing: it happened or it did not); "sql.disk_full",
/// "sql.read_only", "sql.corrupt". spec/errors.json has all.
class Database {
 public:
  static constexpr int kAttemptsMax = 10;

  /// Opens and checks it: after an unclean stop SQLite's file is examined (stopped_uncleanly() says
  /// so), and a damaged one refused. `clock` and `random` outlive the database.
  static Result<std::unique_ptr<Database>> open(const CallContext& context, DatabaseOptions options,
                                                const Clock& clock, Random& random);
  /// Closes, within five seconds.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  template <typename Body>
  auto read(const CallContext& context, Body&& body)
      -> std::invoke_result_t<Body&, ReadTransaction&> {
    std::optional<std::invoke_result_t<Body&, ReadTransaction&>> result;
    SOTTO_TRY(run_read(context, [&](ReadTransaction& t) { return keep(result, body(t)); }));
    return *std::move(result);  // NOLINT(bugprone-unchecked-optional-access): the body has run.
  }

  template <typename Body>
  auto write(const CallContext& context, Body&& body) -> std::invoke_result_t<Body&, Transaction&> {
    std::optional<std::invoke_result_t<Body&, Transaction&>> result;
    SOTTO_TRY(
        run_write(context, kAttemptsMax, [&](Transaction& t) { return keep(result, body(t)); }));
    return *std::move(result);  // NOLINT(bugprone-unchecked-optional-access): the body has run.
  }

  template <typename Body>
  auto write_once(const CallContext& context, Body&& body)
      -> std::invoke_result_t<Body&, Transaction&> {
    std::optional<std::invoke_result_t<Body&, Transaction&>> result;
    SOTTO_TRY(run_write(context, 1, [&](Transaction& t) { return keep(result, body(t)); }));
    return *std::move(result);  // NOLINT(bugprone-unchecked-optional-access): the body has run.
  }

  /// Brings the schema to the last of `migrations`, each in a transaction of its own; programs that
  /// start at once wait for each other. Refuses, changing nothing: "sql.bad_migration",
  /// "sql.migration_changed", "sql.schema_newer".
  Result<> migrate(const CallContext& context, std::span<const Migration> migrations);

  Dialect dialect() const;
  /// For `sotto doctor`: reads everything on SQLite, asks the server's settings on PostgreSQL.
  Result<CheckReport> check(const CallContext& context);
  /// Makes deleted rows unreadable on disk as far as the database can: SQLite has overwritten them
  /// already and here empties its log; PostgreSQL frees their place for new rows (VACUUM).
  Result<> erase_deleted(const CallContext& context);
  /// True where whoever used the file before us did not close it (SQLite).
  bool stopped_uncleanly() const;

  /// Waits for the transactions that are open, then closes; calls from now on are "sql.closed".
  Result<> close(const CallContext& context);

 private:
  explicit Database(std::unique_ptr<internal::Backend> backend, const Clock& clock, Random& random);

  template <typename T>
  static Result<> keep(std::optional<Result<T>>& place, Result<T> result) {
    place.emplace(std::move(result));
    if (!*place) return place->error();
    return {};
  }

  Result<> run_read(const CallContext& context,
                    const std::function<Result<>(ReadTransaction&)>& body);
  Result<> run_write(const CallContext& context, int attempts_max,
                     const std::function<Result<>(Transaction&)>& body);
  Result<> run_once(const CallContext& context, internal::Mode mode, bool& contended,
                    const std::function<Result<>(internal::Access&)>& body);

  const std::unique_ptr<internal::Backend> backend_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace sotto::sql
