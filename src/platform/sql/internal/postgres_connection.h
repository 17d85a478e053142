#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/secret.h"
#include "platform/sql/internal/connection.h"
#include "platform/sql/internal/postgres_canceller.h"
#include "platform/sql/internal/postgres_url.h"
#include "platform/sql/internal/socket_wait.h"

struct pg_conn;
struct pg_result;

namespace sotto::sql::internal {

/// A connection to a PostgreSQL server. Never blocks in libpq: all waits are polls within the
/// context. One thread.
class PostgresConnection final : public Connection {
 public:
  static Result<std::unique_ptr<PostgresConnection>> open(const CallContext& context,
                                                          const PostgresParameters& parameters,
                                                          const Secret& password,
                                                          PostgresCanceller& canceller);
  ~PostgresConnection() override;

  Result<> begin(const CallContext& context, Mode mode) override;
  Result<Outcome> run(const CallContext& context, std::string_view text,
                      std::span<const Value> values, const QueryLimits& limits) override;
  Result<> run_script(const CallContext& context, std::string_view text) override;
  Result<> commit(const CallContext& context) override;
  void rollback() noexcept override;
  bool usable() const override { return usable_; }

  /// One statement outside of a transaction (VACUUM).
  Result<> run_alone(const CallContext& context, std::string_view text);
  /// "15.18 (Debian ...)".
  std::string server_version() const;

 private:
  struct CloseConnection {
    void operator()(pg_conn* connection) const;
  };
  struct ClearResult {
    void operator()(pg_result* result) const;
  };
  using Connected = std::unique_ptr<pg_conn, CloseConnection>;
  using Answer = std::unique_ptr<pg_result, ClearResult>;

  /// A statement that the server knows by name, and the types of its parameters.
  struct Prepared {
    std::string name;
    std::vector<std::uint32_t> types;
  };

  PostgresConnection(Connected connection, SocketWait wait, PostgresCanceller& canceller);

  Result<> connect(const CallContext& context);
  Result<const Prepared*> prepared(const CallContext& context, std::string_view text);
  Result<> send_values(const Prepared& prepared, std::span<const Value> values);
  /// Sends what libpq has buffered.
  Result<> flush(const CallContext& context);
  /// The next result of what was sent; null at its end.
  Result<Answer> next(const CallContext& context);
  /// The only result of what was sent, good or as an error.
  Result<Answer> only(const CallContext& context);
  Result<> check(const pg_result* answer);
  /// Waits for the socket; where the context ends first, what runs on the server is cancelled.
  Result<> wait(const CallContext& context, short events);
  Error lost();

  std::unordered_map<std::string_view, Prepared> statements_;
  std::uint64_t next_name_ = 0;
  Connected connection_;
  SocketWait wait_;
  PostgresCanceller& canceller_;
  bool is_reading_ = false;
  bool usable_ = true;
};

}  // namespace sotto::sql::internal
