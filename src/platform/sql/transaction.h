#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

#include "base/context.h"
#include "platform/sql/row.h"
#include "platform/sql/sql.h"
#include "platform/sql/value.h"

namespace sotto::sql {

namespace internal {
class Connection;
class Access;
}  // namespace internal

/// What a closure of Database::read() gets: one snapshot of the data. One thread.
///
/// Functions that only look take it as `sql::ReadTransaction&`, and work in both kinds. A statement
/// that fails in the database ends the transaction: whatever follows is
/// "sql.transaction_failed", and the closure's changes are undone even where it goes on and
/// returns success (PostgreSQL works so; SQLite is held to it).
class ReadTransaction {
 public:
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  /// All rows, within the limits. A statement that would change something is
  /// "sql.write_in_read", unless this is a Transaction (`insert ... returning`).
  Result<Rows> query(Sql statement, std::span<const Value> values, QueryLimits limits = {});
  Result<Rows> query(Sql statement, std::initializer_list<Value> values = {},
                     QueryLimits limits = {}) {
    return query(statement, std::span(values.begin(), values.size()), limits);
  }
  /// The one row, or nothing; "sql.result_too_large" for more.
  Result<std::optional<Row>> query_one(Sql statement, std::initializer_list<Value> values = {});

  /// The call that the transaction is part of.
  const CallContext& context() const { return context_; }
  Dialect dialect() const { return dialect_; }

 protected:
  ReadTransaction(const CallContext& context, Dialect dialect, internal::Connection& connection)
      : context_(context), dialect_(dialect), connection_(connection) {}
  ~ReadTransaction() = default;

  Result<std::int64_t> change(Sql statement, std::span<const Value> values);

 private:
  friend class internal::Access;
  template <typename T>
  Result<T> note(Result<T> result);
  Result<> check(Sql statement, std::span<const Value> values) const;

  const CallContext& context_;
  const Dialect dialect_;
  internal::Connection& connection_;
  std::optional<Error> failure_;  // Of the first statement that failed.
};

/// What a closure of Database::write() gets. Modules that keep rows for others take it by
/// reference: `Result<> append(sql::Transaction& transaction, const Entry& entry);` Whoever began
/// it commits all or nothing.
class Transaction final : public ReadTransaction {
 public:
  /// How many rows it inserted, changed or deleted.
  Result<std::int64_t> execute(Sql statement, std::span<const Value> values) {
    return change(statement, values);
  }
  Result<std::int64_t> execute(Sql statement, std::initializer_list<Value> values = {}) {
    return change(statement, std::span(values.begin(), values.size()));
  }

 private:
  friend class internal::Access;
  using ReadTransaction::ReadTransaction;
  ~Transaction() = default;
};

}  // namespace sotto::sql
