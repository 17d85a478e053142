#include "platform/sql/transaction.h"

#include <utility>

#include "platform/sql/internal/access.h"

namespace sotto::sql {

// Remembers the first failure of the database.
template <typename T>
Result<T> ReadTransaction::note(Result<T> result) {
  if (!result && !failure_) failure_ = result.error();
  return result;
}

Result<> ReadTransaction::check(Sql statement, std::span<const Value> values) const {
  if (failure_)
    return Error(ErrorCode::kInternal, "sql.transaction_failed",
                 "A statement before this one has failed, and with it the transaction.")
        .with_cause(*failure_);
  if (std::cmp_not_equal(statement.parameter_count(), values.size()))
    return Error(ErrorCode::kInternal, "sql.bad_statement",
                 "A statement has " + std::to_string(statement.parameter_count()) +
                     " parameters and was given " + std::to_string(values.size()) + " values.")
        .with_detail(std::string(statement.text(dialect_)));
  for (std::size_t i = 0; i < values.size(); ++i) SOTTO_TRY(validate(values[i], i));
  return {};
}

Result<Rows> ReadTransaction::query(Sql statement, std::span<const Value> values,
                                    QueryLimits limits) {
  SOTTO_TRY(check(statement, values));
  SOTTO_ASSIGN(internal::Outcome outcome,
               note(connection_.run(context_, statement.text(dialect_), values, limits)));
  return std::move(outcome.rows);
}

Result<std::optional<Row>> ReadTransaction::query_one(Sql statement,
                                                      std::initializer_list<Value> values) {
  SOTTO_ASSIGN(Rows rows, query(statement, values, QueryLimits{.rows_max = 1}));
  if (rows.empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows.front()));
}

Result<std::int64_t> ReadTransaction::change(Sql statement, std::span<const Value> values) {
  SOTTO_TRY(check(statement, values));
  SOTTO_ASSIGN(const internal::Outcome outcome,
               note(connection_.run(context_, statement.text(dialect_), values, QueryLimits{})));
  return outcome.changed;
}

namespace internal {

Result<> Access::run_script(Script script) {
  return transaction_.note(transaction_.connection_.run_script(transaction_.context_,
                                                               script.text(transaction_.dialect_)));
}

}  // namespace internal
}  // namespace sotto::sql
