#include "platform/sql/internal/postgres_error.h"

#include <array>

namespace sotto::sql::internal {
namespace {

/// What states that begin with `prefix` mean; the first that fits counts.
struct Meaning {
  std::string_view prefix;
  ErrorCode code;
  std::string_view reason;
  std::string_view message;
};

// PostgreSQL 15, appendix A.
Error error_of(std::string_view state, bool is_reading) {
  if (state == "25006" && is_reading)
    return Error(ErrorCode::kInternal, "sql.write_in_read",
                 "A statement would change the database in a transaction that reads.");
  static constexpr std::array kMeanings{
      Meaning{"23505", ErrorCode::kConflict, "sql.unique_violation",
              "There is such a row already."},
      Meaning{"23503", ErrorCode::kConflict, "sql.foreign_key_violation",
              "The row belongs to one that is not there, or others belong to it."},
      Meaning{"23502", ErrorCode::kInvalidArgument, "sql.not_null_violation",
              "A value is missing."},
      Meaning{"23", ErrorCode::kInvalidArgument, "sql.check_violation",
              "A value breaks a rule of its table."},
      Meaning{"22", ErrorCode::kInvalidArgument, "sql.bad_value",
              "A value cannot be stored or computed with."},
      Meaning{"40001", ErrorCode::kOverloaded, "sql.contended",
              "Others changed the same data at the same time."},
      Meaning{"40P01", ErrorCode::kOverloaded, "sql.contended",
              "Others changed the same data at the same time."},
      Meaning{"25006", ErrorCode::kUnavailable, "sql.read_only", "The database cannot be written."},
      Meaning{"55P03", ErrorCode::kOverloaded, "sql.busy", "Another program holds the database."},
      Meaning{"53100", ErrorCode::kInsufficientStorage, "sql.disk_full",
              "The database cannot grow: the disk is full."},
      Meaning{"53", ErrorCode::kOverloaded, "sql.overloaded",
              "The database server has no more memory or connections."},
      Meaning{"57014", ErrorCode::kDeadlineExceeded, "sql.statement_cancelled",
              "The database server stopped a statement."},
      Meaning{"57", ErrorCode::kUnavailable, "sql.unavailable", "The database cannot be reached."},
      Meaning{"58", ErrorCode::kUnavailable, "sql.unavailable", "The database cannot be reached."},
      Meaning{"08", ErrorCode::kUnavailable, "sql.unavailable", "The database cannot be reached."},
      Meaning{"28", ErrorCode::kUnavailable, "sql.login_refused",
              "The database server does not let us in: wrong user, password or address."},
      Meaning{"3D", ErrorCode::kUnavailable, "sql.login_refused",
              "The database server has no database of that name."},
      Meaning{"XX001", ErrorCode::kDataLoss, "sql.corrupt", "The database is damaged."},
      Meaning{"XX002", ErrorCode::kDataLoss, "sql.corrupt", "The database is damaged."},
  };
  for (const Meaning& meaning : kMeanings)
    if (state.starts_with(meaning.prefix))
      return Error(meaning.code, meaning.reason, std::string(meaning.message));
  return Error(ErrorCode::kInternal, "sql.bad_statement", "A statement does not fit the database.");
}

}  // namespace

Error postgres_error(std::string_view state, std::string text, bool is_reading) {
  return error_of(state, is_reading)
      .with_detail("PostgreSQL " + std::string(state) + ": " + std::move(text));
}

}  // namespace sotto::sql::internal
