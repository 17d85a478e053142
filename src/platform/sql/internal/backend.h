#pragma once

#include <memory>

#include "base/random.h"
#include "platform/sql/database.h"
#include "platform/sql/internal/connection.h"
#include "platform/sql/internal/pool.h"

namespace sotto::sql::internal {

/// One kind of database behind Database: its connections and what is done to it as a whole.
/// Any thread.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual Dialect dialect() const = 0;
  virtual Pool& pool(Mode mode) = 0;
  virtual Result<std::unique_ptr<Connection>> connect(const CallContext& context, Mode mode) = 0;
  virtual Result<CheckReport> check(const CallContext& context) = 0;
  virtual Result<> erase_deleted(const CallContext& context) = 0;
  virtual Result<> close(const CallContext& context) = 0;
  virtual bool stopped_uncleanly() const = 0;
};

/// A connection with a transaction begun on it. An idle connection that turns out to be dead (the
/// server was restarted) is replaced once.
Result<Pool::Lease> begin(Backend& backend, const CallContext& context, Mode mode);

/// Opens the file, makes it where there is none, and examines it after an unclean stop.
Result<std::unique_ptr<Backend>> open_sqlite(const CallContext& context,
                                             const DatabaseOptions& options);
/// Connects once, to see that it can be reached.
Result<std::unique_ptr<Backend>> open_postgresql(const CallContext& context,
                                                 DatabaseOptions options, Random& random);

}  // namespace sotto::sql::internal
