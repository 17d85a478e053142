#include "platform/sql/internal/sqlite_connection.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <sqlite3.h>
#include <utility>

#include "platform/sql/internal/pause.h"
#include "platform/sql/internal/sqlite_error.h"

namespace sotto::sql::internal {
namespace {

constexpr int kProgressSteps = 1'000;  // Of SQLite's machine between two looks at the context.
constexpr std::size_t kStatementsMax = 256;  // Kept prepared.
constexpr int kSqlBytesMax = 1 << 20;
constexpr std::chrono::microseconds kBusyPauseMin{500};
constexpr std::chrono::microseconds kBusyPauseMax{25'000};

class Binder {
 public:
  Binder(sqlite3_stmt* statement, int position) : statement_(statement), position_(position) {}

  int operator()(std::monostate) const { return sqlite3_bind_null(statement_, position_); }
  int operator()(std::int64_t number) const {
    return sqlite3_bind_int64(statement_, position_, number);
  }
  int operator()(double number) const { return sqlite3_bind_double(statement_, position_, number); }
  int operator()(bool flag) const { return sqlite3_bind_int(statement_, position_, flag ? 1 : 0); }
  int operator()(std::string_view text) const {
    // A null pointer would bind NULL. Values outlive the statement's run: no copy.
    return sqlite3_bind_text64(statement_, position_, text.data() ? text.data() : "", text.size(),
                               SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(Value::Blob bytes) const {
    if (bytes.empty()) return sqlite3_bind_zeroblob(statement_, position_, 0);
    return sqlite3_bind_blob64(statement_, position_, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  int operator()(const Uuid& uuid) const {
    return sqlite3_bind_blob64(statement_, position_, uuid.bytes().data(), uuid.bytes().size(),
                               SQLITE_TRANSIENT);
  }

 private:
  sqlite3_stmt* statement_;
  int position_;
};

Cell cell_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      // The text is asked for before its length, which SQLite wants.
      const unsigned char* text = sqlite3_column_text(statement, column);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return std::string(reinterpret_cast<const char*>(text), size);
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return size == 0 ? std::vector<std::byte>() : std::vector<std::byte>(bytes, bytes + size);
    }
    default:
      return std::monostate();
  }
}

/// Resets a statement, whatever way its run ends, so that it holds no lock and no parameter.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  ~Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

 private:
  sqlite3_stmt* statement_;
};

Error too_large() {
  return Error(ErrorCode::kTooLarge, "sql.result_too_large",
               "The database has more to answer than the call can take.");
}

}  // namespace

/// Lets the handlers see the call's context while it runs.
class SqliteConnection::Scope {
 public:
  Scope(SqliteConnection& connection, const CallContext& context) : connection_(connection) {
    connection_.context_ = &context;
  }
  ~Scope() { connection_.context_ = nullptr; }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  SqliteConnection& connection_;
};

void SqliteConnection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

SqliteConnection::SqliteConnection(std::unique_ptr<sqlite3, Close> database,
                                   SqliteSettings settings)
    : settings_(std::move(settings)), database_(std::move(database)) {}

SqliteConnection::~SqliteConnection() {
  for (const auto& [text, prepared] : statements_) sqlite3_finalize(prepared.statement);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const CallContext& context,
                                                                 const SqliteSettings& settings,
                                                                 bool is_writer) {
  sqlite3* raw = nullptr;
  // Without SQLITE_OPEN_CREATE: a file that went away must not come back empty.
  const int code = sqlite3_open_v2(settings.path.c_str(), &raw,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                       SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE,
                                   settings.vfs.empty() ? nullptr : settings.vfs.c_str());
  std::unique_ptr<sqlite3, Close> database(raw);
  if (code != SQLITE_OK)
    return sqlite_error(code, raw == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(raw), false);
  // The constructor is private, out of make_unique's reach.
  auto connection =
      std::unique_ptr<SqliteConnection>(new SqliteConnection(std::move(database), settings));
  SOTTO_TRY(connection->set_up(context, is_writer));
  return connection;
}

Result<> SqliteConnection::set_up(const CallContext& context, bool is_writer) {
  sqlite3* const database = database_.get();
  sqlite3_busy_handler(database, &on_busy, this);
  sqlite3_progress_handler(database, kProgressSteps, &on_progress, this);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, static_cast<int>(kValueBytesMax) + (1 << 20));
  sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, kSqlBytesMax);
  const std::pair<int, int> switches[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_FKEY, 1}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},     {SQLITE_DBCONFIG_DQS_DDL, 0}};
  for (const auto& [name, value] : switches)
    if (const int code = sqlite3_db_config(database, name, value, nullptr); code != SQLITE_OK)
      return failure(code);
  // Changing to WAL does not always call the busy handler, so it is asked for again.
  const auto until = std::chrono::steady_clock::now() + settings_.busy_wait_max;
  for (;;) {
    Result<> done = run_script(context, "pragma journal_mode = wal");
    if (done) break;
    const bool is_late = std::chrono::steady_clock::now() >= until;
    if (done.error().reason() != "sql.busy" || is_late) return done;
    SOTTO_TRY(pause(context, kBusyPauseMax));
  }
  // synchronous = full: a commit is on the disk before it is told. temp_store: no file beside ours.
  SOTTO_TRY(run_script(context,
                       "pragma synchronous = full; pragma secure_delete = on;"
                       "pragma cell_size_check = on; pragma mmap_size = 0;"
                       "pragma temp_store = memory; pragma journal_size_limit = 67108864"));
  if (!is_writer) SOTTO_TRY(run_script(context, "pragma query_only = on"));
  SOTTO_ASSIGN(const Outcome mode, run(context, "pragma journal_mode", {}, QueryLimits{}));
  const auto* name = mode.rows.empty() ? nullptr : std::get_if<std::string>(&mode.rows[0][0]);
  if (name == nullptr || *name != "wal")
    return Error(ErrorCode::kUnavailable, "sql.unavailable",
                 "The database's folder does not allow SQLite's write-ahead log; network file "
                 "systems do not.");
  return {};
}

int SqliteConnection::on_progress(void* self) {
  const CallContext* context = static_cast<SqliteConnection*>(self)->context_;
  return context != nullptr && !context->check() ? 1 : 0;
}

int SqliteConnection::on_busy(void* self, int count) {
  const auto& connection = *static_cast<SqliteConnection*>(self);
  if (connection.context_ == nullptr) return 0;
  const auto wait = std::min(kBusyPauseMin * (1 << std::min(count, 8)), kBusyPauseMax);
  // The waits so far, near enough: each is at least its own length.
  std::chrono::microseconds waited{0};
  for (int i = 0; i < count && waited <= connection.settings_.busy_wait_max; ++i)
    waited += std::min(kBusyPauseMin * (1 << std::min(i, 8)), kBusyPauseMax);
  if (waited >= connection.settings_.busy_wait_max) return 0;
  return pause(*connection.context_, wait) ? 1 : 0;
}

Error SqliteConnection::failure(int code) {
  if (spoils_connection(code)) usable_ = false;
  const int primary = code & 0xff;
  if (context_ != nullptr && (primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY))
    if (Result<> ended = context_->check(); !ended) return std::move(ended).error();
  return sqlite_error(code, sqlite3_errmsg(database_.get()), is_reading_);
}

Result<SqliteConnection::Prepared*> SqliteConnection::prepared(std::string_view text) {
  if (const auto found = statements_.find(text); found != statements_.end()) return &found->second;
  if (statements_.size() >= kStatementsMax) {
    // Any will do: a program has fewer statements than that, and preparing again costs little.
    sqlite3_finalize(statements_.begin()->second.statement);
    statements_.erase(statements_.begin());
  }
  Prepared prepared;
  const int code = sqlite3_prepare_v3(database_.get(), text.data(), static_cast<int>(text.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared.statement, nullptr);
  if (code != SQLITE_OK) return failure(code);
  for (int i = 1; i <= sqlite3_bind_parameter_count(prepared.statement); ++i) {
    // "$1" is a name to SQLite, numbered by where it stands first.
    const std::string_view name(sqlite3_bind_parameter_name(prepared.statement, i));
    std::size_t number = 0;
    std::from_chars(name.data() + 1, name.data() + name.size(), number);
    if (prepared.positions.size() < number) prepared.positions.resize(number);
    prepared.positions[number - 1] = i;
  }
  return &statements_.emplace(text, std::move(prepared)).first->second;
}

Result<> SqliteConnection::bind(const Prepared& prepared, std::span<const Value> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int code =
        std::visit(Binder(prepared.statement, prepared.positions[i]), values[i].held());
    if (code != SQLITE_OK) return failure(code);
  }
  return {};
}

Result<Outcome> SqliteConnection::run(const CallContext& context, std::string_view text,
                                      std::span<const Value> values, const QueryLimits& limits) {
  SOTTO_TRY(context.check());
  const Scope scope(*this, context);
  SOTTO_ASSIGN(Prepared* const prepared, this->prepared(text));
  const Reset reset(prepared->statement);
  SOTTO_TRY(bind(*prepared, values));
  Outcome outcome;
  std::size_t bytes = 0;
  for (;;) {
    const int code = sqlite3_step(prepared->statement);
    if (code == SQLITE_DONE) break;
    if (code != SQLITE_ROW) return failure(code);
    if (outcome.rows.size() >= limits.rows_max) return too_large();
    const int columns = sqlite3_column_count(prepared->statement);
    std::vector<Cell> cells;
    cells.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) {
      bytes += sizeof(Cell) +
               static_cast<std::size_t>(sqlite3_column_bytes(prepared->statement, column));
      if (bytes > limits.bytes_max) return too_large();
      cells.push_back(cell_of(prepared->statement, column));
    }
    outcome.rows.emplace_back(std::move(cells));
  }
  if (sqlite3_stmt_readonly(prepared->statement) == 0)
    outcome.changed = sqlite3_changes64(database_.get());
  return outcome;
}

Result<> SqliteConnection::run_script(const CallContext& context, std::string_view text) {
  const Scope scope(*this, context);
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    SOTTO_TRY(context.check());
    sqlite3_stmt* raw = nullptr;
    int code = sqlite3_prepare_v3(database_.get(), at, static_cast<int>(end - at), 0, &raw, &at);
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw,
                                                                               &sqlite3_finalize);
    if (code != SQLITE_OK) return failure(code);
    if (!statement) continue;  // Space or a comment.
    do {
      code = sqlite3_step(statement.get());
    } while (code == SQLITE_ROW);
    if (code != SQLITE_DONE) return failure(code);
  }
  return {};
}

Result<> SqliteConnection::check_moved() {
  int moved = 0;
  const int code = sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (code != SQLITE_OK || moved == 0) return {};
  // What is written to a file without a name is lost: better not to write.
  usable_ = false;
  return Error(ErrorCode::kUnavailable, "sql.unavailable",
               "The database's file was moved or deleted.");
}

Result<> SqliteConnection::begin(const CallContext& context, Mode mode) {
  SOTTO_TRY(check_moved());
  is_reading_ = mode == Mode::kRead;
  // A writer takes its lock at once, so that no statement has to wait for it half way.
  SOTTO_TRY(run(context, is_reading_ ? "begin" : "begin immediate", {}, QueryLimits{}));
  return {};
}

Result<> SqliteConnection::commit(const CallContext& context) {
  SOTTO_TRY(context.check());
  // Begun, it is seen through: broken off, nobody would know whether it happened.
  const CallContext through(CallContext::kNoDeadline, {});
  Result<Outcome> done = run(through, "commit", {}, QueryLimits{});
  if (done) return {};
  // Written but not known to be on the disk: after a power cut it may be there or not.
  if (sqlite3_extended_errcode(database_.get()) == SQLITE_IOERR_FSYNC)
    return Error(ErrorCode::kUnavailable, "sql.commit_unknown",
                 "The disk failed while it committed: what was to be done may have happened.")
        .with_cause(std::move(done).error());
  return std::move(done).error();
}

void SqliteConnection::rollback() noexcept {
  is_reading_ = false;
  if (sqlite3_get_autocommit(database_.get()) != 0) return;  // SQLite has done so already.
  const int code = sqlite3_exec(database_.get(), "rollback", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK || sqlite3_get_autocommit(database_.get()) == 0) usable_ = false;
}

}  // namespace sotto::sql::internal
