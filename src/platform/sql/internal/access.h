#pragma once

#include "platform/sql/internal/connection.h"
#include "platform/sql/transaction.h"

namespace sotto::sql::internal {

/// Makes transactions, which only Database may, and looks into them. One thread.
class Access {
 public:
  Access(const CallContext& context, Dialect dialect, Connection& connection)
      : transaction_(context, dialect, connection) {}

  Transaction& transaction() { return transaction_; }
  /// Statements for migrations.
  Result<> run_script(Script script);
  const std::optional<Error>& failure() const { return transaction_.failure_; }

 private:
  Transaction transaction_;
};

}  // namespace sotto::sql::internal
