#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/sql/internal/connection.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sotto::sql::internal {

struct SqliteSettings {
  std::string path;
  std::string vfs;  ///< Empty: the system's.
  std::chrono::milliseconds busy_wait_max{};
};

/// A connection to an SQLite file. One thread at a time.
class SqliteConnection final : public Connection {
 public:
  /// The file must be there. A reader can change nothing, whatever it is asked.
  static Result<std::unique_ptr<SqliteConnection>> open(const CallContext& context,
                                                        const SqliteSettings& settings,
                                                        bool is_writer);
  ~SqliteConnection() override;

  Result<> begin(const CallContext& context, Mode mode) override;
  Result<Outcome> run(const CallContext& context, std::string_view text,
                      std::span<const Value> values, const QueryLimits& limits) override;
  Result<> run_script(const CallContext& context, std::string_view text) override;
  Result<> commit(const CallContext& context) override;
  void rollback() noexcept override;
  bool usable() const override { return usable_; }

 private:
  /// A prepared statement and where its parameter $n stands: positions[n - 1].
  struct Prepared {
    sqlite3_stmt* statement = nullptr;
    std::vector<int> positions;
  };
  struct Close {
    void operator()(sqlite3* database) const;
  };
  class Scope;

  SqliteConnection(std::unique_ptr<sqlite3, Close> database, SqliteSettings settings);

  Result<> set_up(const CallContext& context, bool is_writer);
  Result<Prepared*> prepared(std::string_view text);
  Result<> bind(const Prepared& prepared, std::span<const Value> values);
  Result<> check_moved();
  /// An Error for what SQLite just said; the context's own where that has ended.
  Error failure(int code);
  static int on_progress(void* self);
  static int on_busy(void* self, int count);

  // Names of statements are literals' bytes, which live as long as the program.
  std::unordered_map<std::string_view, Prepared> statements_;
  const SqliteSettings settings_;
  std::unique_ptr<sqlite3, Close> database_;
  const CallContext* context_ = nullptr;  // Of the call that runs, for the handlers.
  bool is_reading_ = false;
  bool usable_ = true;
};

}  // namespace sotto::sql::internal
