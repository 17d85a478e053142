#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "platform/sql/row.h"
#include "platform/sql/sql.h"
#include "platform/sql/value.h"

namespace sotto::sql::internal {

/// What a transaction is for.
enum class Mode : std::uint8_t {
  kRead,     ///< One snapshot, nothing may change.
  kWrite,    ///< As if alone.
  kMigrate,  ///< As kWrite, holding the lock that only one program holds at a time.
};

/// What a statement did.
struct Outcome {
  Rows rows;
  std::int64_t changed = 0;
};

/// One connection to one kind of database: what a driver implements. One thread at a time.
///
/// Everything that waits ends with the context, whose errors it then gives. After a failure
/// usable() says whether the connection can be used again once rolled back.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual Result<> begin(const CallContext& context, Mode mode) = 0;
  virtual Result<Outcome> run(const CallContext& context, std::string_view text,
                              std::span<const Value> values, const QueryLimits& limits) = 0;
  virtual Result<> run_script(const CallContext& context, std::string_view text) = 0;
  /// "sql.commit_unknown" where the database went away before it answered.
  virtual Result<> commit(const CallContext& context) = 0;
  /// Leaves no transaction open, or the connection unusable.
  virtual void rollback() noexcept = 0;
  virtual bool usable() const = 0;
};

}  // namespace sotto::sql::internal
