#include "platform/sql/internal/postgres_connection.h"

#include <algorithm>
#include <chrono>
#include <poll.h>
#include <utility>

#include <libpq-fe.h>

#include "platform/sql/internal/postgres_error.h"
#include "platform/sql/internal/postgres_values.h"

namespace sotto::sql::internal {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kStatementsMax = 256;  // Kept prepared on the server.
// The server ends by itself what a lost client left running, this long after the caller's deadline.
constexpr milliseconds kServerGrace{1'000};
constexpr milliseconds kConnectMax{10'000};  // A server that does not answer is not there.
constexpr milliseconds kStatementMax{24 * 60 * 60 * 1'000};
constexpr milliseconds kCommitGrace{2'000};  // What a commit gets beyond a nearer deadline.
constexpr milliseconds kRollbackMax{1'000};

// A server that was told to be less careful is told otherwise for our connections;
// client_connection_check_interval lets it notice a client that died during a long statement.
constexpr const char* kServerSettings =
    "-c synchronous_commit=on -c client_connection_check_interval=1000 "
    "-c standard_conforming_strings=on -c bytea_output=hex";

Error unavailable(std::string detail) {
  return Error(ErrorCode::kUnavailable, "sql.unavailable", "The database cannot be reached.")
      .with_detail(std::move(detail));
}

std::string field(const pg_result* answer, int code) {
  const char* text = PQresultErrorField(answer, code);
  return text == nullptr ? std::string() : std::string(text);
}

/// The SQLSTATE in "...FATAL:  28000: role ...", the only place where libpq 15 shows that of a
/// failed connect (the verbose form has it in every language).
std::string state_in(std::string_view text) {
  constexpr std::size_t kStateSize = 5;
  for (std::size_t at = text.find(":  "); at != std::string_view::npos;
       at = text.find(":  ", at + 1)) {
    const std::string_view state = text.substr(at + 3, kStateSize);
    if (state.size() == kStateSize && text.substr(at + 3 + kStateSize).starts_with(':'))
      return std::string(state);
  }
  return {};
}

void ignore_notice(void* /*unused*/, const char* /*message*/) {}

}  // namespace

void PostgresConnection::CloseConnection::operator()(pg_conn* connection) const {
  PQfinish(connection);
}
void PostgresConnection::ClearResult::operator()(pg_result* result) const { PQclear(result); }

PostgresConnection::PostgresConnection(Connected connection, SocketWait wait,
                                       PostgresCanceller& canceller)
    : connection_(std::move(connection)), wait_(std::move(wait)), canceller_(canceller) {}

PostgresConnection::~PostgresConnection() = default;

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(
    const CallContext& context, const PostgresParameters& parameters, const Secret& password,
    PostgresCanceller& canceller) {
  SOTTO_TRY(context.check());
  SOTTO_ASSIGN(SocketWait wait, SocketWait::create());
  std::vector<const char*> names;
  std::vector<const char*> values;
  const auto add = [&](const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  };
  for (const auto& [name, value] : parameters) add(name.c_str(), value.c_str());
  const std::string revealed(password.reveal());
  if (!revealed.empty()) add("password", revealed.c_str());
  add("passfile", "/dev/null/none");  // Not the user's own file: the password comes from one place.
  add("application_name", "sotto");
  add("client_encoding", "UTF8");
  add("gssencmode", "disable");
  add("options", kServerSettings);
  add("keepalives_idle", "30");
  add("tcp_user_timeout", "15000");  // Bounds PQcancel too where the machine is gone.
  add(nullptr, nullptr);
  Connected raw(PQconnectStartParams(names.data(), values.data(), 0));
  if (!raw) return unavailable("No memory for a connection.");
  if (PQstatus(raw.get()) == CONNECTION_BAD) return unavailable(PQerrorMessage(raw.get()));
  PQsetErrorVerbosity(raw.get(), PQERRORS_VERBOSE);
  PQsetNoticeProcessor(raw.get(), &ignore_notice, nullptr);
  // The constructor is private, out of make_unique's reach.
  auto connection = std::unique_ptr<PostgresConnection>(
      new PostgresConnection(std::move(raw), std::move(wait), canceller));
  const auto until = std::chrono::steady_clock::now() + kConnectMax;
  if (Result<> connected = connection->connect(context.sooner(until)); !connected) {
    const bool is_ours = connected.error().code() == ErrorCode::kDeadlineExceeded;
    if (is_ours && context.check()) return unavailable("The server does not answer.");
    return std::move(connected).error();
  }
  return connection;
}

Result<> PostgresConnection::connect(const CallContext& context) {
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    if (next == PGRES_POLLING_FAILED) {
      const std::string text = PQerrorMessage(connection_.get());
      const bool needs_password = PQconnectionNeedsPassword(connection_.get()) != 0;
      const std::string state = needs_password ? "28P01" : state_in(text);
      return state.empty() ? unavailable(text) : postgres_error(state, text, false);
    }
    SOTTO_TRY(wait_.wait(context, PQsocket(connection_.get()),
                         next == PGRES_POLLING_READING ? POLLIN : POLLOUT));
    next = PQconnectPoll(connection_.get());
  }
  if (PQsetnonblocking(connection_.get(), 1) != 0) return lost();
  return {};
}

Error PostgresConnection::lost() {
  usable_ = false;
  return unavailable(PQerrorMessage(connection_.get()));
}

Result<> PostgresConnection::wait(const CallContext& context, short events) {
  Result<> done = wait_.wait(context, PQsocket(connection_.get()), events);
  if (done) return done;
  // Nobody waits for the answer: the statement is stopped, and the connection, in the middle of
  // something, is given up.
  usable_ = false;
  canceller_.cancel(connection_.get());
  return done;
}

Result<> PostgresConnection::flush(const CallContext& context) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left < 0) return lost();
    if (left == 0) return {};
    SOTTO_TRY(wait(context, POLLIN | POLLOUT));
    if (PQconsumeInput(connection_.get()) == 0) return lost();
  }
}

Result<PostgresConnection::Answer> PostgresConnection::next(const CallContext& context) {
  while (PQisBusy(connection_.get()) != 0) {
    SOTTO_TRY(wait(context, POLLIN));
    if (PQconsumeInput(connection_.get()) == 0) return lost();
  }
  return Answer(PQgetResult(connection_.get()));
}

Result<> PostgresConnection::check(const pg_result* answer) {
  switch (PQresultStatus(answer)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
      return {};
    default:
      break;
  }
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return lost();
  const std::string state = field(answer, PG_DIAG_SQLSTATE);
  if (state.empty()) return lost();
  // The primary message and the constraint's name, but not the detail, which quotes the row.
  std::string text = field(answer, PG_DIAG_MESSAGE_PRIMARY);
  if (const std::string name = field(answer, PG_DIAG_CONSTRAINT_NAME); !name.empty())
    text += " (" + name + ')';
  Error error = postgres_error(state, std::move(text), is_reading_);
  if (error.code() == ErrorCode::kUnavailable && error.reason() != "sql.read_only") usable_ = false;
  return error;
}

Result<PostgresConnection::Answer> PostgresConnection::only(const CallContext& context) {
  SOTTO_TRY(flush(context));
  Answer last;
  Result<> outcome;
  for (;;) {
    SOTTO_ASSIGN(Answer answer, next(context));
    if (!answer) break;
    if (outcome) outcome = check(answer.get());
    last = std::move(answer);
  }
  SOTTO_TRY(std::move(outcome));
  if (!last) return lost();
  return last;
}

Result<const PostgresConnection::Prepared*> PostgresConnection::prepared(const CallContext& context,
                                                                         std::string_view text) {
  if (const auto found = statements_.find(text); found != statements_.end()) return &found->second;
  if (statements_.size() >= kStatementsMax) {
    const std::string command = "deallocate " + statements_.begin()->second.name;
    if (PQsendQuery(connection_.get(), command.c_str()) == 0) return lost();
    SOTTO_TRY(only(context));
    statements_.erase(statements_.begin());
  }
  Prepared prepared;
  prepared.name = "s" + std::to_string(next_name_++);
  const std::string terminated(text);
  if (PQsendPrepare(connection_.get(), prepared.name.c_str(), terminated.c_str(), 0, nullptr) == 0)
    return lost();
  SOTTO_TRY(only(context));
  if (PQsendDescribePrepared(connection_.get(), prepared.name.c_str()) == 0) return lost();
  SOTTO_ASSIGN(const Answer described, only(context));
  for (int i = 0; i < PQnparams(described.get()); ++i)
    prepared.types.push_back(static_cast<std::uint32_t>(PQparamtype(described.get(), i)));
  return &statements_.emplace(text, std::move(prepared)).first->second;
}

Result<> PostgresConnection::send_values(const Prepared& prepared, std::span<const Value> values) {
  SOTTO_ASSIGN(const PostgresArguments arguments, PostgresArguments::make(values, prepared.types));
  if (PQsendQueryPrepared(connection_.get(), prepared.name.c_str(), arguments.count(),
                          arguments.pointers(), arguments.sizes(), arguments.formats(), 1) == 0)
    return lost();
  // Row by row, so that libpq does not hold all of an answer that is too large.
  if (PQsetSingleRowMode(connection_.get()) == 0) return lost();
  return {};
}

Result<Outcome> PostgresConnection::run(const CallContext& context, std::string_view text,
                                        std::span<const Value> values, const QueryLimits& limits) {
  SOTTO_TRY(context.check());
  SOTTO_ASSIGN(const Prepared* const prepared, this->prepared(context, text));
  SOTTO_TRY(send_values(*prepared, values));
  SOTTO_TRY(flush(context));
  Outcome outcome;
  Result<> done;
  std::size_t bytes = 0;
  const auto give_up = [&](Error error) {
    // The rest is not worth reading.
    usable_ = false;
    canceller_.cancel(connection_.get());
    return error;
  };
  for (;;) {
    SOTTO_ASSIGN(const Answer answer, next(context));
    if (!answer) break;
    if (done) done = check(answer.get());
    if (!done) continue;
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
      const int columns = PQnfields(answer.get());
      std::vector<Cell> cells;
      cells.reserve(static_cast<std::size_t>(columns));
      for (int column = 0; column < columns; ++column) {
        bytes += sizeof(Cell) + static_cast<std::size_t>(PQgetlength(answer.get(), row, column));
        Result<Cell> cell = postgres_cell(answer.get(), row, column);
        if (!cell) return give_up(std::move(cell).error());
        cells.push_back(std::move(cell).value());
      }
      if (bytes > limits.bytes_max || outcome.rows.size() >= limits.rows_max)
        return give_up(Error(ErrorCode::kTooLarge, "sql.result_too_large",
                             "The database has more to answer than the call can take."));
      outcome.rows.emplace_back(std::move(cells));
    }
    const std::string_view count = PQcmdTuples(answer.get());
    const std::string_view command = PQcmdStatus(answer.get());
    if (!count.empty() && !command.starts_with("SELECT"))
      outcome.changed = std::strtoll(count.data(), nullptr, 10);
  }
  SOTTO_TRY(std::move(done));
  return outcome;
}

Result<> PostgresConnection::run_alone(const CallContext& context, std::string_view text) {
  const std::string terminated(text);
  SOTTO_TRY(context.check());
  if (PQsendQuery(connection_.get(), terminated.c_str()) == 0) return lost();
  SOTTO_TRY(only(context));
  return {};
}

Result<> PostgresConnection::run_script(const CallContext& context, std::string_view text) {
  return run_alone(context, text);
}

Result<> PostgresConnection::begin(const CallContext& context, Mode mode) {
  is_reading_ = mode == Mode::kRead;
  const milliseconds most = context.remaining(kStatementMax) + kServerGrace;
  // Two programs that migrate must see each other's work as soon as they hold the lock, which a
  // snapshot taken before does not.
  const std::string level = is_reading_            ? "repeatable read read only"
                            : mode == Mode::kWrite ? "serializable read write"
                                                   : "read committed read write";
  std::string text = "begin isolation level " + level +
                     "; set local statement_timeout = " + std::to_string(most.count());
  // Any number, but always this one: "sotto" in ASCII.
  if (mode == Mode::kMigrate) text += "; select pg_advisory_xact_lock(495874470996)";
  return run_alone(context, text);
}

Result<> PostgresConnection::commit(const CallContext& context) {
  SOTTO_TRY(context.check());
  // Begun, it is waited for a little longer than the caller wants: not knowing is worse.
  const CallContext through(
      std::max(context.deadline(), std::chrono::steady_clock::now() + kCommitGrace), {});
  if (PQsendQuery(connection_.get(), "commit") == 0) return lost();
  Result<Answer> answer = only(through);
  if (answer) {
    if (std::string_view(PQcmdStatus(answer->get())) == "COMMIT") return {};
    return Error(ErrorCode::kInternal, "sql.transaction_failed",
                 "The transaction had failed before it was committed.");
  }
  if (usable_) return std::move(answer).error();  // The server has said why not.
  if (answer.error().reason() == "sql.contended") return std::move(answer).error();
  return Error(ErrorCode::kUnavailable, "sql.commit_unknown",
               "The database went away while it committed: what was to be done may have happened.")
      .with_cause(std::move(answer).error());
}

void PostgresConnection::rollback() noexcept {
  if (!usable_) return;
  if (PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
  const Result<> done = run_alone(CallContext::with_timeout(kRollbackMax), "rollback");
  if (!done || PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) usable_ = false;
}

std::string PostgresConnection::server_version() const {
  const char* version = PQparameterStatus(connection_.get(), "server_version");
  return version == nullptr ? std::string() : std::string(version);
}

}  // namespace sotto::sql::internal
