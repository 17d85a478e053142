#include "platform/sql/database.h"

#include "platform/sql/internal/access.h"
#include "platform/sql/internal/backend.h"
#include "platform/sql/internal/migrator.h"
#include "platform/sql/internal/pause.h"

namespace sotto::sql {
namespace {

constexpr std::chrono::milliseconds kClosing{5'000};  // What the destructor gives to closing.
// Between two runs of a closure that clashed with another.
constexpr std::chrono::milliseconds kRetryMin{2};
constexpr std::chrono::milliseconds kRetryMax{250};

Result<> check_options(const DatabaseOptions& options) {
  const auto bad = [](std::string message) {
    return Error(ErrorCode::kInvalidArgument, "sql.bad_options", std::move(message));
  };
  if (options.location.empty())
    return bad("A database needs a place: the path of a file or a postgresql:// URL.");
  if (options.connections_max < 1 || options.connections_max > 1'000)
    return bad("A database has 1 to 1000 connections.");
  if (options.busy_wait_max.count() < 0 || options.reconnect_delay_min.count() < 0 ||
      options.reconnect_delay_max < options.reconnect_delay_min)
    return bad("The database's waits are durations, the least not above the most.");
  return {};
}

/// Rolls back unless told that all went well, whatever way the scope is left.
class Undo {
 public:
  explicit Undo(internal::Connection& connection) : connection_(&connection) {}
  ~Undo() {
    if (connection_ != nullptr) connection_->rollback();
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  void dismiss() { connection_ = nullptr; }

 private:
  internal::Connection* connection_;
};

bool is_contended(const Error& error) { return error.reason() == "sql.contended"; }

}  // namespace

namespace internal {

Result<Pool::Lease> begin(Backend& backend, const CallContext& context, Mode mode) {
  SOTTO_ASSIGN(Pool::Lease lease, backend.pool(mode).acquire(context));
  const bool reused = lease.get() != nullptr;
  if (reused) {
    Result<> begun = lease.get()->begin(context, mode);
    if (begun) return lease;
    if (lease.get()->usable() || !context.check()) return std::move(begun).error();
    lease.fill(nullptr);
  }
  SOTTO_ASSIGN(std::unique_ptr<Connection> connection, backend.connect(context, mode));
  lease.fill(std::move(connection));
  SOTTO_TRY(lease.get()->begin(context, mode));
  return lease;
}

}  // namespace internal

Database::Database(std::unique_ptr<internal::Backend> backend, const Clock& clock, Random& random)
    : backend_(std::move(backend)), clock_(clock), random_(random) {}

Database::~Database() {
  // Nobody is left to tell: an unclean end is seen at the next start.
  static_cast<void>(close(CallContext::with_timeout(kClosing)));
}

Result<std::unique_ptr<Database>> Database::open(const CallContext& context,
                                                 DatabaseOptions options, const Clock& clock,
                                                 Random& random) {
  SOTTO_TRY(check_options(options));
  const std::string& location = options.location;
  std::unique_ptr<internal::Backend> backend;
  if (location.starts_with("postgresql://") || location.starts_with("postgres://")) {
    SOTTO_ASSIGN(backend, internal::open_postgresql(context, std::move(options), random));
  } else {
    if (location.find("://") != std::string::npos || !options.password.empty())
      return Error(ErrorCode::kInvalidArgument, "sql.bad_options",
                   "A database is the path of a file, which has no password, or a postgresql:// "
                   "URL.");
    SOTTO_ASSIGN(backend, internal::open_sqlite(context, options));
  }
  // The constructor is private, out of make_unique's reach.
  return std::unique_ptr<Database>(new Database(std::move(backend), clock, random));
}

Result<> Database::run_once(const CallContext& context, internal::Mode mode, bool& contended,
                            const std::function<Result<>(internal::Access&)>& body) {
  contended = false;
  Result<internal::Pool::Lease> lease = internal::begin(*backend_, context, mode);
  if (!lease) return std::move(lease).error();
  internal::Connection& connection = *lease->get();
  Undo undo(connection);
  internal::Access access(context, backend_->dialect(), connection);
  Result<> done = body(access);
  if (const auto& failure = access.failure()) {
    contended = is_contended(*failure);
    // A closure that passes over the failure of a statement has not done what it thinks.
    return done ? Result<>(*failure) : done;
  }
  SOTTO_TRY(std::move(done));
  Result<> committed = connection.commit(context);
  if (committed) {
    undo.dismiss();
  } else {
    contended = is_contended(committed.error());
  }
  return committed;
}

Result<> Database::run_read(const CallContext& context,
                            const std::function<Result<>(ReadTransaction&)>& body) {
  bool contended = false;  // A snapshot clashes with nobody.
  return run_once(context, internal::Mode::kRead, contended,
                  [&](internal::Access& access) { return body(access.transaction()); });
}

Result<> Database::run_write(const CallContext& context, int attempts_max,
                             const std::function<Result<>(Transaction&)>& body) {
  for (int attempt = 1;; ++attempt) {
    bool contended = false;
    Result<> done = run_once(context, internal::Mode::kWrite, contended,
                             [&](internal::Access& access) { return body(access.transaction()); });
    if (done || !contended || attempt >= attempts_max) return done;
    SOTTO_TRY(internal::pause(context, internal::backoff(attempt, kRetryMin, kRetryMax, random_)));
  }
}

Result<> Database::migrate(const CallContext& context, std::span<const Migration> migrations) {
  SOTTO_TRY(validate(migrations));
  bool more = true;
  while (more) {
    bool contended = false;
    SOTTO_TRY(run_once(
        context, internal::Mode::kMigrate, contended, [&](internal::Access& access) -> Result<> {
          SOTTO_ASSIGN(more, internal::migrate_one(access, migrations, clock_.now()));
          return {};
        }));
  }
  return {};
}

Dialect Database::dialect() const { return backend_->dialect(); }
Result<CheckReport> Database::check(const CallContext& context) { return backend_->check(context); }
Result<> Database::erase_deleted(const CallContext& context) {
  return backend_->erase_deleted(context);
}
bool Database::stopped_uncleanly() const { return backend_->stopped_uncleanly(); }
Result<> Database::close(const CallContext& context) { return backend_->close(context); }

}  // namespace sotto::sql
