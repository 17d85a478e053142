#include "platform/sql/internal/sqlite_error.h"

#include <sqlite3.h>
#include <utility>

namespace sotto::sql::internal {
namespace {

Error constraint_error(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Error(ErrorCode::kConflict, "sql.unique_violation", "There is such a row already.");
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Error(ErrorCode::kConflict, "sql.foreign_key_violation",
                   "The row belongs to one that is not there, or others belong to it.");
    case SQLITE_CONSTRAINT_NOTNULL:
      return Error(ErrorCode::kInvalidArgument, "sql.not_null_violation", "A value is missing.");
    case SQLITE_CONSTRAINT_DATATYPE:
      return Error(ErrorCode::kInternal, "sql.type_mismatch",
                   "A value is of another type than its column.");
    default:
      return Error(ErrorCode::kInvalidArgument, "sql.check_violation",
                   "A value breaks a rule of its table.");
  }
}

Error error_of(int code, bool is_reading) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return constraint_error(code);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Error(ErrorCode::kOverloaded, "sql.busy", "Another program holds the database.");
    case SQLITE_FULL:
      return Error(ErrorCode::kInsufficientStorage, "sql.disk_full",
                   "The database cannot grow: the disk is full.");
    case SQLITE_READONLY:
      if (is_reading)
        return Error(ErrorCode::kInternal, "sql.write_in_read",
                     "A statement would change the database in a transaction that reads.");
      return Error(ErrorCode::kUnavailable, "sql.read_only", "The database cannot be written.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(ErrorCode::kDataLoss, "sql.corrupt", "The database is damaged.");
    case SQLITE_TOOBIG:
      return Error(ErrorCode::kTooLarge, "sql.value_too_large", "A value is too large to store.");
    case SQLITE_NOMEM:
      return Error(ErrorCode::kOverloaded, "sql.overloaded",
                   "There was not enough memory for the database.");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Error(ErrorCode::kUnavailable, "sql.unavailable", "The database cannot be reached.");
    default:
      return Error(ErrorCode::kInternal, "sql.bad_statement",
                   "A statement does not fit the database.");
  }
}

}  // namespace

Error sqlite_error(int code, std::string text, bool is_reading) {
  return error_of(code, is_reading)
      .with_detail("SQLite " + std::to_string(code) + ": " + std::move(text));
}

bool spoils_connection(int code) {
  switch (code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
      return true;
    default:
      return false;
  }
}

}  // namespace sotto::sql::internal
